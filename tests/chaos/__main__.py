"""`python -m tests.chaos`: run the crash matrix and the special cases, and print the table.

Arguments are passed on to pytest, as in `python -m tests.chaos -k rebuild`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

from tests.chaos.matrix import CELLS

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def main(arguments: list[str]) -> int:
    """Run the tests; return their exit status."""
    engine = os.environ.get("ECI_TEST_ENGINE") or _engine()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        workers = os.environ.get("PYTEST_WORKERS", "2")
        options = ["-q", "-n", workers, "--dist", "worksteal", f"--junitxml={report}"]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, str(HERE), *arguments],
            env={**os.environ, "ECI_TEST_ENGINE": engine},
            cwd=ROOT,
            check=False,
        )
        if report.exists():
            print(table(_results(report)))  # noqa: T201 - what the command is for
    return done.returncode


def table(results: Mapping[str, tuple[str, str]]) -> str:
    """Return the matrix as a table: what each killed run left, and the result of the next run."""
    head = ("door", "operation and call", "killed", "who", "what it left", "how it ended")
    rows = [head]
    for cell in CELLS:
        left, ended = results.get(cell.name, ("", "not run"))
        name = f"{cell.row.name}: {cell.row.action}"
        door = "native" if cell.native else "dynamic"
        rows.append((door, name, cell.moment.value, cell.victims.value, left, ended))
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def _results(report: Path) -> dict[str, tuple[str, str]]:
    """Read what each cell left and how it ended, from pytest's report."""
    results = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - written a moment ago, by pytest
        noted = {each.get("name"): each.get("value", "") for each in case.iter("property")}
        failed = case.find("failure") is not None or case.find("error") is not None
        ended = "FAILED" if failed else noted.get("ended", "not run")
        name = case.get("name", "").partition("[")[2].rpartition("]")[0]
        results[name] = (noted.get("left", ""), ended)
    return results


def _engine() -> str:
    found = subprocess.run(
        [sys.executable, "-m", "tools.engine"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return found.stdout.splitlines()[-1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
