"""Waiting for caches: one sweep a connection, for any number of caches that wait on it.

A waiting thread leaves a `Watch` and blocks. One sweep thread looks at all watched caches at once,
by id while few wait and through the list when that takes fewer calls, and hands each watch what it
saw. The thread ends when nobody waits.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from pulumi_eci.backoff import Backoff
from pulumi_eci.clock import Clock
from pulumi_eci.codes import Reaction
from pulumi_eci.errors import EciError
from pulumi_eci.gateway import Gateway
from pulumi_eci.state import Observation

Judge = Callable[[Observation | None], bool]
"""Is what was seen (None: no such cache) the end of the wait? Called at every look."""


Stumbled = Callable[[EciError], None]


@dataclass(frozen=True)
class Spacing:
    """How long to wait between two looks at a cache, in seconds: quick at first, then slower."""

    first: float = 1.0
    growth: float = 1.5
    longest: float = 10.0
    jitter: float = 0.1

    def after(self, looks: int) -> float:
        """Return the pause after *looks* looks."""
        steady = min(self.longest, self.first * self.growth ** min(looks, 50))
        return steady * (1 + random.uniform(-self.jitter, self.jitter))  # noqa: S311 - no secret


class DeadlineError(EciError):
    """The wait took longer than it may.

    Args:
        last: What was seen last.
        trouble: Why the last look failed, if it did.
    """

    def __init__(self, last: Observation | None, trouble: EciError | None = None) -> None:
        self.last = last
        self.trouble = trouble
        super().__init__("the deadline has passed")


@dataclass(eq=False)
class Watch:
    """One waiting cache."""

    cache_id: str
    judge: Judge
    deadline: float
    due: float
    stumbled: Stumbled
    looks: int = 0
    last: Observation | None = None
    trouble: EciError | None = None
    done: Future[Observation | None] = field(default_factory=Future)


class Waiter:
    """Waits for caches of one gateway.

    Args:
        gateway: Where to look; calls may fail, which a look survives unless a person has to act.
        clock: The time.
        spacing: The pauses between looks.
        backoff: The connection's; while it is in force nothing is looked at.
    """

    def __init__(
        self,
        gateway: Gateway,
        clock: Clock,
        spacing: Spacing | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self._gateway = gateway
        self._clock = clock
        self._spacing = spacing or Spacing()
        self._backoff = backoff or Backoff()
        self._watches: list[Watch] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._listed_pages = 1
        self._list_failed = False

    def wait(
        self,
        cache_id: str,
        judge: Judge,
        deadline: float,
        stumbled: Stumbled = lambda _: None,
    ) -> Observation | None:
        """Block until *judge* accepts what is seen of the cache, and return that.

        Args:
            cache_id: The cache's id.
            judge: Decides; runs on the sweep's thread, so it must be quick.
            deadline: The clock's time at which to give up.
            stumbled: Told of a look that failed and will be repeated; on the sweep's thread, too.

        Raises:
            DeadlineError: When the deadline passes.
            EciError: When the cache cannot be looked at and a person has to act.
        """
        due = self._clock.now() + self._spacing.after(0)
        watch = Watch(cache_id, judge, deadline, due, stumbled)
        with self._changed:
            self._watches.append(watch)
            if self._thread is None:
                self._thread = threading.Thread(target=self._sweep, name="eci-sweep", daemon=True)
                self._thread.start()
            self._changed.notify()
        return watch.done.result()

    def _sweep(self) -> None:
        while True:
            with self._changed:
                self._watches = [watch for watch in self._watches if not watch.done.done()]
                if not self._watches:
                    self._thread = None
                    return
                now = self._clock.now()
                due = max(min(w.due for w in self._watches), now + self._backoff.shared(now))
                pause = min(due, *(w.deadline for w in self._watches)) - now
                if pause > 0:
                    self._clock.wait(self._changed, pause)
                    continue
                watches = list(self._watches)
            self._look_at(watches)

    def _look_at(self, watches: list[Watch]) -> None:
        now = self._clock.now()
        due = [watch for watch in watches if watch.due <= now]
        if self._list_failed or len(due) <= self._listed_pages:
            self._list_failed = False
        else:
            due = self._list(watches, due)
        for watch in due:
            if self._backoff.shared(self._clock.now()):
                break  # the rest stays due
            self._look(watch)
        for watch in watches:
            if not watch.done.done() and watch.deadline <= self._clock.now():
                watch.done.set_exception(DeadlineError(watch.last, watch.trouble))

    def _list(self, watches: list[Watch], due: list[Watch]) -> list[Watch]:
        """Page through the region; return the *due* watches that it did not show."""
        wanted = {watch.cache_id: watch for watch in watches}
        missing = set(due)
        tokens: set[str] = set()
        token, pages = "", 0
        try:
            while missing:
                page = self._gateway.list_page(token)
                pages += 1
                for seen in page.caches:
                    watch = wanted.get(seen.image_cache_id)
                    if watch is not None and not watch.done.done():
                        self._offer(watch, seen)
                        missing.discard(watch)
                token = page.next_token
                if not token or token in tokens:
                    break
                tokens.add(token)
            self._listed_pages = max(1, pages)
            self._backoff.succeeded(self._clock.now())
        except EciError as error:
            self._list_failed = True
            self._backoff.failed(error, self._clock.now())
        except Exception:  # noqa: BLE001, S110 - then by id, where a failure is one's own
            pass
        return [watch for watch in due if watch in missing]

    def _look(self, watch: Watch) -> None:
        try:
            seen = self._gateway.describe(watch.cache_id)
        except EciError as error:
            self._backoff.failed(error, self._clock.now())
            if getattr(error, "reaction", Reaction.FINAL) is Reaction.RETRY:
                watch.trouble = error
                watch.stumbled(error)
                self._space_out(watch)
            else:
                watch.done.set_exception(error)
        except Exception as error:  # noqa: BLE001 - the sweep must outlive what a gateway does
            watch.done.set_exception(error)
        else:
            self._backoff.succeeded(self._clock.now())
            self._offer(watch, seen)

    def _offer(self, watch: Watch, seen: Observation | None) -> None:
        watch.last, watch.trouble = seen or watch.last, None
        try:
            accepted = watch.judge(seen)
        except Exception as error:  # noqa: BLE001 - a judge's failure belongs to the one who waits
            watch.done.set_exception(error)
            return
        if accepted:
            watch.done.set_result(seen)
        else:
            self._space_out(watch)

    def _space_out(self, watch: Watch) -> None:
        watch.looks += 1
        watch.due = self._clock.now() + self._spacing.after(watch.looks)
