"""The messages during a build, and after failures."""

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
def reported() -> list[str]:
    """Return the list of reported messages."""
    return []


@pytest.fixture
def reporter(time: ManualTime, reported: list[str]) -> ProgressReporter:
    """Return a new reporter."""
    return ProgressReporter(reported.append, time)


# -- progress


def test_the_first_observation_is_reported(reporter: ProgressReporter, reported: list[str]) -> None:
    reporter.observed(CREATING)
    assert reported == ["Creating 40 %, Pulling: Start pull image nginx"]


def test_an_unchanged_observation_is_reported_once(
    reporter: ProgressReporter, reported: list[str]
) -> None:
    reporter.observed(CREATING)
    reporter.observed(CREATING)
    assert len(reported) == 1


@pytest.mark.parametrize(
    "change",
    [{"status": "Updating"}, {"events": (PULLING, PULLED)}, {"progress": "50%"}],
    ids=["another status", "another event", "another tenth of the way"],
)
def test_a_change_is_reported(
    reporter: ProgressReporter, reported: list[str], change: dict[str, Any]
) -> None:
    reporter.observed(CREATING)
    reporter.observed(replace(CREATING, **change))
    assert len(reported) == 2


@pytest.mark.parametrize("progress", ["41%", "49%"])
def test_less_than_a_tenth_of_progress_is_not_reported(
    reporter: ProgressReporter, reported: list[str], progress: str
) -> None:
    reporter.observed(CREATING)
    reporter.observed(replace(CREATING, progress=progress))
    assert len(reported) == 1


def test_an_unchanged_observation_is_repeated_once_a_minute(
    reporter: ProgressReporter, reported: list[str], time: ManualTime
) -> None:
    reporter.observed(CREATING)
    for _ in range(13):
        time.sleep(10.0)
        reporter.observed(CREATING)
    assert reported[1:] == [
        "Creating 40 %, Pulling: Start pull image nginx (1 min)",
        "Creating 40 %, Pulling: Start pull image nginx (2 min)",
    ]


def test_a_change_postpones_the_repetition(
    reporter: ProgressReporter, reported: list[str], time: ManualTime
) -> None:
    reporter.observed(CREATING)
    time.sleep(50.0)
    reporter.observed(replace(CREATING, progress="90%"))
    time.sleep(50.0)
    reporter.observed(replace(CREATING, progress="90%"))
    assert len(reported) == 2


def test_the_last_line_says_how_long_it_took(reported: list[str], time: ManualTime) -> None:
    row = Row(reported.append, time)
    time.sleep(200.0)
    row.report_progress("trying again: it did not answer")
    row.finish({"status": "Ready"})
    assert reported[1:] == ["Ready after 3 min 20 s"]


def test_the_last_line_of_a_cache_with_skip_await_says_so(
    reported: list[str], time: ManualTime
) -> None:
    Row(reported.append, time).finish({"status": "Creating"})
    assert reported == ["Creating after 0 s (not waited for)"]


def test_the_last_line_of_a_deletion(reported: list[str], time: ManualTime) -> None:
    Row(reported.append, time).finish()
    assert reported == ["deleted after 0 s"]


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
def test_a_short_description_is_one_line(seen: Observation, line: str) -> None:
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
def test_a_duration_is_formatted(seconds: float, text: str) -> None:
    assert duration(seconds) == text


# -- failures


def test_a_failed_creation_names_the_warning_and_the_next_step() -> None:
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


def test_an_event_with_a_full_stop_gets_no_second_one() -> None:
    event = Event("Normal", "Started", "Successfully check image cache resource.", "2026-01-01")
    seen = replace(CREATING, events=(event,))
    assert "cache resource. Run" in too_slow("imc-1", 60.0, seen, None)
    failed = replace(seen, status="Failed")
    assert "cache resource. Correct" in build_failed("imc-1", failed)


def test_a_timeout_without_any_observation_says_so() -> None:
    assert "the service did not show" in too_slow("imc-1", 60.0, None, None)


@pytest.mark.parametrize(
    ("last", "found"), [(CREATING, "(Creating 40 %, Pulling"), (None, "(not seen)")]
)
def test_a_cache_that_still_exists_after_its_deletion_timed_out(
    last: Observation | None, found: str
) -> None:
    text = not_deleted("imc-1", 1200.0, last)
    assert all(fact in text for fact in ("imc-1", "20 min", found))


def test_a_missing_cache_has_a_reason_and_a_command_to_run() -> None:
    text = gone("imc-1")
    assert all(fact in text for fact in ("imc-1", "LRU", "`pulumi refresh`", "`pulumi up`"))


def test_fields_that_were_not_applied_are_named_with_advice() -> None:
    rows = [(row, "secret-value") for row in FIELDS if row.name in ("images", "imageCacheSize")]
    text = not_applied("imc-1", rows)
    assert "did not apply: images, imageCacheSize." in text
    assert "replace_on_changes=['images', 'imageCacheSize']" in text
    assert "secret-value" not in text


def test_a_rebuild_that_is_not_shown_has_advice() -> None:
    text = not_rebuilt("imc-1", "the service declines")
    assert text.startswith("imc-1 was not rebuilt: the service declines. ")
    assert 'replace_on_changes=["images", "rebuildTriggers"]' in text


def test_a_timeout_names_the_failure_of_the_last_describe_call() -> None:
    failure = TransportError("DescribeImageCaches", "h", "it did not answer in time")
    assert "failed: DescribeImageCaches got no usable answer" in too_slow(
        "imc-1", 60.0, CREATING, failure
    )


def test_a_retried_call_is_reported_once_a_minute() -> None:
    time, reported = ManualTime(), list[str]()
    reporter = ProgressReporter(reported.append, time)
    failure = TransportError("DescribeImageCaches", "h", "it did not answer in time")
    for _ in range(13):
        reporter.on_retry(failure)
        time.sleep(5.0)
    assert [line.split(":")[0] for line in reported] == ["trying again", "trying again"]


def test_failures_with_different_request_ids_are_reported_once() -> None:
    time, reported = ManualTime(), list[str]()
    reporter = ProgressReporter(reported.append, time)
    for number in range(12):
        code = "ServiceUnavailable"
        reporter.on_retry(ApiError("DescribeImageCaches", code, "later", f"R-{number}", 503))
        reporter.observed(CREATING)
        time.sleep(4.0)
    assert [line.split(":")[0] for line in reported] == ["trying again", "Creating 40 %, Pulling"]
