"""The check of `make test`: a run without the engine tests fails."""

from __future__ import annotations

import pytest

from tools.check_report import Case, problems, read

REPORT = """
<testsuites><testsuite>
  <testcase classname="tests.engine.test_up" name="test_create"/>
  <testcase classname="tests.engine.test_up.TestUp" name="test_update"/>
  <testcase classname="tests.unit.test_plan" name="test_row[a.b]"/>
  <testcase classname="tests.engine.test_up" name="test_skipped">
    <skipped type="pytest.skip" message="no engine"/>
  </testcase>
  <testcase classname="tests.unit.test_plan" name="test_known">
    <skipped type="pytest.xfail" message="upstream"/>
  </testcase>
  <testcase classname="tests.unit.test_plan" name="test_wrong"><failure message="no"/></testcase>
  <testcase classname="tests.unit.test_plan" name="test_setup"><error message="no"/></testcase>
</testsuite></testsuites>
"""


def test_outcomes_are_read() -> None:
    outcomes = [case.outcome for case in read(REPORT)]
    assert outcomes == ["passed", "passed", "passed", "skipped", "xfailed", "failed", "failed"]


def test_a_skipped_test_is_a_problem_with_its_reason() -> None:
    case = Case("tests.engine.test_up.test_create", "skipped", "no engine")
    assert list(problems([case], {})) == ["skipped: tests.engine.test_up.test_create (no engine)"]


@pytest.mark.parametrize(
    ("needed", "found"), [(2, []), (3, ["tests.engine: 2 tests passed, at least 3 must pass"])]
)
def test_a_group_needs_its_number_of_passed_tests(needed: int, found: list[str]) -> None:
    passed = [case for case in read(REPORT) if case.outcome == "passed"]
    assert list(problems(passed, {"tests.engine": needed})) == found
