"""Describing caches and waiting for them: one sweep for all callers of a connection.

A caller adds a `Watch` and blocks. One sweep thread looks at all watched caches in rounds, and
gives each watch what the service shows. A round asks by id while few caches are due, and lists the
region when that takes fewer calls. The thread ends when there is no watch.

A failed describe call affects only its own cache. A failure of the whole connection (throttling, no
answer) ends the round, so that a hundred caches do not make a hundred calls that fail alike.
"""

from __future__ import annotations

import itertools
import math
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
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
"""Listings that may fail in a row before a round asks by id: one page may be broken."""
GATHER = 0.04
"""Seconds that a single look waits for others, to share a listing with them."""
GATHER_IN_BURST = 0.5
"""Seconds that a look waits for others during a burst. Each new look prolongs the wait, and so does
a write under way, because a look follows each write."""
LONGEST_GATHER = 2.0
"""Seconds that a look waits at most, for each page of the listing. A look may also wait as long as
the burst has lasted, so that a burst of any length takes few listings."""
LULL = 2.0
"""Seconds without a look or a write that end a burst."""

REFRESH_MAX_AGE = 15.0
"""Seconds for which a page of the listing answers later looks of a refresh. The engine reads a few
resources at a time, and the same page shows the next ones."""
UPDATE_MAX_AGE = 5.0
"""The same for the look before an update. An update is read back, so an old look does no harm."""

_BLIND = 0.15  # the pause without reported progress, as a fraction of the time waited so far


@dataclass(frozen=True)
class PollInterval:
    """The seconds between two looks at a cache.

    The interval is short at first, then grows, and shrinks again as the reported progress nears the
    end. So a build of any length takes few calls, and its end is noticed soon.
    """

    first: float = 1.5
    longest: float = 10.0
    jitter: float = 0.1

    def after(self, age: float, percent: int | None = None) -> float:
        """Return the pause after a look.

        Args:
            age: Seconds waited so far.
            percent: The progress of the build, if the service reports it.
        """
        pause = _BLIND * age
        if percent:
            rest = age * (100 - percent) / percent  # if the progress stays as fast
            pause = min(age / 2, max(rest / 2, age / 20))
        steady = min(self.longest, max(self.first, pause))
        return steady * (1 + random.uniform(-self.jitter, self.jitter))  # noqa: S311 - no secret


