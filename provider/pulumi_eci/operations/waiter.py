"""Looking at caches: one sweep for each connection, for everybody who looks or waits.

A thread that wants to see a cache leaves a `Watch` and blocks. One sweep thread looks at all
watched caches at once, by id while few are watched and through the listing when that takes fewer
calls, and hands each watch what it saw. The thread ends when nobody watches.

A failed look concerns only its own cache. Only what concerns the connection as a whole (throttling,
no answer) ends a round early, so that a hundred caches do not ask a hundred times for the same
refusal.
"""

from __future__ import annotations

import itertools
import math
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field

from pulumi_eci.api.codes import Reaction
from pulumi_eci.api.errors import ApiError, EciError, TransportError
from pulumi_eci.api.gateway import Gateway
from pulumi_eci.model.state import Observation
from pulumi_eci.operations.backoff import Backoff
from pulumi_eci.operations.clock import Clock
from pulumi_eci.operations.retry import FIRST_TRIES, MOST_TRIES

Until = Callable[[Observation | None], bool]
"""Whether a wait is over, given an answer of the service (None: the cache does not exist)."""

OnRetry = Callable[[EciError], None]

LIST_TRIES = 2
"""Listings that may fail in a row before a round goes by id, past a page that is broken."""
GATHER = 0.04
"""Seconds that a lone look waits for another."""
GATHER_IN_BURST = 0.5
"""Seconds that a look waits for another while several caches are at work: each that comes prolongs
the wait, and so does a write that is under way, since a look follows it."""
LONGEST_GATHER = 2.0
"""Seconds that a look waits at most, for each page of the listing; or as long as the burst is old,
so that a burst of any length takes few listings."""
LULL = 2.0
"""Seconds without a look or a write that end a burst."""

REFRESH_MAX_AGE = 15.0
"""Seconds for which a page of the listing answers later looks of a refresh: the engine asks for a
few resources at a time, and the next ones are on that page, too."""
UPDATE_MAX_AGE = 5.0
"""Likewise for the look before an update. The update is read back, so an old look does no harm."""

_BLIND = 0.15  # pause, as a part of the time waited so far, where no progress is reported


@dataclass(frozen=True)
class PollInterval:
    """How long to wait between two looks at a cache, in seconds.

    Quick at first, then slower, and quick again as the reported progress nears the end; so a build
    is seen to end soon after it did, and takes few calls however long it is.
    """

    first: float = 1.5
    longest: float = 10.0
    jitter: float = 0.1

    def after(self, age: float, percent: int | None = None) -> float:
        """Return the pause after a look.

        Args:
            age: How long the cache has been waited for.
            percent: How far it is, if the service says.
        """
        pause = _BLIND * age
        if percent:
            rest = age * (100 - percent) / percent  # if it goes on as it went so far
            pause = min(age / 2, max(rest / 2, age / 20))
        steady = min(self.longest, max(self.first, pause))
        return steady * (1 + random.uniform(-self.jitter, self.jitter))  # noqa: S311 - no secret


class DeadlineError(EciError):
    """The wait took longer than it may.

    Args:
        last: What was seen last.
        last_error: Why the last look failed, if it did.
    """

    def __init__(self, last: Observation | None, last_error: EciError | None = None) -> None:
        self.last = last
        self.last_error = last_error
        super().__init__("the deadline has passed")


@dataclass(eq=False)
class Watch:
    """One watched cache.

    Args:
        cache_id: The cache's id.
        until: Decides whether what was seen ends the watch.
        deadline: The clock's time at which to give up.
        began: When the watch began.
        due: When to look next.
        on_retry: Told of each failed look.
        once: Whether one answer will do; then a service that does not answer ends the watch.
        gathers: Whether nothing was looked at yet, and the first look is to be soon: it waits for
            others that come at about the same time, and for no pause of the sweep.
        since: Only pages with a higher number count: earlier ones were requested before the last
            write to the cache was acknowledged.
        absent_is_gone: Whether a complete listing without the cache shows that it is gone.
    """

    cache_id: str
    until: Until
    deadline: float
    began: float
    due: float
    on_retry: OnRetry
    once: bool = False
    gathers: bool = False
    since: int = -1
    absent_is_gone: bool = False
    failures: int = 0  # looks in a row, for this cache's own sake
    tries: int = 0  # looks that failed, for any reason
    absences: int = 0  # of them, those that the service did not answer
    last: Observation | None = None
    last_error: EciError | None = None
    done: Future[Observation | None] = field(default_factory=Future)


