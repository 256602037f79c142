"""The clock that operations use. Tests pass a clock that they move by hand."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """Monotonic seconds, and two ways to wait."""

    def now(self) -> float:
        """Return the seconds since a fixed moment."""

    def sleep(self, seconds: float) -> None:
        """Wait for *seconds*."""

    def wait(self, condition: threading.Condition, seconds: float) -> None:
        """Wait for *seconds*, or until the held *condition* is notified."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """See `Clock.now`."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        time.sleep(seconds)

    def wait(self, condition: threading.Condition, seconds: float) -> None:
        """See `Clock.wait`."""
        condition.wait(seconds)
