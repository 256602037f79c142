"""Build the plugin's archive, which needs no Python: `python -m tools.plugin [FOLDER]`.

Install the archive with `pulumi plugin install resource eci VERSION --file ARCHIVE`. PyInstaller
packs the package and its dependencies from an empty virtual environment. Prints the archive's path.
"""

from __future__ import annotations

import io
import platform
import subprocess
import sys
import tarfile
import venv
from importlib import metadata
from pathlib import Path

from tools.schema import ROOT

NAME = "pulumi-resource-eci"
_PYINSTALLER = "pyinstaller>=6.16,<7"
_WORK = ROOT / ".local" / "plugin"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_ENTRY = "from pulumi_eci.plugin import main\n\nmain()\n"


def archive_name() -> str:
    """Return the archive's name in Pulumi's convention, for this operating system and processor."""
    machine = platform.machine().lower()
    kind = f"{platform.system().lower()}-{_ARCHITECTURES.get(machine, machine)}"
    return f"{NAME}-v{metadata.version('pulumi-eci')}-{kind}.tar.gz"


def build(folder: Path) -> Path:
    """Build the archive into *folder*."""
    packed = _pack(_WORK)
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / archive_name()
    with tarfile.open(archive, "w:gz") as tar:
        for file in sorted(packed.rglob("*")):
            tar.add(file, file.relative_to(packed).as_posix(), recursive=False, filter=_anonymous)
        for name in ("LICENSE", "README.md"):
            _add_text(tar, name, (ROOT / name).read_bytes())
    return archive


def _pack(work: Path) -> Path:
    """Return the folder with the program and its libraries."""
    environment = work / "venv"
    venv.create(environment, clear=True, with_pip=True)
    python = str(environment / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-compile", str(ROOT), _PYINSTALLER], check=True)
    entry = work / "entry.py"
    entry.write_text(_ENTRY)
    command = [python, "-m", "PyInstaller", "--noconfirm", "--onedir", "--name", NAME]
    command += ["--collect-data", "pulumi_eci", "--copy-metadata", "pulumi_eci"]
    command += ["--log-level", "WARN"]
    command += [f"--{kind}path={work / kind}" for kind in ("dist", "work", "spec")]
    subprocess.run([*command, str(entry)], check=True, cwd=work)
    return work / "dist" / NAME


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _add_text(tar: tarfile.TarFile, name: str, text: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(text)
    tar.addfile(member, io.BytesIO(text))


if __name__ == "__main__":
    print(build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist" / "plugin"))