@dataclass
class Burst:
    """Looks and writes that follow each other closely.

    Args:
        since: The clock's time of the first.
        last: That of the last.
        crowded: When it was last seen that several caches are at work at the same time.
    """

    since: float = -math.inf
    last: float = -math.inf
    crowded: float = -math.inf


class Waiter:
    """Waits for caches of one gateway.

    Args:
        gateway: Where to look; calls may fail, which a look survives unless a person has to act.
        clock: The time.
        interval: The pauses between looks.
        backoff: The connection's; while it is in force nothing is looked at.
    """

    def __init__(
        self,
        gateway: Gateway,
        clock: Clock,
        interval: PollInterval | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self._gateway = gateway
        self._clock = clock
        self._interval = interval or PollInterval()
        self._backoff = backoff or Backoff()
        self._watches: list[Watch] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._pages = 1.0  # that a listing takes, as far as is known
        self._failed_lists = 0  # in a row
        self._unanswered = 0  # calls in a row
        self._rest_until = -math.inf
        self._numbers = itertools.count()  # of pages and writes, in the order that they happened
        self._written: dict[str, int] = {}
        self._writes = Counter[str]()  # that are under way, by cache
        self._burst = Burst()
        self._shown: dict[str, tuple[int, float, Observation]] = {}  # number and time of the page

    @contextmanager
    def writing(self, cache_id: str) -> Iterator[None]:
        """Tell of a write: no page that was requested before its end answers for the cache."""
        with self._changed:
            self._note_work(cache_id)
            self._writes[cache_id] += 1
        try:
            yield
        finally:
            with self._changed:
                self._note_work(cache_id)
                self._writes[cache_id] -= 1
                self._writes += Counter()  # drops what is zero
                self._written[cache_id] = next(self._numbers)
                self._changed.notify()

    def describe(
        self,
        cache_id: str,
        deadline: float,
        on_retry: OnRetry = lambda _: None,
        *,
        max_age: float = 0.0,
    ) -> Observation | None:
        """Look at a cache once; None where there is none.

        Args:
            cache_id: The cache's id.
            deadline: The clock's time until which failed looks are repeated.
            on_retry: Told of a look that failed and will be repeated; on the sweep's thread.
            max_age: Seconds that the answer may be old, if nothing was written since.

        Raises:
            EciError: The last failure; `DeadlineError` if the service was not asked in time.
        """
        now = self._clock.now()
        number, time, seen = self._shown.get(cache_id, (-1, -math.inf, None))
        if (
            seen
            and seen.settled
            and now - time < max_age
            and number > self._written.get(cache_id, -1)
        ):
            return seen
        return self._await(
            Watch(cache_id, lambda _: True, deadline, now, now, on_retry, once=True, gathers=True)
        )

    def wait(  # noqa: PLR0913 - what a wait depends on
        self,
        cache_id: str,
        until: Until,
        deadline: float,
        on_retry: OnRetry = lambda _: None,
        *,
        at_once: bool = False,
        absent_is_gone: bool = False,
    ) -> Observation | None:
        """Block until the predicate *until* is true of the cache, and return the cache.

        Args:
            cache_id: The cache's id.
            until: Whether the wait is over. Runs on the sweep's thread, so it must be quick.
            deadline: The clock's time at which to give up.
            on_retry: Told of a look that failed and will be repeated; on the sweep's thread, too.
            at_once: Whether to look before the first pause, too.
            absent_is_gone: Whether a complete listing without the cache shows that it is gone:
                after a deletion. Otherwise the cache is looked at by id, since a listing may skip
                a cache while others come and go.

        Raises:
            DeadlineError: When the deadline passes.
            EciError: When the cache cannot be looked at and a person has to act.
        """
        now = self._clock.now()
        watch = Watch(
            cache_id,
            until,
            deadline,
            now,
            now,
            on_retry,
            gathers=at_once,
            absent_is_gone=absent_is_gone,
        )
        if not at_once:
            self._space_out(watch)
        return self._await(watch)

    def _await(self, watch: Watch) -> Observation | None:
        with self._changed:
            watch.since = self._written.get(watch.cache_id, -1)
            if self._thread is None:
                thread = threading.Thread(target=self._sweep, name="eci-sweep", daemon=True)
                thread.start()  # it waits for the lock; where it cannot start, the next wait tries
                self._thread = thread
            self._watches.append(watch)
            if watch.gathers:
                self._note_work(watch.cache_id)
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
                rest = now + self._backoff.shared(now)
                due = max(rest, min(map(self._due, self._watches)))
                pause = min(due, *(watch.deadline for watch in self._watches)) - now
                if pause > 0:
                    self._clock.wait(self._changed, pause)
                    continue
                watches = list(self._watches)
            if due <= self._clock.now():
                self._look_at(watches)
            self._end_overdue(watches)

    def _note_work(self, cache_id: str) -> None:
        """Take note of a look or a write; called with the lock."""
        now, burst = self._clock.now(), self._burst
        if now - burst.last > LULL:
            burst.since = now
        burst.last = now
        others = (watch.cache_id for watch in self._watches)
        if any(each != cache_id for each in (*others, *self._writes)):
            burst.crowded = now

    def _due(self, watch: Watch) -> float:
        if watch.gathers:
            burst = self._burst
            if watch.began - burst.crowded > LULL:
                return min(burst.last + GATHER, watch.deadline)
            longest = max(
                min(self._pages, 10.0) * LONGEST_GATHER,
                min(watch.began - burst.since, self._interval.longest),
            )
            due = watch.began + longest
            others_write = self._writes.keys() - {watch.cache_id}
            due = due if others_write else min(due, burst.last + GATHER_IN_BURST)
            return min(due, watch.deadline)
        return watch.due if watch.once else max(watch.due, self._rest_until)

    def _look_at(self, watches: list[Watch]) -> None:
        # A watch that is nearly due is taken along, so that those who wait together are soon looked
        # at together.
        soon = self._clock.now() + self._interval.first / 2
        due = [watch for watch in watches if self._due(watch) <= soon]
        if self._failed_lists >= LIST_TRIES:
            self._failed_lists = 0  # this round goes by id, and the next one may list again
        elif len(due) > self._pages:
            due = self._list(watches, due)
        shared: EciError | None = None
        for watch in sorted(due, key=lambda watch: watch.failures):
            if shared:
                self._retry_later(watch, shared)
            else:
                shared = self._describe(watch)

    def _end_overdue(self, watches: list[Watch]) -> None:
        now = self._clock.now()
        for watch in watches:
            if not watch.done.done() and watch.deadline <= now:
                late = DeadlineError(watch.last, watch.last_error)
                watch.done.set_exception((watch.once and watch.last_error) or late)

    def _list(self, watches: list[Watch], due: list[Watch]) -> list[Watch]:
        """Page through the region; return the *due* watches that are to be looked at by id."""
        missing = dict.fromkeys(due)  # in order, so that a run can be repeated
        try:
            self._turn_pages(watches, missing)
        except EciError as error:
            if not _is_transient(error):
                self._pages = math.inf  # such as a missing permission: by id it may work
                return list(missing)
            self._backoff.failed(error, self._clock.now())
            self._unanswered += _is_unanswered(error)
            self._failed_lists += 1
            for watch in missing:
                self._retry_later(watch, error)
            return []
        except Exception:  # noqa: BLE001, S110 - then by id, where a failure is one's own
            pass
        else:
            self._backoff.succeeded(self._clock.now())
            self._failed_lists = 0
        return list(missing)

    def _turn_pages(self, watches: list[Watch], missing: dict[Watch, None]) -> None:
        """Show pages to all *watches*, until none is *missing* or the rest is cheaper by id."""
        began = self._clock.now()
        tokens: set[str] = {""}
        token, pages = "", 0
        while True:
            number, asked = next(self._numbers), self._clock.now()
            page = self._gateway.list_page(token)
            self._unanswered = 0
            pages += 1
            # A long list is not asked for as often as a short one.
            rest = min(self._interval.longest, self._interval.first * (2 * pages - 1))
            self._rest_until = began + rest
            shown = {seen.image_cache_id: seen for seen in page.caches}
            self._shown |= {name: (number, asked, seen) for name, seen in shown.items()}
            for watch in watches:
                counts = watch.cache_id in shown and watch.since < number
                if counts and not watch.done.done():
                    self._offer(watch, shown[watch.cache_id])
                    missing.pop(watch, None)
            token = page.next_token
            if not token:
                for watch in [each for each in missing if each.absent_is_gone]:
                    self._offer(watch, None)
                    del missing[watch]
            if not missing or not token or token in tokens:
                self._pages = pages
                return
            tokens.add(token)
            # As many pages as there are known to be; beyond, as many as looks by id would take.
            left = self._pages - pages
            if (left if left > 0 else pages) > len(missing):
                self._pages = max(self._pages, pages + 1)
                return

    def _describe(self, watch: Watch) -> EciError | None:
        """Look at one cache by id; return a failure that others would meet as well."""
        try:
            seen = self._gateway.describe(watch.cache_id)
        except EciError as error:
            self._backoff.failed(error, self._clock.now())
            self._unanswered += _is_unanswered(error)
            if not _is_transient(error):
                watch.done.set_exception(error)
                return None
            watch.failures += 1
            self._retry_later(watch, error)
            return error if _is_shared(error) else None
        except Exception as error:  # noqa: BLE001 - the sweep must outlive what a gateway does
            watch.done.set_exception(error)
        else:
            self._backoff.succeeded(self._clock.now())
            self._unanswered = 0
            # A later look that may be old must not be answered by an older page.
            self._shown.pop(watch.cache_id, None)
            self._offer(watch, seen)
        return None

    def _retry_later(self, watch: Watch, error: EciError) -> None:
        watch.last_error, watch.gathers = error, False
        watch.tries += 1
        watch.absences += _is_unanswered(error)
        most = MOST_TRIES if self._backoff.answered else FIRST_TRIES
        if watch.once and min(watch.absences, self._unanswered) >= most:
            watch.done.set_exception(error)
            return
        try:
            watch.on_retry(error)
        except Exception as failure:  # noqa: BLE001 - a callback's failure is its caller's
            watch.done.set_exception(failure)
            return
        if watch.once:
            now = self._clock.now()
            asked_for = error.retry_after if isinstance(error, ApiError) else 0.0
            due = now + max(self._backoff.own(watch.tries), asked_for)
            watch.due = min(due, max(now, watch.deadline))
        else:
            self._space_out(watch)

    def _offer(self, watch: Watch, seen: Observation | None) -> None:
        watch.last, watch.last_error, watch.failures = seen or watch.last, None, 0
        watch.gathers = False
        try:
            accepted = watch.until(seen)
        except Exception as error:  # noqa: BLE001 - a callback's failure is its caller's
            watch.done.set_exception(error)
            return
        if accepted:
            watch.done.set_result(seen)
        else:
            self._space_out(watch, seen.percent if seen else None)

    def _space_out(self, watch: Watch, percent: int | None = None) -> None:
        now = self._clock.now()
        due = now + self._interval.after(now - watch.began, percent)
        watch.due = min(due, max(now, watch.deadline))  # so that the last look is at the deadline


def _is_unanswered(error: EciError) -> bool:
    """Whether the service seems not to be there; one that says "later" is."""
    return not (isinstance(error, ApiError) and error.retry_until_deadline)


def _is_transient(error: EciError) -> bool:
    return getattr(error, "reaction", Reaction.FINAL) is Reaction.RETRY


def _is_shared(error: EciError) -> bool:
    """Whether whoever looked next would meet the same failure."""
    return isinstance(error, TransportError) or (isinstance(error, ApiError) and error.throttled)