class DeadlineError(EciError):
    """A wait ended at its deadline.

    Args:
        last: What the service showed last.
        last_error: The error of the last look, if that failed.
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
        until: Whether an answer ends the watch.
        deadline: The clock's time that ends the watch.
        began: The clock's time when the watch began.
        due: The clock's time of the next look.
        on_retry: Called with the error of each failed look.
        once: Whether the first answer ends the watch. A service that does not answer then ends the
            watch, too.
        gathers: Whether the first look is still to come and is wanted soon. That look waits for
            others, and for no pause of the sweep.
        since: Only pages with a higher number count. Earlier pages were requested before the last
            write to the cache was acknowledged.
        absent_is_gone: Whether a complete listing without the cache shows that the cache is gone.
        max_age: Seconds that an answer may be older than the watch.
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
    failures: int = 0  # failed looks in a row that were about this cache alone
    tries: int = 0  # failed looks
    absences: int = 0  # failed looks without an answer of the service
    last: Observation | None = None
    last_error: EciError | None = None
    max_age: float = 0.0
    done: Future[Observation | None] = field(default_factory=Future)

    def accepts(self, number: int, asked: float, seen: Observation) -> bool:
        """Whether *seen*, from the page *number* that was requested at *asked*, may answer."""
        age = self.began - asked
        is_new = age <= 0 or (age < self.max_age and seen.settled)
        return is_new and self.since < number and not self.done.done()


@dataclass
class Burst:
    """Looks and writes that follow each other closely.

    Args:
        since: The clock's time of the first look or write.
        last: The clock's time of the last look or write.
        crowded: The clock's time when several caches were last looked at or written together.
        by_id: Looks by id since the last listing that an older page could have answered.
    """

    since: float = -math.inf
    last: float = -math.inf
    crowded: float = -math.inf
    by_id: int = 0


@dataclass
class Listing:
    """The pages of one listing. A later round may go on with it.

    Args:
        token: The token of the next page; "" for the first page.
        pages: The number of pages so far.
        asked: The clock's time when the last page was requested.
        shown: The ids of all caches so far.
    """

    token: str = ""
    pages: int = 0
    asked: float = -math.inf
    shown: set[str] = field(default_factory=set)

    @property
    def is_complete(self) -> bool:
        """Whether there is no further page."""
        return self.pages > 0 and not self.token

    def may_show(self, watches: Iterable[Watch], now: float) -> bool:
        """Whether the caches of all *watches* are on later pages, if they exist.

        So it is if each watch may be answered by an older page, and no page so far has shown its
        cache.
        """
        return all(
            now - self.asked < watch.max_age and watch.cache_id not in self.shown
            for watch in watches
        )


class Waiter:
    """Waits for caches of one gateway.

    Args:
        gateway: Shows the caches. Looks are repeated after transient failures.
        clock: The time.
        interval: The pauses between looks.
        backoff: The backoff of the connection. While it is in force there are no looks.
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
        self._pages = 1.0  # pages of a listing, as far as is known
        self._listing = Listing()
        self._is_enough = False  # whether the looks that wait for others are enough for a listing
        self._failed_lists = 0  # in a row
        self._unanswered = 0  # calls in a row
        self._rest_until = -math.inf
        self._numbers = itertools.count()  # numbers pages and writes in the order of their times
        self._written: dict[str, int] = {}  # number of the last write, by cache
        self._writes = Counter[str]()  # writes under way, by cache
        self._burst = Burst()
        # Settled caches of recent pages that nothing was written to since, with the page's time.
        self._recent: dict[str, tuple[float, Observation]] = {}

    @contextmanager
    def writing(self, cache_id: str) -> Iterator[None]:
        """Note a write: no page that was requested before its end answers for the cache."""
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
                self._recent.pop(cache_id, None)
                self._changed.notify()

    def describe(
        self,
        cache_id: str,
        deadline: float,
        on_retry: OnRetry = lambda _: None,
        *,
        max_age: float = 0.0,
    ) -> Observation | None:
        """Describe a cache once; None if the cache does not exist.

        Args:
            cache_id: The cache's id.
            deadline: The clock's time until which failed looks are repeated.
            on_retry: Called with the error of a look that will be repeated; on the sweep's thread.
            max_age: Seconds that the answer may be old, if nothing was written since.

        Raises:
            EciError: The error of the last look; `DeadlineError` if there was none.
        """
        now = self._clock.now()
        return self._await(
            Watch(
                cache_id,
                lambda _: True,
                deadline,
                now,
                now,
                on_retry,
                once=True,
                gathers=True,
                max_age=max_age,
            )
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
            deadline: The clock's time that ends the wait.
            on_retry: Called with the error of a look that will be repeated; on the sweep's thread.
            at_once: Whether the first look comes before the first pause.
            absent_is_gone: Whether a complete listing without the cache shows that the cache is
                gone, as after a deletion. Otherwise the cache is then looked at by id: a listing
                may skip a cache while others come and go.

        Raises:
            DeadlineError: The deadline has passed.
            EciError: A look failed for good.
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
            # With the lock: a page is either kept by now, or will be offered to the watch.
            asked, seen = self._recent.get(watch.cache_id, (-math.inf, None))
            if watch.began - asked < watch.max_age:
                return seen
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
                gathering = [each for each in self._watches if each.gathers and each.max_age > 0]
                self._is_enough = self._is_worth_a_listing(gathering, now)
                rest = now + self._backoff.pause_left(now)
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
        """Note a look or a write; called with the lock."""
        now, burst = self._clock.now(), self._burst
        if now - burst.last > LULL:
            burst.since, burst.by_id = now, 0
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
            if watch.max_age > 0 and self._is_enough:
                # Pages answer later looks, too, so these looks need not wait for more.
                due = min(due, burst.last + GATHER)
            elif not self._writes.keys() - {watch.cache_id}:  # no other cache is written to
                due = min(due, burst.last + GATHER_IN_BURST)
            return min(due, watch.deadline)
        return watch.due if watch.once else max(watch.due, self._rest_until)

    def _look_at(self, watches: list[Watch]) -> None:
        # A watch that is nearly due is included, so that watches soon share their rounds.
        soon = self._clock.now() + self._interval.first / 2
        due = [watch for watch in watches if self._due(watch) <= soon]
        if self._failed_lists >= LIST_TRIES:
            self._failed_lists = 0  # this round asks by id, and the next one may list again
        elif self._is_worth_a_listing(due, self._clock.now()):
            due = self._list(due)
        else:
            self._burst.by_id += sum(watch.max_age > 0 for watch in due)
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

    def _is_worth_a_listing(self, due: list[Watch], now: float) -> bool:
        """Whether a listing takes fewer calls than looks by id.

        The recent looks by id count, too, if pages answer later looks. So a refresh of a few caches
        at a time lists the region after as many looks as the region has pages.
        """
        listing = self._listing
        goes_on = listing.may_show(due, now)
        if not due or (goes_on and listing.is_complete):
            return False
        left = max(1.0, self._pages - listing.pages) if goes_on else self._pages
        return len(due) + self._spare_looks(due) > left

    def _spare_looks(self, due: Iterable[Watch]) -> int:
        return self._burst.by_id if all(watch.max_age > 0 for watch in due) else 0

    def _list(self, due: list[Watch]) -> list[Watch]:
        """List the region; return the *due* watches whose caches must be looked at by id."""
        missing = dict.fromkeys(due)  # in order, so that a test can repeat a run
        goes_on = self._listing.may_show(due, self._clock.now())
        if not goes_on:
            self._listing = Listing()
        try:
            self._turn_pages(missing)
        except EciError as error:
            if not _is_transient(error):
                self._listing = Listing()
                if goes_on:  # the token may have expired
                    return self._list(list(missing))
                self._pages = math.inf  # such as a missing permission: asking by id may work
                return list(missing)
            self._backoff.failed(error, self._clock.now())
            self._unanswered += _is_unanswered(error)
            self._failed_lists += 1
            for watch in missing:
                self._retry_later(watch, error)
            return []
        except Exception:  # noqa: BLE001, S110 - asking by id shows whose failure it is
            pass
        else:
            self._backoff.succeeded(self._clock.now())
            self._failed_lists = 0
        return list(missing)

    def _turn_pages(self, missing: dict[Watch, None]) -> None:
        """Offer each page to all watches, until none is *missing* or asking by id is cheaper."""
        began, listing = self._clock.now(), self._listing
        tokens: set[str] = {listing.token}
        turned = 0
        while True:
            number, asked = next(self._numbers), self._clock.now()
            page = self._gateway.list_page(listing.token)
            self._unanswered = 0
            turned += 1
            # A long list is requested less often than a short one.
            first, longest = self._interval.first, self._interval.longest
            rest = min(first * (2 * turned - 1), max(longest, first * turned))
            self._rest_until = began + rest
            shown = {seen.image_cache_id: seen for seen in page.caches}
            self._keep(number, asked, shown)
            with self._changed:
                watches = list(self._watches)  # a watch may have begun since the listing did
            for watch in watches:
                page_shows = shown.get(watch.cache_id)
                if page_shows and watch.accepts(number, asked, page_shows):
                    self._offer(watch, page_shows)
                    missing.pop(watch, None)
            if not page.next_token:
                for watch in [each for each in missing if each.absent_is_gone]:
                    self._offer(watch, None)
                    del missing[watch]
            listing.pages += 1
            listing.asked = asked
            listing.shown |= shown.keys()
            listing.token = "" if page.next_token in tokens else page.next_token
            if not missing or listing.is_complete:
                self._pages = listing.pages
                break
            tokens.add(listing.token)
            # All pages that are known; beyond, as many pages as looks by id would take.
            left = self._pages - listing.pages
            if (left if left > 0 else turned) > len(missing) + self._spare_looks(missing):
                self._pages = max(self._pages, listing.pages + 1)
                break
        self._burst.by_id = 0

    def _keep(self, number: int, asked: float, shown: Mapping[str, Observation]) -> None:
        """Keep what a page has *shown*, for looks that may be answered by an older page."""
        with self._changed:
            for cache_id, seen in shown.items():
                if seen.settled and number > self._written.get(cache_id, -1):
                    self._recent[cache_id] = asked, seen
                else:
                    self._recent.pop(cache_id, None)

    def _describe(self, watch: Watch) -> EciError | None:
        """Look at one cache by id; return an error that concerns the whole connection."""
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
            self._recent.pop(watch.cache_id, None)  # what a page showed is older than this
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
            due = now + max(self._backoff.pause_after(watch.tries), asked_for)
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
        watch.due = min(due, max(now, watch.deadline))  # the last look is at the deadline


def _is_unanswered(error: EciError) -> bool:
    """Whether the service seems to be away. A service that asks to wait is not away."""
    return not (isinstance(error, ApiError) and error.retry_until_deadline)


def _is_transient(error: EciError) -> bool:
    return getattr(error, "reaction", Reaction.FINAL) is Reaction.RETRY


def _is_shared(error: EciError) -> bool:
    """Whether the next look at any cache would fail alike."""
    return isinstance(error, TransportError) or (isinstance(error, ApiError) and error.throttled)
