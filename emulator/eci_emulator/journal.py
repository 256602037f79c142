"""A record of the latest requests, without secrets."""

from __future__ import annotations

import re
import threading
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from eci_emulator.clock import timestamp
from eci_emulator.wire import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

REDACTED = "***"
LONGEST_VALUE = 256
MOST_PARAMETERS = 500  # more than any valid request has

_SECRET = re.compile(r"password|secret|signature|token$", re.IGNORECASE)


def redact(params: Mapping[str, str]) -> dict[str, str]:
    """Return parameters without secrets.

    A ClientToken is not a secret, and is kept to find requests that were sent twice.
    """
    return {
        shorten(name): REDACTED
        if _SECRET.search(name) and name not in {"ClientToken", "NextToken"}
        else shorten(value, LONGEST_VALUE)
        for name, value in islice(params.items(), MOST_PARAMETERS)
    }


@dataclass(frozen=True)
class Outcome:
    """The answer to a request.

    Attributes:
        status: The HTTP status; 0 if the connection was cut.
        code: The error code of a refusal.
        request_id: The RequestId.
        fault: The injected fault, if any.
    """

    status: int
    code: str | None
    request_id: str
    fault: str | None = None


class Journal:
    """The latest requests, oldest first."""

    def __init__(self, size: int) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=size)
        self._lock = threading.Lock()

    def record(self, time: float, action: str, params: Mapping[str, str], outcome: Outcome) -> None:
        """Add a request and its answer."""
        entry = {
            "time": timestamp(time),
            "action": shorten(action),
            "params": redact(params),
            **vars(outcome),
        }
        with self._lock:
            self._entries.append(entry)

    def entries(self) -> list[dict[str, Any]]:
        """Return the recorded requests."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        """Remove all requests."""
        with self._lock:
            self._entries.clear()
