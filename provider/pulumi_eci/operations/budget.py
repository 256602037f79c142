"""A rate limit for creations: one budget for all resources of a process.

Alibaba Cloud documents 200 CreateImageCache calls a minute for an account (ECI, "Limits"). A token
becomes free a minute after it was used, so no period of 60 seconds holds more calls. A creation
that finds no token knows at once how long it has to wait.

Other processes may use the same account. Two throttled creations in a row show that the account's
minute is full. The process then waits until its own oldest token is free, and tries one creation
before it continues with all.
"""

from __future__ import annotations

import random
import threading
from bisect import insort
from collections.abc import Iterator
from contextlib import contextmanager

from pulumi_eci.operations.clock import Clock

CREATES_PER_MINUTE = 200
MINUTE = 60.0  # seconds
_PATIENCE = 30.0
_REFUSALS = 2  # refusals in a row that show a full minute
_FEWEST = 4  # slots
_LULL = 15.0  # seconds


class Budget:
    """Tokens for calls, first come, first served.

    Args:
        per_minute: How many calls a minute.
    """

    def __init__(self, per_minute: int = CREATES_PER_MINUTE) -> None:
        self.per_minute = per_minute
        self._turns: list[float] = []  # when each token is used, in order
        self._refusals = 0  # in a row
        self._resume = 0.0  # when a full minute may be over
        self._under_way = 0
        self._changed = threading.Condition()

    def reserve(self, now: float, deadline: float) -> float | None:
        """Take a token; return the clock's time from which it may be used, *now* or later.

        Return None, and take no token, if that time is not before the *deadline*.
        """
        with self._changed:
            self._turns = [turn for turn in self._turns if turn > now - MINUTE]
            full = len(self._turns) >= self.per_minute
            turn = max(now, self._resume) if self._resume < deadline else now
            if full:
                turn = max(turn, self._turns[-self.per_minute] + MINUTE)
            if turn > now and turn >= deadline:
                return None
            insort(self._turns, turn)
            return turn

    @contextmanager
    def slot(self, clock: Clock, deadline: float) -> Iterator[None]:
        """Hold one of the slots for calls under way. After a refusal there is a single slot.

        So few calls of a process are refused while the account's minute is full, and one call finds
        out whether that minute is over.
        """
        with self._changed:
            while (now := clock.now()) < deadline:
                pause = self._resume - now if self._resume < deadline else 0.0
                if pause <= 0 and self._under_way < self._slots:
                    break
                clock.wait(self._changed, min(max(pause, 0.0) or _PATIENCE, deadline - now))
            self._under_way += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def succeeded(self, turn: float, now: float) -> None:
        """Note an accepted call: its token, taken for *turn*, was used *now*."""
        with self._changed:
            self._refusals = 0
            self._give_back(turn)
            insort(self._turns, now)

    def refused(self, turn: float, now: float) -> None:
        """Note a throttled call: its token, taken for *turn*, was not used."""
        with self._changed:
            self._give_back(turn)
            self._refusals += 1
            if self._refusals >= _REFUSALS:
                used = [each for each in self._turns if now - MINUTE < each <= now]
                pause = random.uniform(_LULL / 2, _LULL)  # noqa: S311 - no secret
                if used:
                    pause = max(used[0] + MINUTE - now, pause / 5)
                self._resume = now + pause

    def _give_back(self, turn: float) -> None:
        if turn in self._turns:
            self._turns.remove(turn)

    @property
    def _slots(self) -> int:
        return 1 if self._refusals else max(_FEWEST, self.per_minute // 50)
