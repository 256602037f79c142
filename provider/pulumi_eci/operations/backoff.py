"""How long to wait before a call is made again: one caller's own pauses, and a connection's.

Both have full jitter, so that many callers that were refused together do not come back together.
When the service throttles, all who call on the connection hold back: what is limited is the
account, not the one call that happened to be refused.
"""

from __future__ import annotations

import random
import threading

from pulumi_eci.api.errors import ApiError, EciError

FIRST_PAUSE = 1.0  # seconds
LONGEST_PAUSE = 30.0
_RECOVERY = 0.9  # of the window that each success leaves


class Backoff:
    """The pauses of one connection, shared by its threads.

    A refusal opens a window, twice as long as the last one, in which nobody calls; refusals that
    arrive within it belong to the same congestion. Each success after it makes the next shorter.

    Args:
        first: Seconds of the first pause, at most.
        longest: Seconds of any pause, at most, unless the service asks for more.
    """

    def __init__(self, first: float = FIRST_PAUSE, longest: float = LONGEST_PAUSE) -> None:
        self.first = first
        self.longest = longest
        self.answered = False
        """Whether anything was ever answered: otherwise the endpoint is probably a wrong one."""
        self._window = 0.0
        self._until = 0.0
        self._lock = threading.Lock()

    def own(self, failures: int) -> float:
        """Return the pause of one caller after so many *failures* of its call, at least one."""
        bound = min(self.longest, self.first * 2.0 ** min(failures - 1, 50))
        return random.uniform(0.0, bound)  # noqa: S311 - no secret

    def shared(self, now: float) -> float:
        """Return how long a call has to wait that wants to be made *now*; mostly 0."""
        with self._lock:
            if now >= self._until:
                return 0.0
            return self._until - now + random.uniform(0.0, self._window)  # noqa: S311 - no secret

    def failed(self, error: EciError, now: float) -> None:
        """Take note of a failure; one that is not about throttling is its caller's own matter."""
        self.answered = self.answered or isinstance(error, ApiError)
        if not isinstance(error, ApiError) or not error.throttled:
            return
        with self._lock:
            if now >= self._until:
                self._window = min(self.longest, max(self.first, 2 * self._window))
                self._until = now + self._window
            self._until = max(self._until, now + error.retry_after)

    def succeeded(self, now: float) -> None:
        """Take note of a success; that of a call from before the refusal tells nothing."""
        self.answered = True
        with self._lock:
            if now >= self._until:
                self._window *= _RECOVERY
