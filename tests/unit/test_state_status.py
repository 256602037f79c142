"""The status of a cache, and the event that explains it best."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulumi_eci.model.state import Event, Observation


@pytest.mark.parametrize(
    ("status", "settled"),
    [
        ("Ready", True),
        ("Failed", True),
        ("UpdateFailed", True),
        ("Preparing", False),
        ("Creating", False),
        ("Updating", False),
        ("Dreaming", False),
        ("", False),
    ],
)
def test_whether_a_status_is_settled(status: str, settled: bool) -> None:
    assert Observation("imc-1", status).settled is settled


EARLY = Event("Warning", "Failed", "early", "2026-01-01T00:00:01Z")
LATE = Event("Warning", "Failed", "late", "2026-01-01T00:00:03Z")
NORMAL = Event("Normal", "Pulled", "normal", "2026-01-01T00:00:09Z")


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((), None),
        ((NORMAL,), NORMAL),
        ((LATE, EARLY), LATE),
        ((EARLY, NORMAL), EARLY),
        ((replace(NORMAL, last_timestamp=""), NORMAL), NORMAL),
    ],
    ids=["none", "only one", "the latest", "a warning before all", "without a time"],
)
def test_the_deciding_event(events: tuple[Event, ...], expected: Event | None) -> None:
    assert Observation("imc-1", "Failed", events=events).deciding_event == expected


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Event("Normal", "Pulling", "start nginx"), "Pulling: start nginx"),
        (Event("Warning", "Failed", "Failed to pull"), "Failed to pull"),
        (Event("Normal", "", "hello"), "hello"),
        (Event("Normal", "A\nB", "c\x1b[2Jd"), "A B: c [2Jd"),
    ],
)
def test_an_event_is_one_line(event: Event, line: str) -> None:
    assert str(event) == line
