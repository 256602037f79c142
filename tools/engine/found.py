"""Find a Pulumi engine on PATH, and read an engine's version."""

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
# A refresh records drift this way. An older engine would lose the drift.
MINIMUM: Version = (3, 216, 0)

# Files of every official release. Since 3.221 there is no `pulumi-analyzer-policy-python`: the
# language host starts policy packs.
ENGINE_FILES = ("pulumi", "pulumi-resource-pulumi-python")
LANGUAGE_FILES = ("pulumi-language-python", "pulumi-language-python-exec")


def parse_version(text: str) -> Version:
    """Parse `v3.216.0`, with or without the `v` and a suffix."""
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)", text.strip())
    if match is None:
        raise Unavailable(f"cannot read {text.strip()!r} as a version of Pulumi")
    major, minor, patch = match.groups()
    return int(major), int(minor), int(patch)


def missing_files(folder: Path, path: str = "") -> list[str]:
    """List the missing files of an engine folder.

    Helpers may be in its `language`, or on *path*, which the engine searches first.
    """
    places = [folder, folder / "language", *(Path(each) for each in path.split(os.pathsep) if each)]
    pulumi, *helpers = (*ENGINE_FILES, *LANGUAGE_FILES)
    missing = [name for name in helpers if not any(_runs(place / name) for place in places)]
    return missing if _runs(folder / pulumi) else [pulumi, *missing]


@functools.cache
def ask_version(pulumi: Path) -> str:
    """Run `pulumi version`, without the user's own Pulumi folder."""
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
            raise Unavailable(f"{pulumi} does not say its version within 60 seconds") from None
        except (OSError, subprocess.SubprocessError) as error:
            raise Unavailable(f"{pulumi} does not run: {error}") from error
    return answer.stdout.strip()


def on_path(path: str | None = None) -> Path:
    """Return the folder of the `pulumi` on PATH, if this `pulumi` can run the project."""
    command = shutil.which("pulumi", path=path)
    if command is None:
        raise Unavailable("no `pulumi` on PATH")
    pulumi = Path(command)
    version = ask_version(pulumi)
    if parse_version(version) < MINIMUM:
        needed = ".".join(map(str, MINIMUM))
        raise Unavailable(f"{pulumi} is {version}; {needed} or newer is needed")
    # Some package managers link only `pulumi`, others also its helpers: check both ends of a link.
    # Some have the helpers in separate packages, which are on PATH.
    # In an engine that was built here, `language` has a link to the engine for PATH.
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
        f"{pulumi} has no {', '.join(lacking)} beside it or on PATH, "
        "which every release of Pulumi has; install a complete release"
    )


def _runs(file: Path) -> bool:
    return file.is_file() and os.access(file, os.X_OK)
