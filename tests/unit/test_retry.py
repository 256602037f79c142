"""Retries of a call: on which failures, how often, and until when."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy

import pytest

from pulumi_eci.api.errors import ApiError, ConfigurationError, EciError, GoneError, TransportError
from pulumi_eci.operations.backoff import Backoff
from pulumi_eci.operations.retry import FIRST_TRIES, MOST_TRIES, is_transient, retrying
from tests.support.memory import ManualTime

THROTTLED = ApiError("X", "Throttling.User", "slow down", "", 400)
BUSY = ApiError("X", "OperationConflict", "later", "", 400)
ABSENT = TransportError("X", "host", "the connection was refused")


class Recorder(ManualTime):
    """A clock that records the sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Move the time."""
        self.slept.append(seconds)
        super().sleep(seconds)


@pytest.fixture
def time() -> Recorder:
    """Return a time at zero."""
    return Recorder()


def failing(times: int, error: Exception = ABSENT) -> Callable[[], str]:
    """Return a call that fails a number of times and then succeeds."""
    failures = [error] * times

    def call() -> str:
        if failures:
            raise failures.pop()
        return "done"

    return call


def test_a_successful_call_is_made_once(time: Recorder) -> None:
    assert retrying(failing(0), time, 100.0) == "done"
    assert time.slept == []


def test_a_transient_failure_is_retried(time: Recorder) -> None:
    assert retrying(failing(3), time, 1000.0) == "done"
    assert len(time.slept) == 3


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (THROTTLED, True),
        (TransportError("X", "host", "it did not answer in time"), True),
        (ApiError("X", "Whatever", "", "", 503), True),
        (ApiError("X", "QuotaExceeded", "", "", 403), False),
        (ApiError("X", "IncorrectStatus", "", "", 400), False),
        (ApiError("X", "NoNeedUpdate", "", "", 400), False),
        (ApiError("X", "InvalidParameter.NotFound", "", "", 404), False),
        (ConfigurationError("no key"), False),
        (GoneError("gone"), False),
        (EciError("other"), False),
        (ValueError("a bug"), False),
    ],
    ids=repr,
)
def test_which_failures_are_transient(error: Exception, expected: bool) -> None:
    assert is_transient(error) is expected


def test_a_final_failure_is_raised_unchanged(time: Recorder) -> None:
    error = ApiError("X", "QuotaExceeded", "full", "", 403)
    with pytest.raises(ApiError) as caught:
        retrying(failing(9, error), time, 1000.0)
    assert (caught.value, time.slept) == (error, [])


@pytest.mark.parametrize(
    ("before", "tries"),
    [(None, FIRST_TRIES), (THROTTLED, MOST_TRIES), (ABSENT, FIRST_TRIES)],
    ids=["nothing", "a refusal", "another unavailability"],
)
def test_how_often_an_unavailable_service_is_tried(
    time: Recorder, before: EciError | None, tries: int
) -> None:
    backoff = Backoff()
    if before:
        backoff.failed(before, -100.0)
    assert retrying(failing(tries - 1), time, 1e9, backoff=copy(backoff)) == "done"
    time.slept.clear()
    with pytest.raises(TransportError) as caught:
        retrying(failing(tries), time, 1e9, backoff=backoff)
    assert (caught.value, len(time.slept)) == (ABSENT, tries - 1)
    assert tries == MOST_TRIES or sum(time.slept) <= 7.0


@pytest.mark.parametrize("error", [THROTTLED, BUSY])
def test_a_throttled_call_is_retried_until_the_deadline(time: Recorder, error: ApiError) -> None:
    assert retrying(failing(50, error), time, 1e9) == "done"
    with pytest.raises(ApiError) as caught:
        retrying(failing(10_000, error), time, time.now() + 3600.0)
    assert caught.value is error


def test_no_pause_exceeds_the_deadline(time: Recorder) -> None:
    with pytest.raises(ApiError):
        retrying(failing(99, BUSY), time, 20.0)
    assert time.now() < 20.0


def test_the_pause_that_the_service_requests_is_respected(time: Recorder) -> None:
    refusal = ApiError("X", "Throttling.User", "slow down", "", 400, retry_after=77.0)
    retrying(failing(1, refusal), time, 1e9)
    assert time.now() >= 77.0


def test_a_pause_beyond_the_deadline_is_not_made(time: Recorder) -> None:
    refusal = ApiError("X", "Throttling.User", "slow down", "", 400, retry_after=1e12)
    with pytest.raises(ApiError):
        retrying(failing(1, refusal), time, 100.0)
    assert time.now() < 100.0


def test_a_new_call_waits_while_the_connection_is_throttled(time: Recorder) -> None:
    backoff = Backoff()
    backoff.failed(ApiError("X", "Throttling", "", "", 400, retry_after=50.0), time.now())
    assert retrying(failing(0), time, 1e9, backoff=backoff) == "done"
    assert time.now() >= 50.0


def test_a_call_without_time_to_wait_is_tried_once_at_the_deadline(time: Recorder) -> None:
    backoff = Backoff()
    backoff.failed(ApiError("X", "Throttling", "", "", 400, retry_after=50.0), time.now())
    assert retrying(failing(0), time, 20.0, backoff=backoff) == "done"
    assert time.now() == 20.0
