"""The user's cache folder. Entries appear complete or not at all, and one run at a time writes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tools.engine.report import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def root(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that holds the engines, by the XDG convention."""
    # The convention says to ignore relative values.
    configured = environ.get("XDG_CACHE_HOME", "")
    base = Path(configured) if configured.startswith("/") else Path.home() / ".cache"
    return base / "pulumi-eci" / "engine"


def key(version: str, recipe: str = "") -> str:
    """Name an entry: version, system, architecture, and the key of the build, if any."""
    machine = platform.machine().lower()
    parts = [f"v{version}", platform.system().lower(), _ARCHITECTURES.get(machine, machine), recipe]
    return "-".join(part for part in parts if part)


def make(entry: Path, fill: Callable[[Path], None]) -> Path:
    """Return *entry*. If it does not exist, *fill* creates it in a temporary folder."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    with _locked(entry):
        if not entry.is_dir():
            for abandoned in entry.parent.glob(f".{entry.name}.tmp-*"):
                shutil.rmtree(abandoned, ignore_errors=True)
            scratch = Path(tempfile.mkdtemp(prefix=f".{entry.name}.tmp-", dir=entry.parent))
            try:
                fill(scratch)
                scratch.chmod(0o755)
                scratch.rename(entry)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
    return entry


@contextlib.contextmanager
def _locked(entry: Path) -> Iterator[None]:
    """Hold the entry's lock, which the system releases even when this process is killed."""
    with (entry.parent / f".{entry.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another run is getting the engine; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
