"""Many callers in one thread, with one virtual clock, which advances when all callers wait.

Each caller is a greenlet. Another caller only runs when the present one waits, so the order of
events depends on the waits alone: the same seed gives the same run. Hours pass in milliseconds.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import Any

import greenlet
import pytest

from eci_emulator.clock import Clock
from pulumi_eci.operations import budget, pending, waiter

_BLOCKING = (budget, pending, waiter)
"""The modules of the provider where threads wait for each other."""


class VirtualTime:
    """A clock and the callers that wait; implements the provider's `Clock`.

    Args:
        others: Clocks that advance together with this one.
    """

    def __init__(self, *others: Clock) -> None:
        self._now = 0.0
        self._others = others
        self._order = itertools.count()
        self._queue: list[tuple[float, int, greenlet.greenlet]] = []
        self._hub = greenlet.getcurrent()

    def now(self) -> float:
        """Return the seconds since the beginning."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let time pass for the caller, while other callers run."""
        self.wake(greenlet.getcurrent(), seconds)
        self._hub.switch()

    def wait(self, condition: Any, seconds: float) -> None:  # noqa: ANN401 - a _Condition
        """Let time pass, until *seconds* are over or *condition* is notified."""
        caller = greenlet.getcurrent()
        self.wake(caller, seconds)
        condition.waiting.append(caller)
        self._hub.switch()
        with suppress(ValueError):
            condition.waiting.remove(caller)

    def wake(self, caller: greenlet.greenlet, seconds: float = 0.0) -> None:
        """Resume *caller* after *seconds*, or earlier if it is woken again."""
        self._queue = [entry for entry in self._queue if entry[2] is not caller]
        heapq.heapify(self._queue)
        heapq.heappush(self._queue, (self._now + max(0.0, seconds), next(self._order), caller))

    def park(self) -> None:
        """Wait until the caller is woken."""
        self._hub.switch()

    def run(self, calls: Iterable[Callable[[], object]]) -> list[Exception | None]:
        """Make all *calls* at the same time; return the exception of each, or None."""
        results: list[Exception | None] = []
        for number, call in enumerate(calls):
            results.append(None)
            self.spawn(_noting(call, results, number))
        while self._queue:
            due, _, caller = heapq.heappop(self._queue)
            for clock in self._others:
                clock.advance(due - self._now)
            self._now = due
            caller.switch()
        return results

    def spawn(self, call: Callable[[], object]) -> None:
        """Start a call, like a thread."""
        self.wake(greenlet.greenlet(call, self._hub))

    @contextmanager
    def governs_threads(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Run the provider's threads as callers on this clock."""
        threads = SimpleNamespace(
            Thread=lambda target, **_: SimpleNamespace(start=lambda: self.spawn(target)),
            Condition=lambda: _Condition(self),
            Lock=lambda: _Lock(self),
        )
        with monkeypatch.context() as patch:
            for module in _BLOCKING:
                patch.setattr(module, "threading", threads)
                if hasattr(module, "Future"):
                    patch.setattr(module, "Future", lambda: _Future(self))
                if hasattr(module, "Watch"):  # the class creates its Future itself
                    patch.setattr(module, "Watch", self._watch(module.Watch))
            yield

    def _watch(self, watch: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **how: watch(*args, **how, done=_Future(self))


class _Condition:
    """A condition whose lock is always free, because its holder never waits."""

    def __init__(self, time: VirtualTime) -> None:
        self._time = time
        self.waiting: list[greenlet.greenlet] = []

    def __enter__(self) -> None:
        """Take the lock."""

    def __exit__(self, *_: object) -> None:
        """Release the lock."""

    def notify(self) -> None:
        """Wake all waiting callers."""
        for caller in self.waiting:
            self._time.wake(caller)
        self.waiting.clear()

    notify_all = notify


class _Lock:
    """A lock that may be held while time passes."""

    def __init__(self, time: VirtualTime) -> None:
        self._time = time
        self._held = False
        self._waiting: list[greenlet.greenlet] = []

    def __enter__(self) -> None:
        while self._held:
            self._waiting.append(greenlet.getcurrent())
            self._time.park()
        self._held = True

    def __exit__(self, *_: object) -> None:
        self._held = False
        for caller in self._waiting:
            self._time.wake(caller)
        self._waiting.clear()


class _Future:
    """The part of `concurrent.futures.Future` that the provider uses."""

    def __init__(self, time: VirtualTime) -> None:
        self._time = time
        self._over = False
        self._result: Any = None
        self._error: BaseException | None = None
        self._waiting: list[greenlet.greenlet] = []

    def done(self) -> bool:
        """Return whether there is a result."""
        return self._over

    def set_result(self, result: object) -> None:
        """Store the result."""
        self._end(result, None)

    def set_exception(self, error: BaseException) -> None:
        """Store the exception."""
        self._end(None, error)

    def result(self, timeout: float | None = None) -> Any:  # noqa: ANN401 - any result
        """Wait for the result and return it."""
        caller = greenlet.getcurrent()
        while not self._over:
            self._waiting.append(caller)
            if timeout is not None:
                self._time.wake(caller, timeout)
            self._time.park()
            if timeout is not None and not self._over:
                self._waiting.remove(caller)
                raise TimeoutError
        if self._error is not None:
            raise self._error
        return self._result

    def _end(self, result: object, error: BaseException | None) -> None:
        assert not self._over
        self._result, self._error, self._over = result, error, True
        for caller in self._waiting:
            self._time.wake(caller)
        self._waiting.clear()


def _noting(
    call: Callable[[], object], results: list[Exception | None], number: int
) -> Callable[[], None]:
    def noted() -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001 - the result of this caller
            results[number] = error

    return noted
