"""The pause of a waiter between two describe calls."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_eci.operations.waiter import PollInterval


@pytest.mark.parametrize(
    ("interval", "age", "percent", "pause"),
    [
        (PollInterval(jitter=0.0), 0.0, None, 1.5),
        (PollInterval(jitter=0.0), 20.0, None, 3.0),
        (PollInterval(jitter=0.0), 1e9, None, 10.0),
        (PollInterval(first=0.5, longest=0.5, jitter=0.0), 7.0, None, 0.5),
        (PollInterval(jitter=0.0), 16.0, 80, 2.0),
        (PollInterval(jitter=0.0), 16.0, 20, 8.0),
        (PollInterval(jitter=0.0), 16.0, 0, 2.4),
        (PollInterval(jitter=0.0), 19.9, 100, 1.5),
        (PollInterval(jitter=0.0), 100.0, 99, 5.0),
        (PollInterval(jitter=0.0), 1000.0, 99, 10.0),
    ],
    ids=[
        "short at first",
        "then a share of the time so far",
        "ten seconds at most",
        "as configured",
        "half of the remaining time",
        "not longer because of early progress",
        "no progress yet",
        "short at the end",
        "not too short if the end is late",
        "ten seconds at most if the end never comes",
    ],
)
def test_a_pause_grows_and_shrinks(
    interval: PollInterval, age: float, percent: int | None, pause: float
) -> None:
    assert interval.after(age, percent) == pytest.approx(pause)


@pytest.mark.parametrize("bound", [min, max])
def test_a_pause_varies_by_a_tenth(bound: Callable[[list[float]], float]) -> None:
    pauses = [PollInterval().after(1000.0) for _ in range(200)]
    assert 9.0 <= bound(pauses) <= 11.0
    assert len(set(pauses)) > 1
