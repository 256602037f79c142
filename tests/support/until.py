"""Waits for another thread or process."""

from __future__ import annotations

import time
from collections.abc import Callable

LONGEST = 30.0


def until(condition: Callable[[], object], what: str) -> None:
    """Return as soon as *condition* holds. Fail after a long time; *what* names the condition."""
    deadline = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < deadline, f"not within {LONGEST:.0f} s: {what}"
        time.sleep(0.01)
