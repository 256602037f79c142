"""Repeats a call after transient failures. The table of codes says which failures are transient.

A repeated call has the same ClientToken, so a call whose reply was lost takes effect once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception

from pulumi_eci.api.codes import Reaction
from pulumi_eci.api.errors import ApiError, EciError
from pulumi_eci.operations.backoff import Backoff
from pulumi_eci.operations.clock import Clock

T = TypeVar("T")

MOST_TRIES = 12
"""Tries while the service does not answer. If it asks to wait, tries go on until the deadline."""

FIRST_TRIES = 4
"""Tries of an endpoint that has never answered, for a network that is not up yet."""


def is_transient(error: BaseException) -> bool:
    """Whether the same call may succeed later."""
    return isinstance(error, EciError) and getattr(error, "reaction", None) is Reaction.RETRY


def retrying(
    call: Callable[[], T],
    clock: Clock,
    deadline: float,
    on_retry: Callable[[EciError], None] = lambda _: None,
    backoff: Backoff | None = None,
) -> T:
    """Make *call*, and repeat it after transient failures until *deadline* or `MOST_TRIES`.

    Args:
        call: The call.
        clock: The time.
        deadline: The clock's time after which no try is made.
        on_retry: Called with each failure that is followed by another try.
        backoff: The backoff of the connection. While it is in force no try is made, not even the
            first, except for a last one at the deadline.

    Raises:
        EciError: The last failure.
    """
    backoff = backoff or Backoff()
    absences = 0

    def once() -> T:
        nonlocal absences
        _take_turn(backoff, clock, deadline)
        try:
            result = call()
        except EciError as error:
            absences += not (isinstance(error, ApiError) and error.retry_until_deadline)
            backoff.failed(error, clock.now())
            raise
        backoff.succeeded(clock.now())
        return result

    def give_up(attempt: RetryCallState) -> bool:
        # tenacity computes the pause before it asks whether to stop.
        most = MOST_TRIES if backoff.answered else FIRST_TRIES
        return absences >= most or clock.now() + attempt.upcoming_sleep >= deadline

    def before_sleep(attempt: RetryCallState) -> None:
        if isinstance(error := _failure(attempt), EciError):
            on_retry(error)

    return Retrying(
        before_sleep=before_sleep,
        retry=retry_if_exception(is_transient),
        wait=lambda attempt: max(backoff.pause_after(attempt.attempt_number), _asked_for(attempt)),
        stop=give_up,
        sleep=clock.sleep,
        reraise=True,
    )(once)


def _take_turn(backoff: Backoff, clock: Clock, deadline: float) -> None:
    while pause := backoff.pause_left(clock.now()):
        left = deadline - clock.now()
        clock.sleep(max(0.0, min(pause, left)))
        if pause >= left:
            return


def _asked_for(attempt: RetryCallState) -> float:
    """Return the seconds that the service asked to wait."""
    error = _failure(attempt)
    return error.retry_after if isinstance(error, ApiError) else 0.0


def _failure(attempt: RetryCallState) -> BaseException | None:
    return attempt.outcome.exception() if attempt.outcome else None
