"""Messages for the terminal, on standard error. Standard output is only for the result."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Unavailable(Exception):  # noqa: N818 - a normal answer of a source, not an error
    """This way of getting an engine does not work. The text says why."""


def say(line: str) -> None:
    """Print one line on standard error."""
    print(f"engine: {line}", file=sys.stderr, flush=True)


class Progress:
    """Reports at intervals that a long step is still running."""

    def __init__(
        self, what: str, every: float = 20.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.what = what
        self._every = every
        self._clock = clock
        self._start = clock()
        self._due = every

    @property
    def elapsed(self) -> float:
        """Seconds since the step began."""
        return self._clock() - self._start

    def tick(self, detail: str = "") -> None:
        """Report the elapsed time when the next report is due."""
        elapsed = self.elapsed
        if elapsed >= self._due:
            self._due = elapsed + self._every
            say(f"  {self.what}: {elapsed:.0f} s so far{detail and f', {detail}'}")
