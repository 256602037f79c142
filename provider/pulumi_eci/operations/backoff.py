"""The pauses before a call is repeated: of a single caller, and of a whole connection.

Both have full jitter, so that callers that were refused together do not return together. When the
service throttles, all calls of the connection pause, because the limit is the account's.
"""

from __future__ import annotations

import random
import threading

from pulumi_eci.api.errors import ApiError, EciError

FIRST_PAUSE = 1.0  # seconds
LONGEST_PAUSE = 30.0
_RECOVERY = 0.9  # what each success leaves of the window


class Backoff:
    """The pauses of one connection, shared by its threads.

    A refusal opens a window without calls, twice as long as the last window. Refusals within the
    window belong to the same congestion. Each later success makes the next window shorter.

    Args:
        first: The longest first pause, in seconds.
        longest: The longest pause, in seconds, unless the service asks for more.
    """

    def __init__(self, first: float = FIRST_PAUSE, longest: float = LONGEST_PAUSE) -> None:
        self.first = first
        self.longest = longest
        self.answered = False
        """Whether the service ever answered. If not, the endpoint is probably wrong."""
        self._window = 0.0
        self._until = 0.0
        self._lock = threading.Lock()

    def pause_after(self, failures: int) -> float:
        """Return the seconds that one caller pauses after *failures* failed calls, at least one."""
        bound = min(self.longest, self.first * 2.0 ** min(failures - 1, 50))
        return random.uniform(0.0, bound)  # noqa: S311 - no secret

    def pause_left(self, now: float) -> float:
        """Return the seconds that a call at the time *now* has to wait; mostly 0."""
        with self._lock:
            if now >= self._until:
                return 0.0
            return self._until - now + random.uniform(0.0, self._window)  # noqa: S311 - no secret

    def failed(self, error: EciError, now: float) -> None:
        """Note a failure. Only throttling opens a window for the connection."""
        self.answered = self.answered or isinstance(error, ApiError)
        if not isinstance(error, ApiError) or not error.throttled:
            return
        with self._lock:
            if now >= self._until:
                self._window = min(self.longest, max(self.first, 2 * self._window))
                self._until = now + self._window
            self._until = max(self._until, now + error.retry_after)

    def succeeded(self, now: float) -> None:
        """Note a success. Within a window the call began before the refusal, and does not count."""
        self.answered = True
        with self._lock:
            if now >= self._until:
                self._window *= _RECOVERY
