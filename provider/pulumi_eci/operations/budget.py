"""How many creations a minute: one bucket of tokens for all resources of a process. Pure.

Alibaba Cloud documents 200 CreateImageCache calls a minute (ECI, "Limits"). A token comes back a
minute after it was taken, so no minute ever holds more calls than that, wherever it begins; and
who comes when the bucket is empty knows at once how long it will be.
"""

from __future__ import annotations

import threading
from collections import deque

CREATES_PER_MINUTE = 200
MINUTE = 60.0  # seconds


class Budget:
    """Tokens for calls, first come, first served.

    Args:
        per_minute: How many calls a minute.
    """

    def __init__(self, per_minute: int = CREATES_PER_MINUTE) -> None:
        self.per_minute = per_minute
        self._turns: deque[float] = deque(maxlen=per_minute)  # when each token is used
        self._lock = threading.Lock()

    def turn(self, now: float, deadline: float) -> float | None:
        """Take a token; return the time from which it may be used, *now* or later.

        None, and no token is taken, if that were not before the *deadline*.
        """
        with self._lock:
            full = len(self._turns) == self.per_minute
            turn = max(now, self._turns[0] + MINUTE) if full else now
            if turn > now and turn >= deadline:
                return None
            self._turns.append(turn)
            return turn
