"""Raising the number of workers, with every Python on this machine. CI has a job for each."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pulumi_eci.dynamic import workers

MINORS = range(10, 15)  # Python 3.10 to 3.14

# A pool of four workers has ten tasks that wait for each other: five start before the number is
# raised, by one of them, and five after. With fewer than ten threads none of them ends.
_PROGRAM = """
import runpy, sys, threading
from concurrent.futures import ThreadPoolExecutor

recipe = runpy.run_path(sys.argv[1])
ready, together = threading.Event(), threading.Barrier(10)

def first():
    ready.wait(30)
    return recipe["raise_max_workers"](10) and together.wait(30)

with ThreadPoolExecutor(max_workers=4) as pool:
    tasks = [pool.submit(first), *(pool.submit(together.wait, 30) for _ in range(4))]
    ready.set()
    tasks += [pool.submit(together.wait, 30) for _ in range(5)]
    assert sorted(task.result() for task in tasks) == list(range(10))
assert not recipe["raise_max_workers"](10), "this thread belongs to no pool"
print("%d.%d" % sys.version_info[:2])
"""


def _pythons() -> dict[str, str]:
    """Find an interpreter for each supported version: this one, on PATH, or of pyenv or uv."""
    found = {f"3.{sys.version_info.minor}": sys.executable}
    folders = (
        Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions",
        Path.home() / ".local/share/uv/python",
    )
    for minor in MINORS:
        installed = [Path(shutil.which(f"python3.{minor}") or "")]
        for folder in folders:
            installed += folder.glob(f"*3.{minor}.*/bin/python3")
        for python in installed:
            # pyenv has shims for versions that are not installed.
            if python.name and python.parent.name != "shims":
                found.setdefault(f"3.{minor}", str(python))
    return found


PYTHONS = _pythons()


@pytest.mark.parametrize("version", PYTHONS)
def test_the_number_of_workers_can_be_raised(version: str) -> None:
    assert workers.__file__
    done = subprocess.run(
        [PYTHONS[version], "-c", _PROGRAM, workers.__file__],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.stdout.strip(), done.stderr) == (version, "")
