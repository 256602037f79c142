"""The same call again, where that can help: by the reaction that the table of codes gives.

Full jitter, so that many callers that were throttled together do not come back together. A repeated
call carries the same ClientToken, which is how a lost reply is settled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from pulumi_eci.clock import Clock
from pulumi_eci.errors import EciError, Reaction

T = TypeVar("T")

FIRST_PAUSE = 1.0  # seconds; the mean of the first pause is half of it
LONGEST_PAUSE = 30.0
MOST_TRIES = 12


def is_transient(error: BaseException) -> bool:
    """Whether the same call may succeed later."""
    return isinstance(error, EciError) and getattr(error, "reaction", None) is Reaction.RETRY


def retrying(
    call: Callable[[], T],
    clock: Clock,
    deadline: float,
    stumbled: Callable[[EciError], None] = lambda _: None,
) -> T:
    """Make *call*, and again after transient failures, until *deadline* or a dozen tries.

    *stumbled* is told of each failure that is followed by another try.

    Raises:
        EciError: The last failure, as it came.
    """

    def give_up(attempt: RetryCallState) -> bool:
        # tenacity computes the pause before it asks whether to stop.
        return attempt.attempt_number >= MOST_TRIES or (
            clock.now() + attempt.upcoming_sleep >= deadline
        )

    def tell(attempt: RetryCallState) -> None:
        error = attempt.outcome.exception() if attempt.outcome else None
        if isinstance(error, EciError):
            stumbled(error)

    return Retrying(
        before_sleep=tell,
        retry=retry_if_exception(is_transient),
        wait=wait_random_exponential(multiplier=FIRST_PAUSE, max=LONGEST_PAUSE),
        stop=give_up,
        sleep=clock.sleep,
        reraise=True,
    )(call)
