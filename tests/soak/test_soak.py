"""A soak of seconds; `python -m tests.soak` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.soak import Plan, soak


@pytest.mark.soak
def test_cloud_and_program_stay_equal_under_faults(tmp_path: Path) -> None:
    lines = list(soak(Plan(seconds=4.0, caches=12, seed=1, every=4.0), tmp_path))
    assert [line["diverged"] for line in lines] == [[]] * len(lines)
    assert lines[0]["applied"] > 0
    assert (lines[-1]["destroyed"], lines[-1]["caches"]) == (True, 0)
