"""The pauses of one caller, and the pauses of a connection."""

from __future__ import annotations

import pytest

from pulumi_eci.api.errors import ApiError, EciError, TransportError
from pulumi_eci.operations.backoff import Backoff

THROTTLED = ApiError("X", "Throttling.User", "slow down", "", 400)


def test_a_caller_s_pause_grows_to_its_maximum() -> None:
    backoff = Backoff()
    for failures, bound in enumerate([1, 2, 4, 8, 16, 30, 30], 1):
        pauses = [backoff.pause_after(failures) for _ in range(500)]
        assert min(pauses) < 0.1 * bound
        assert 0.9 * bound < max(pauses) <= bound


def test_without_a_failure_there_is_no_pause() -> None:
    assert Backoff().pause_left(0.0) == 0.0


@pytest.mark.parametrize(
    "error",
    [
        TransportError("X", "host", "the connection was reset"),
        ApiError("X", "InternalError", "", "", 500),
        ApiError("X", "OperationConflict", "", "", 409),
        EciError("another"),
    ],
    ids=repr,
)
def test_other_failures_cause_no_pause_of_the_connection(error: EciError) -> None:
    backoff = Backoff()
    backoff.failed(error, 0.0)
    assert backoff.pause_left(0.0) == 0.0


def test_throttling_delays_all_callers_by_different_pauses() -> None:
    backoff = Backoff(first=4.0)
    backoff.failed(THROTTLED, 100.0)
    pauses = [backoff.pause_left(101.0) for _ in range(500)]
    assert 3.0 <= min(pauses) < 3.4
    assert 6.6 < max(pauses) <= 7.0
    assert backoff.pause_left(104.0) == 0.0


def test_refusals_of_one_congestion_count_once() -> None:
    backoff = Backoff(first=1.0)
    for _ in range(100):
        backoff.failed(THROTTLED, 0.5)
    assert 0.0 < backoff.pause_left(0.5) <= 2.0
    assert backoff.pause_left(1.5) == 0.0


def test_each_further_congestion_doubles_the_window() -> None:
    backoff, now, windows = Backoff(first=1.0, longest=10.0), 0.0, []
    for _ in range(6):
        backoff.failed(THROTTLED, now)
        windows.append(round(min(backoff.pause_left(now) for _ in range(500))))
        now += 10.0
    assert windows == [1, 2, 4, 8, 10, 10]


def test_successes_shorten_the_next_window() -> None:
    backoff = Backoff(first=1.0)
    for now in (0.0, 10.0, 20.0):
        backoff.failed(THROTTLED, now)
    for _ in range(100):
        backoff.succeeded(100.0)
    backoff.failed(THROTTLED, 100.0)
    assert backoff.pause_left(101.0) == 0.0


def test_a_success_before_the_refusal_does_not_shorten_the_window() -> None:
    backoff = Backoff(first=8.0)
    backoff.failed(THROTTLED, 0.0)
    for _ in range(100):
        backoff.succeeded(1.0)
    backoff.failed(THROTTLED, 8.0)
    assert backoff.pause_left(8.0) >= 16.0


def test_the_pause_that_the_service_requests_is_respected() -> None:
    backoff = Backoff()
    backoff.failed(ApiError("X", "Throttling", "", "", 400, retry_after=90.0), 0.0)
    assert backoff.pause_left(0.0) >= 90.0
