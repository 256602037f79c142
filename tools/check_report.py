"""Fail unless the required tests ran and passed. A skipped test counts as a failure."""

from __future__ import annotations

import argparse
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@dataclass(frozen=True)
class Case:
    """One test of a JUnit report."""

    name: str
    outcome: str  # passed, failed, skipped or xfailed
    reason: str = ""


def read(xml: str) -> list[Case]:
    """Return the tests of a JUnit report as pytest writes it."""
    root = ET.fromstring(xml)  # noqa: S314 - written by our own pytest a moment ago
    return [_case(element) for element in root.iter("testcase")]


def problems(cases: Sequence[Case], at_least: Mapping[str, int]) -> Iterator[str]:
    """Name every skipped or failed test, and every group with too few passed tests."""
    for case in cases:
        if case.outcome in ("skipped", "failed"):
            yield f"{case.outcome}: {case.name}{case.reason and f' ({case.reason})'}"
    for group, needed in at_least.items():
        passed = sum(case.outcome == "passed" and _is_in(case, group) for case in cases)
        if passed < needed:
            yield f"{group}: {passed} tests passed, at least {needed} have to"


def _case(element: ET.Element) -> Case:
    name = f"{element.get('classname', '')}.{element.get('name', '')}"
    skipped = element.find("skipped")
    if skipped is not None:
        expected = skipped.get("type") == "pytest.xfail"
        return Case(name, "xfailed" if expected else "skipped", skipped.get("message", ""))
    failed = element.find("failure") is not None or element.find("error") is not None
    return Case(name, "failed" if failed else "passed")


def _is_in(case: Case, group: str) -> bool:
    return case.name.startswith(f"{group}.")


def _requirement(text: str) -> tuple[str, int]:
    group, _, number = text.partition("=")
    return group, int(number)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.check_report", description=__doc__)
    parser.add_argument("report", type=Path, help="a JUnit report written by pytest")
    parser.add_argument(
        "--at-least",
        type=_requirement,
        action="append",
        default=[],
        metavar="GROUP=N",
        help="number of tests in a folder that must pass, as in tests.engine=10",
    )
    options = parser.parse_args()
    if not options.report.is_file():
        print(f"no tests ran: {options.report} does not exist", file=sys.stderr)
        return 1
    cases = read(options.report.read_text())
    found = list(problems(cases, dict(options.at_least)))
    for problem in found:
        print(problem, file=sys.stderr)
    if not found:
        print(f"{len(cases)} tests, none skipped")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
