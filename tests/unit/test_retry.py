"""The same call again: when, how often, and until when."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_eci.errors import ApiError, ConfigurationError, EciError, GoneError, TransportError
from pulumi_eci.retry import is_transient, retrying
from tests.support.memory import ManualTime

THROTTLED = ApiError("X", "Throttling.User", "slow down", "", 400)


class Recorder(ManualTime):
    """A time that remembers how long somebody slept."""

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


def failing(times: int, error: Exception = THROTTLED) -> Callable[[], str]:
    """Return a call that fails so many times, and then works."""
    failures = [error] * times

    def call() -> str:
        if failures:
            raise failures.pop()
        return "done"

    return call


def test_a_call_that_works_is_made_once(time: Recorder) -> None:
    """Without a pause."""
    assert retrying(failing(0), time, 100.0) == "done"
    assert time.slept == []


def test_a_transient_failure_is_tried_again(time: Recorder) -> None:
    """One pause for each failure."""
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
    """Only those that the table of codes says so of."""
    assert is_transient(error) is expected


def test_a_final_failure_comes_as_it_is(time: Recorder) -> None:
    """At once."""
    error = ApiError("X", "QuotaExceeded", "full", "", 403)
    with pytest.raises(ApiError) as caught:
        retrying(failing(9, error), time, 1000.0)
    assert (caught.value, time.slept) == (error, [])


def test_a_dozen_tries_are_enough(time: Recorder) -> None:
    """The last failure comes as it is, not wrapped."""
    with pytest.raises(ApiError) as caught:
        retrying(failing(12), time, 1e9)
    assert (caught.value, len(time.slept)) == (THROTTLED, 11)


def test_the_twelfth_try_may_work(time: Recorder) -> None:
    """Eleven failures are survived."""
    assert retrying(failing(11), time, 1e9) == "done"


def test_no_pause_goes_beyond_the_deadline(time: Recorder) -> None:
    """Rather fail in time than sleep over it."""
    with pytest.raises(ApiError):
        retrying(failing(99), time, 20.0)
    assert time.now() < 20.0


def test_after_the_deadline_there_is_one_try(time: Recorder) -> None:
    """And its failure is told."""
    calls: list[None] = []

    def call() -> None:
        calls.append(None)
        raise THROTTLED

    with pytest.raises(ApiError):
        retrying(call, time, 0.0)
    assert len(calls) == 1


def test_pauses_grow_to_their_longest(time: Recorder) -> None:
    """Full jitter: anything from none to 1, 2, 4, 8, 16, then 30 seconds."""
    retrying(failing(11), time, 1e9)
    bounds = [1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30]
    assert [pause <= bound for pause, bound in zip(time.slept, bounds, strict=True)] == [True] * 11


def test_callers_that_were_throttled_together_do_not_come_back_together() -> None:
    """Their pauses differ."""
    pauses = set()
    for _ in range(5):
        time = Recorder()
        retrying(failing(1), time, 1e9)
        pauses.add(time.slept[0])
    assert len(pauses) == 5
