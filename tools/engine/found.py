"""Finds the Pulumi engine on PATH, and the version of an engine."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tools.engine.report import Unavailable

Version = tuple[int, int, int]

# The first release in which a dynamic provider's `read` may return inputs (`ReadResult.inputs`).
# A refresh records drift in the inputs; an older engine would lose it.
MINIMUM: Version = (3, 216, 0)

# The files of every official release. Since 3.221 there is no `pulumi-analyzer-policy-python`,
# because the language host starts policy packs.
ENGINE_FILES = ("pulumi", "pulumi-resource-pulumi-python")
LANGUAGE_FILES = ("pulumi-language-python", "pulumi-language-python-exec")


def parse_version(text: str) -> Version:
    """Parse `v3.216.0`, with or without the `v` and a suffix."""
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)", text.strip())
    if match is None:
        raise Unavailable(f"{text.strip()!r} is not a version of Pulumi")
    major, minor, patch = match.groups()
    return int(major), int(minor), int(patch)


def missing_files(folder: Path, path: str = "") -> list[str]:
    """Return the missing files of an engine folder.

    Helpers may be in the subfolder `language`, or on *path*, where the engine looks first.
    """
    places = [folder, folder / "language", *(Path(each) for each in path.split(os.pathsep) if each)]
    pulumi, *helpers = (*ENGINE_FILES, *LANGUAGE_FILES)
    missing = [name for name in helpers if not any(_runs(place / name) for place in places)]
    return missing if _runs(folder / pulumi) else [pulumi, *missing]


@functools.cache
def ask_version(pulumi: Path) -> str:
    """Return the output of `pulumi version`, run without the user's Pulumi folder."""
    with tempfile.TemporaryDirectory() as home:
        environ = os.environ | {"PULUMI_HOME": home, "PULUMI_SKIP_UPDATE_CHECK": "true"}
        try:
            answer = subprocess.run(
                [pulumi, "version"],
                env=environ,
                capture_output=True,
                text=True,
                check=True,
                timeout=60,
            )
        except subprocess.TimeoutExpired:
            raise Unavailable(f"`{pulumi} version` took longer than 60 seconds") from None
        except (OSError, subprocess.SubprocessError) as error:
            raise Unavailable(f"{pulumi} does not run: {error}") from error
    return answer.stdout.strip()


def on_path(path: str | None = None) -> Path:
    """Return the folder of `pulumi` on PATH.

    Raises:
        Unavailable: There is none, or it is too old or incomplete.
    """
    command = shutil.which("pulumi", path=path)
    if command is None:
        raise Unavailable("no `pulumi` on PATH")
    pulumi = Path(command)
    version = ask_version(pulumi)
    if parse_version(version) < MINIMUM:
        needed = ".".join(map(str, MINIMUM))
        raise Unavailable(f"{pulumi} is {version}, but {needed} or newer is required")
    # Package managers may link only `pulumi`, so look also in the folder of the link's target. Some
    # have the helpers in packages of their own, on PATH. In an engine that was built here,
    # `language` has a link to `pulumi`.
    built = [(pulumi.parent.parent, "")] if pulumi.parent.name == "language" else []
    for folder, elsewhere in (
        *built,
        (pulumi.parent, ""),
        (pulumi.resolve().parent, ""),
        (pulumi.parent, os.environ.get("PATH", "") if path is None else path),
    ):
        lacking = missing_files(folder, elsewhere)
        if not lacking:
            return folder
    raise Unavailable(
        f"{', '.join(lacking)} is missing beside {pulumi} and on PATH: install a complete release "
        "of Pulumi"
    )


def _runs(file: Path) -> bool:
    return file.is_file() and os.access(file, os.X_OK)
