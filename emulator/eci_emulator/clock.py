"""The emulator's clock.

Statuses, events and expiries are computed from one clock, so that a test can advance them all. Time
is in seconds since the epoch, as a float.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime, timezone
from functools import lru_cache
from typing import Protocol

DAY = 86_400.0
_LATEST = 253_402_300_799.0  # the end of the year 9999, the last that can be written
MANUAL_START = 1_767_225_600.0  # 2026-01-01T00:00:00Z


class Clock(Protocol):
    """A clock that can be advanced."""

    def now(self) -> float:
        """Return the seconds since the epoch."""
        ...

    def advance(self, seconds: float) -> None:
        """Move the time forward."""
        ...


class RealClock:
    """The machine's clock, which can run faster and can be advanced."""

    def __init__(self, scale: float = 1.0) -> None:
        self._scale = scale
        self._origin = time.time()
        self._started = time.monotonic()
        self._moved = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return self._origin + (time.monotonic() - self._started) * self._scale + self._moved

    def advance(self, seconds: float) -> None:
        """Move the time forward."""
        with self._lock:
            self._moved += seconds


class ManualClock:
    """A clock that moves only when it is advanced."""

    def __init__(self, start: float = MANUAL_START) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the time forward."""
        with self._lock:
            self._now += seconds


def timestamp(seconds: float) -> str:
    """Return a time in the service's format, `2021-02-09T02:24:07Z`."""
    return _write(int(min(max(seconds, 0.0), _LATEST)))


@lru_cache(maxsize=16_384)  # a listing formats a thousand times, and most of them repeat
def _write(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
