"""What users read while a cache is built, and when that goes wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pulumi_eci.api.errors import ApiError, TransportError
from pulumi_eci.model.fields import FIELDS
from pulumi_eci.model.state import Event, Observation
from pulumi_eci.operations.messages import (
    ProgressReporter,
    Row,
    build_failed,
    describe_progress,
    duration,
    gone,
    not_applied,
    not_deleted,
    not_rebuilt,
    too_slow,
)
from tests.support.memory import ManualTime

PULLING = Event("Normal", "Pulling", "Start pull image nginx", "2026-01-01T00:00:01Z")
PULLED = Event("Normal", "Pulled", "Success pull image nginx", "2026-01-01T00:00:02Z")
BROKEN = Event("Warning", "Failed", "Failed to pull image nginx", "2026-01-01T00:00:03Z")
CREATING = Observation("imc-1", "Creating", progress="40%", events=(PULLING,))


@pytest.fixture
def time() -> ManualTime:
    """Return a time at zero."""
    return ManualTime()


@pytest.fixture
def told() -> list[str]:
    """Return the lines that were told."""
    return []


@pytest.fixture
def reporter(time: ManualTime, told: list[str]) -> ProgressReporter:
    """Return a narrator that just began."""
    return ProgressReporter(told.append, time)


# -- progress


def test_the_first_sight_is_told(reporter: ProgressReporter, told: list[str]) -> None:
    reporter.observed(CREATING)
    assert told == ["Creating 40 %, Pulling: Start pull image nginx"]


def test_what_did_not_change_is_told_once(reporter: ProgressReporter, told: list[str]) -> None:
    reporter.observed(CREATING)
    reporter.observed(CREATING)
    assert len(told) == 1


@pytest.mark.parametrize(
    "change",
    [{"status": "Updating"}, {"events": (PULLING, PULLED)}, {"progress": "50%"}],
    ids=["another status", "another event", "another tenth of the way"],
)
def test_a_change_is_told(
    reporter: ProgressReporter, told: list[str], change: dict[str, Any]
) -> None:
    reporter.observed(CREATING)
    reporter.observed(replace(CREATING, **change))
    assert len(told) == 2


@pytest.mark.parametrize("progress", ["41%", "49%"])
def test_less_than_a_tenth_of_the_way_is_not_told(
    reporter: ProgressReporter, told: list[str], progress: str
) -> None:
    reporter.observed(CREATING)
    reporter.observed(replace(CREATING, progress=progress))
    assert len(told) == 1


def test_a_sign_of_life_comes_once_a_minute(
    reporter: ProgressReporter, told: list[str], time: ManualTime
) -> None:
    reporter.observed(CREATING)
    for _ in range(13):
        time.sleep(10.0)
        reporter.observed(CREATING)
    assert told[1:] == [
        "Creating 40 %, Pulling: Start pull image nginx (1 min)",
        "Creating 40 %, Pulling: Start pull image nginx (2 min)",
    ]


def test_a_change_puts_the_sign_of_life_off(
    reporter: ProgressReporter, told: list[str], time: ManualTime
) -> None:
    reporter.observed(CREATING)
    time.sleep(50.0)
    reporter.observed(replace(CREATING, progress="90%"))
    time.sleep(50.0)
    reporter.observed(replace(CREATING, progress="90%"))
    assert len(told) == 2


def test_the_last_line_says_how_long_it_took(told: list[str], time: ManualTime) -> None:
    row = Row(told.append, time)
    time.sleep(200.0)
    row.report_progress("trying again: it did not answer")
    row.finish({"status": "Ready"})
    assert told[1:] == ["Ready after 3 min 20 s"]


def test_the_last_line_of_a_cache_that_nobody_waits_for_says_so(
    told: list[str], time: ManualTime
) -> None:
    Row(told.append, time).finish({"status": "Creating"})
    assert told == ["Creating after 0 s (not waited for)"]


def test_the_last_line_of_a_deletion(told: list[str], time: ManualTime) -> None:
    Row(told.append, time).finish()
    assert told == ["deleted after 0 s"]


@pytest.mark.parametrize(
    ("seen", "line"),
    [
        (Observation("i", "Preparing"), "Preparing"),
        (Observation("i", "Creating", progress="60"), "Creating 60 %"),
        (Observation("i", "Creating", progress=" 60 % "), "Creating 60 %"),
        (Observation("i", "Creating", progress="half"), "Creating"),
        (Observation("i", "Creating", progress="12345%"), "Creating"),
        (Observation("i", "Ready", progress="100%"), "Ready"),
        (
            Observation("i", "UpdateFailed", progress="40%", events=(BROKEN,)),
            "UpdateFailed, Failed to pull image nginx",
        ),
        (Observation("i", ""), "no status"),
    ],
)
def test_a_glimpse_is_one_line(seen: Observation, line: str) -> None:
    assert describe_progress(seen) == line


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (8.4, "8 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (200, "3 min 20 s"),
        (3600, "60 min"),
    ],
)
def test_a_duration_is_spelled(seconds: float, text: str) -> None:
    assert duration(seconds) == text


# -- failures


def test_a_failed_creation_names_the_warning_and_what_comes_next() -> None:
    seen = Observation("imc-1", "Failed", events=(BROKEN, PULLED))
    text = build_failed("imc-1", seen)
    facts = ("imc-1", "Failed: Failed to pull image nginx. ", "`pulumi up`", "a new cache")
    assert all(fact in text for fact in facts)


def test_a_failed_update_is_rebuilt_in_place() -> None:
    text = build_failed("imc-1", Observation("imc-1", "UpdateFailed"))
    facts = ("imc-1", "UpdateFailed", "no reason", "`pulumi up`", "rebuilt in place")
    assert all(fact in text for fact in facts)


def test_a_timeout_names_the_last_status_progress_and_event() -> None:
    text = too_slow("imc-1", 3600.0, CREATING, None)
    seen = "Creating 40 %, Pulling: Start pull image nginx."
    facts = ("imc-1", "60 min", seen, "`pulumi up`", "custom_timeouts")
    assert all(fact in text for fact in facts)


def test_an_event_that_ends_in_a_full_stop_gets_no_second_one() -> None:
    event = Event("Normal", "Started", "Successfully check image cache resource.", "2026-01-01")
    seen = replace(CREATING, events=(event,))
    assert "cache resource. Run" in too_slow("imc-1", 60.0, seen, None)
    failed = replace(seen, status="Failed")
    assert "cache resource. Correct" in build_failed("imc-1", failed)


def test_a_timeout_without_any_sight_says_so() -> None:
    assert "the service did not show" in too_slow("imc-1", 60.0, None, None)


@pytest.mark.parametrize(
    ("last", "found"), [(CREATING, "(Creating 40 %, Pulling"), (None, "(not seen)")]
)
def test_a_cache_that_outlives_its_deletion(last: Observation | None, found: str) -> None:
    text = not_deleted("imc-1", 1200.0, last)
    assert all(fact in text for fact in ("imc-1", "20 min", found))


def test_a_cache_that_is_gone_says_why_and_what_to_run() -> None:
    text = gone("imc-1")
    assert all(fact in text for fact in ("imc-1", "LRU", "`pulumi refresh`", "`pulumi up`"))


def test_fields_that_were_not_applied_are_named_with_the_way_out() -> None:
    rows = [(row, "secret-value") for row in FIELDS if row.name in ("images", "imageCacheSize")]
    text = not_applied("imc-1", rows)
    assert "did not apply: images, imageCacheSize." in text
    assert "replace_on_changes=['images', 'imageCacheSize']" in text
    assert "secret-value" not in text


def test_a_rebuild_that_was_not_seen_names_the_option_that_works() -> None:
    text = not_rebuilt("imc-1", "the service declines")
    assert text.startswith("imc-1 was not rebuilt: the service declines. ")
    assert 'replace_on_changes=["images", "rebuildTriggers"]' in text


def test_a_timeout_names_why_the_last_look_failed() -> None:
    trouble = TransportError("DescribeImageCaches", "h", "it did not answer in time")
    assert "failed: DescribeImageCaches got no usable answer" in too_slow(
        "imc-1", 60.0, CREATING, trouble
    )


def test_a_call_that_is_repeated_is_told_once_a_minute() -> None:
    time, told = ManualTime(), list[str]()
    reporter = ProgressReporter(told.append, time)
    trouble = TransportError("DescribeImageCaches", "h", "it did not answer in time")
    for _ in range(13):
        reporter.on_retry(trouble)
        time.sleep(5.0)
    assert [line.split(":")[0] for line in told] == ["trying again", "trying again"]


def test_failures_that_differ_by_their_request_are_one() -> None:
    time, told = ManualTime(), list[str]()
    reporter = ProgressReporter(told.append, time)
    for number in range(12):
        code = "ServiceUnavailable"
        reporter.on_retry(ApiError("DescribeImageCaches", code, "later", f"R-{number}", 503))
        reporter.observed(CREATING)
        time.sleep(4.0)
    assert [line.split(":")[0] for line in told] == ["trying again", "Creating 40 %, Pulling"]
