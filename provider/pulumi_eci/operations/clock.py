"""Time, injected: tests move it by hand and never sleep."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """Monotonic seconds, and two ways to let them pass."""

    def now(self) -> float:
        """Return seconds since some fixed moment."""

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass."""

    def wait(self, condition: threading.Condition, seconds: float) -> None:
        """Let *seconds* pass, or less if the held *condition* is notified."""


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
