"""A region with caches for a waiter, and a clock that needs no real time."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pulumi_eci.api.errors import ApiError, TransportError
from pulumi_eci.api.gateway import Page
from pulumi_eci.model.state import Observation
from pulumi_eci.operations.waiter import PollInterval, Waiter
from tests.support.memory import ManualTime

FORBIDDEN = ApiError("DescribeImageCaches", "Forbidden.RAM", "no", "", 403)
BROKEN = ApiError("DescribeImageCaches", "InternalError", "sorry", "", 500)
THROTTLED = ApiError("DescribeImageCaches", "Throttling.User", "slow down", "", 400)
LOST = TransportError("DescribeImageCaches", "host", "it did not answer in time")


class Time(ManualTime):
    """A clock that moves only when *crowd* watches wait, so that a sweep covers all of them."""

    def __init__(self, crowd: int = 1) -> None:
        super().__init__()
        self.crowd = crowd
        self.waiter: Waiter | None = None

    def wait(self, condition: threading.Condition, seconds: float) -> None:
        """Move the time once the crowd is complete; a new watch notifies."""
        waiting = 0 if self.waiter is None else len(self.waiter._watches)
        if waiting < self.crowd:
            condition.wait(5.0)
            return
        self.crowd = 0
        self.sleep(seconds)


class Region:
    """A region whose caches become Ready at given times, and whose calls can fail."""

    def __init__(self, time: ManualTime, ready_at: dict[str, float], page_size: int = 100) -> None:
        self.time = time
        self.ready_at = ready_at
        self.page_size = page_size
        self.described: list[tuple[str, float]] = []
        self.pages: list[tuple[str, float]] = []
        self.failures: list[Exception] = []
        self.list_failures: list[Exception] = []
        self.bad: dict[str, Exception] = {}
        self.bad_pages: dict[str, Exception] = {}
        self.tokens: dict[str, str] = {}

    def describe(self, cache_id: str) -> Observation | None:
        """Show one cache."""
        self.described.append((cache_id, self.time.now()))
        if self.failures:
            raise self.failures.pop(0)
        if cache_id in self.bad:
            raise self.bad[cache_id]
        return self._show(cache_id) if cache_id in self.ready_at else None

    def list_page(self, next_token: str = "") -> Page:
        """Show a page of all caches."""
        self.pages.append((next_token, self.time.now()))
        if self.list_failures:
            raise self.list_failures.pop(0)
        if next_token in self.bad_pages:
            raise self.bad_pages[next_token]
        names = sorted(self.ready_at)
        start = int(next_token or 0)
        end = start + self.page_size
        following = str(end) if end < len(names) else ""
        shown = tuple(self._show(name) for name in names[start:end])
        return Page(shown, self.tokens.get(next_token, following))

    def _show(self, cache_id: str) -> Observation:
        ready = self.time.now() >= self.ready_at[cache_id]
        return Observation(cache_id, "Ready" if ready else "Creating")


def settled(seen: Observation | None) -> bool:
    """Return whether a wait is over."""
    return seen is None or seen.settled


def make(
    ready_at: dict[str, float], crowd: int = 1, page_size: int = 100
) -> tuple[Waiter, Region, Time]:
    """Return a waiter, its region and its clock."""
    time = Time(crowd)
    region = Region(time, ready_at, page_size)
    gateway: Any = region  # a waiter only needs the two read operations of a gateway
    waiter = Waiter(gateway, time, PollInterval(jitter=0.0))
    time.waiter = waiter
    return waiter, region, time


def wait_together(
    waiter: Waiter, cache_ids: Iterable[str], deadline: float = 1e6
) -> dict[str, Observation | Exception | None]:
    """Wait for several caches at once; return each result or exception."""

    def one(cache_id: str) -> Observation | Exception | None:
        try:
            return waiter.wait(cache_id, settled, deadline)
        except Exception as error:  # noqa: BLE001 - the result of this one
            return error

    names = list(cache_ids)
    with ThreadPoolExecutor(len(names)) as pool:
        return dict(zip(names, pool.map(one, names), strict=True))
