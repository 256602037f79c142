"""Build and test the files of a release: `make dist`, with TAG=v1.2.3 for a release.

The wheel is built from the source distribution and installed into an empty virtual environment. The
steps of the quickstart run there, with the local ECI API of the wheel.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tools import plugin
from tools.local import api
from tools.local.settings import QUICKSTART, Failure, Places, inherited, pulumi_environment, say

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
PACKAGES = ("pulumi_eci", "eci_emulator", "pulumi_eci_cli")
WANTED = (
    *(f"{package}/py.typed" for package in PACKAGES),
    "pulumi_eci/native/schema.json",
    "pulumi_eci/pulumi-plugin.json",
    "eci_emulator/page.html",
)
WANTED_SOURCES = ("LICENSE", "README.md", "pyproject.toml", "tests/conftest.py", "docs/index.md")


def wheel_problems(names: Iterable[str]) -> Iterator[str]:
    """Yield a line for each missing or unexpected file of a wheel."""
    files = set(names)
    for name in sorted(files):
        folder = name.partition("/")[0]
        if folder not in PACKAGES and not folder.endswith(".dist-info"):
            yield f"the wheel has {name}, which is not in {', '.join(PACKAGES)}"
    yield from (f"the wheel has no {name}" for name in WANTED if name not in files)
    if not any(name.endswith(".dist-info/licenses/LICENSE") for name in files):
        yield "the wheel has no license"


def source_problems(names: Iterable[str]) -> Iterator[str]:
    """Yield a line for each missing or unexpected file of a source distribution."""
    files = {name.partition("/")[2] for name in names}
    yield from (f"the sdist has no {name}" for name in WANTED_SOURCES if name not in files)
    for name in sorted(files):
        if name.startswith((".local/", ".venv/", "docs/_generated/")) or "__pycache__" in name:
            yield f"the sdist has {name}, which is a generated file"


def tag_problems(tag: str, version: str, changelog: str) -> Iterator[str]:
    """Yield a line for each reason why *version* cannot be released as *tag*."""
    if tag != f"v{version}":
        yield f"the tag is {tag}, but pyproject.toml has version {version}: use the tag v{version}"
    if not re.search(
        rf"^## \[?{re.escape(version)}\]? - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE
    ):
        yield f"CHANGELOG.md has no heading `## {version} - YYYY-MM-DD`"


def main() -> int:
    """Build, check and test; return 1 after a failure."""
    parser = argparse.ArgumentParser(prog="python -m tools.dist", description=__doc__)
    parser.add_argument("--engine", type=Path, required=True, help="folder of a Pulumi engine")
    parser.add_argument("--tag", default="", help="tag of the release, as in v1.2.3")
    options = parser.parse_args()
    shutil.rmtree(DIST, ignore_errors=True)
    try:
        _python("build", "--no-isolation", "--outdir", str(DIST), str(ROOT))
        (sdist,), (wheel,) = DIST.glob("*.tar.gz"), DIST.glob("*.whl")
        _python("twine", "check", "--strict", str(sdist), str(wheel))
        _refuse(_problems(sdist, wheel, options.tag))
        say(f"{sdist.name} and {wheel.name} have all files; testing the quickstart")
        _try(wheel, options.engine)
        say("building the plugin's archive")
        archive = plugin.build(DIST / "plugin")  # not beside the files for PyPI
    except Failure as failure:
        say(str(failure))
        return 1
    say(f"{wheel} and {archive} are ready")
    return 0


def _refuse(problems: Iterable[str]) -> None:
    if found := list(problems):
        raise Failure("\n".join(found))


def _problems(sdist: Path, wheel: Path, tag: str) -> Iterator[str]:
    with zipfile.ZipFile(wheel) as archive:
        yield from wheel_problems(archive.namelist())
    with tarfile.open(sdist) as sources:
        yield from source_problems(each.name for each in sources if each.isfile())
    if tag:
        version = wheel.name.split("-")[1]
        yield from tag_problems(tag, version, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))


def _try(wheel: Path, engine: Path) -> None:
    places = Places(ROOT / ".local" / "installed")
    shutil.rmtree(places.root, ignore_errors=True)
    shutil.copytree(ROOT / "examples" / QUICKSTART, places.root / "examples" / QUICKSTART)
    for folder in (places.state, places.home):
        folder.mkdir(parents=True)
    _run([sys.executable, "-m", "venv", str(places.venv_bin.parent)])
    pip = [str(places.venv_bin / "python"), "-m", "pip", "--disable-pip-version-check"]
    _run([*pip, "install", "--quiet", f"{wheel}[emulator]"], environment=inherited())
    _run([*pip, "check"], environment=inherited())
    readme = (places.program / "README.md").read_text(encoding="utf-8")
    steps = re.findall(r"^```sh\n(.*?)^```$", readme, flags=re.MULTILINE | re.DOTALL)
    script = "\n".join(["pulumi stack init dist", *steps, "pulumi destroy --yes"])
    try:
        environment = pulumi_environment(places, engine, api.ensure(places))
        _run(["bash", "-euo", "pipefail", "-c", script], places.program, environment)
    finally:
        api.stop(places)


def _python(module: str, *arguments: str) -> None:
    _run([sys.executable, "-m", module, *arguments])


def _run(
    command: list[str], folder: Path = ROOT, environment: Mapping[str, str] = os.environ
) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failure(f"{done.stdout}\n{' '.join(command[:4])} … exited with {done.returncode}")


if __name__ == "__main__":
    sys.exit(main())
