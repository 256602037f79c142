"""One operation on one cache: its deadline, and what is known if it has to stop now.

`Attempt.kept` is the promise of this module: once a cache exists, or a change was accepted, a
failure becomes an `IncompleteError` with the id and the outputs to keep.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pulumi_eci.api.codes import Reaction
from pulumi_eci.api.errors import (
    ApiError,
    EciError,
    GoneError,
    IncompleteError,
    TransportError,
)
from pulumi_eci.api.gateway import Gateway
from pulumi_eci.model.fields import ADOPTED_TAG, FIELDS, Change
from pulumi_eci.model.request import Parameters
from pulumi_eci.model.spec import ImageCacheSpec
from pulumi_eci.model.state import (
    CREATING,
    FAILED,
    READY,
    UPDATE_FAILED,
    Observation,
    differences,
    write_state,
)
from pulumi_eci.operations import messages
from pulumi_eci.operations.backoff import Backoff
from pulumi_eci.operations.budget import Budget
from pulumi_eci.operations.clock import Clock
from pulumi_eci.operations.messages import SIGN_OF_LIFE, ProgressReporter, ReportProgress
from pulumi_eci.operations.retry import retrying
from pulumi_eci.operations.waiter import LATELY, DeadlineError, Judge, Waiter

T = TypeVar("T")

REBUILD_GRACE = 30.0
"""Seconds within which an accepted rebuild must be seen to begin."""

SHOWN_WITHIN = 60.0
"""Seconds within which a new cache must be listed; until then its absence does not mean it is
gone."""


def new_token() -> str:
    """Make a ClientToken.

    Random, not derived from the spec: a derived token would be answered with a cache that an
    earlier step made, and `up --replace` would then delete that very one as the old one.
    """
    return uuid.uuid4().hex


@dataclass(frozen=True)
class Service:
    """How a connection is talked to: calls, waits and time."""

    gateway: Gateway
    waiter: Waiter
    clock: Clock
    backoff: Backoff = field(default_factory=Backoff)
    budget: Budget = field(default_factory=Budget)


def _never(_: Observation) -> bool:
    return False


@dataclass
class Attempt:
    """One operation.

    Args:
        service: The connection.
        timeout: Seconds it may take.
        report_progress: Shows a line on the resource's row.
        cache_id: The cache; "" until a reply named it.
        spec: What its state should hold, apart from what is seen.
        status: Its status, while nothing was seen.
        in_doubt: Whether a request may have arrived whose reply did not.
        claims: Whether a cache is the resource's own although it bears another mark than state has.
    """

    service: Service
    timeout: float
    report_progress: ReportProgress
    cache_id: str
    spec: ImageCacheSpec
    status: str = CREATING
    seen: Observation | None = None
    in_doubt: bool = False
    claims: Callable[[Observation], bool] = _never
    deadline: float = field(init=False)

    def __post_init__(self) -> None:
        """Start the clock."""
        self.deadline = self.service.clock.now() + self.timeout

    @property
    def outputs(self) -> dict[str, Any]:
        """The state to keep if the operation stops now."""
        return write_state(self.spec, self.seen, status=self.status)

    @property
    def remaining(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - self.service.clock.now()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Turn a failure into an `IncompleteError`.

        A cache that is gone leaves nothing to keep, nor does one that another resource has by now.
        """
        try:
            yield
            self.check_owned()
        except (IncompleteError, GoneError):
            raise
        except DeadlineError as error:
            if error.trouble is None:
                self._look_once_more()
            self.check_owned()
            reason = messages.too_slow(self.cache_id, self.timeout, self.seen, error.trouble)
            raise IncompleteError(self.cache_id, self.outputs, reason) from error
        except EciError as error:
            self.check_owned()
            raise IncompleteError(self.cache_id, self.outputs, str(error)) from error

    def check_owned(self) -> None:
        """See that no other resource took the cache over, as far as was seen.

        Raises:
            GoneError: Another one has it.
        """
        mark = self.seen.tags.get(ADOPTED_TAG) if self.seen else None
        if self.seen and mark not in (None, self.spec.adoption) and not self.claims(self.seen):
            is_new = self.claims is _never
            explain = messages.taken_meanwhile if is_new else messages.adopted_by_another
            raise GoneError(explain(self.cache_id))

    def _look_once_more(self) -> None:
        """See how far it is: a short wait may have ended before the first look of it."""
        with suppress(EciError):
            self.seen = self.service.gateway.describe(self.cache_id) or self.seen

    @contextmanager
    def explaining_doubt(self, explain: Callable[[EciError], EciError]) -> Iterator[None]:
        """Make a write; where it failed and may have taken effect, raise what *explain* returns."""
        self.in_doubt = False
        try:
            yield
        except EciError as error:
            if not self.in_doubt:
                raise
            raise explain(error) from error

    def call(self, call: Callable[[], T]) -> T:
        """Make a call, and again after transient failures, telling of them."""
        reporter = ProgressReporter(self.report_progress, self.service.clock)

        def once() -> T:
            try:
                return call()
            except (ApiError, TransportError) as error:
                self.in_doubt = self.in_doubt or error.in_doubt
                raise

        service = self.service
        return retrying(once, service.clock, self.deadline, reporter.on_retry, service.backoff)

    def create(self, parameters: Parameters, token: str) -> str:
        """Call CreateImageCache when the budget allows, also for each new try, telling of it."""
        refused: EciError | None = None

        def in_turn() -> str:
            nonlocal refused
            clock, budget = self.service.clock, self.service.budget
            turn = self._await_turn(refused)
            try:
                with budget.slot(clock, self.deadline):
                    cache_id = self.service.gateway.create(parameters, token)
            except EciError as error:
                refused = error
                if isinstance(error, ApiError) and error.throttled:
                    budget.refused(turn, clock.now())
                raise
            budget.succeeded(turn, clock.now())
            return cache_id

        return self.call(in_turn)

    def _await_turn(self, refused: EciError | None) -> float:
        clock, budget = self.service.clock, self.service.budget
        turn = budget.turn(clock.now(), self.deadline)
        if turn is None and refused:
            raise EciError(messages.no_other_turn(budget.per_minute, refused))
        if turn is None:
            raise EciError(messages.no_turn(budget.per_minute, self.timeout))
        while (left := turn - clock.now()) > 0:
            self.report_progress(messages.awaits_turn(budget.per_minute, left))
            clock.sleep(min(left, SIGN_OF_LIFE))
        return turn

    def write(self, call: Callable[[str], T]) -> T:
        """Make a write with a ClientToken of its own, and again once the cache has settled."""
        for refusals in itertools.count(1):
            token = new_token()
            try:
                with self.service.waiter.writing(self.cache_id):
                    return self.call(lambda: call(token))  # noqa: B023 - called at once
            except ApiError as error:
                if error.reaction is not Reaction.WAIT:
                    raise
                refusal = error
            try:
                if self._watch(lambda seen: seen is None or seen.settled) is None:
                    raise GoneError(messages.gone(self.cache_id))
            except DeadlineError:
                raise refusal from None
            # A service that shows a settled cache and refuses it all the same is asked ever slower.
            if refusals > 1:
                self._pause(refusals, refusal)
        raise AssertionError  # pragma: no cover - the loop has no end

    def _pause(self, failures: int, last: EciError) -> None:
        pause = self.service.backoff.own(failures)
        if self.service.clock.now() + pause >= self.deadline:
            raise last
        self.service.clock.sleep(pause)

    def require(self, max_age: float = 0.0) -> Observation:
        """Look at the cache; the answer may be *max_age* seconds old.

        Raises:
            GoneError: If there is none.
        """
        seen = self.describe(self.cache_id, max_age)
        if seen is None:
            raise GoneError(messages.gone(self.cache_id))
        self.seen = seen
        return seen

    def describe(self, cache_id: str, max_age: float = 0.0) -> Observation | None:
        """Look at any cache; None where there is none."""
        on_retry = ProgressReporter(self.report_progress, self.service.clock).on_retry
        return self.service.waiter.look(cache_id, self.deadline, on_retry, max_age=max_age)

    def settle(self, done: Callable[[Observation], bool] | None = None) -> Observation:
        """Wait until the cache has settled, or until *done* says so, telling what is seen."""
        clock = self.service.clock
        patience = clock.now() + SHOWN_WITHIN

        def judge(seen: Observation | None) -> bool:
            if seen is None:
                return self.seen is not None or clock.now() >= patience
            self.seen = seen
            return done(seen) if done else seen.settled

        seen = self._watch(judge)
        if seen is None and self.seen is None:
            raise EciError(messages.not_shown(self.cache_id))
        if seen is None:
            raise GoneError(messages.gone(self.cache_id))
        return seen

    def settle_ready(self, done: Callable[[Observation], bool] | None = None) -> Observation:
        """Wait likewise; a cache that settles in another status than Ready is an error."""
        seen = self.settle(done)
        if seen.status != READY:
            raise EciError(messages.build_failed(self.cache_id, seen))
        return seen

    def settle_updatable(self) -> Observation:
        """Look at the cache, wait while it is being built, and refuse a Failed one."""
        seen = self.require(max_age=LATELY)
        if not seen.settled:
            seen = self.settle()
        if seen.status == FAILED:
            raise EciError(messages.build_failed(self.cache_id, seen))
        return seen

    def settle_rebuilt(self, before: Observation, old: ImageCacheSpec) -> None:
        """Wait until a rebuild was seen to begin (Updating, or another snapshot) and to end.

        An accepted request is a promise, and the service may not keep it.
        """
        clock = self.service.clock
        late = clock.now() + REBUILD_GRACE
        moved = False

        def done(seen: Observation) -> bool:
            nonlocal moved
            moved = moved or not seen.settled or _build_marks(seen) != _build_marks(before)
            return seen.settled and (moved or clock.now() >= late)

        self.settle_ready(done)
        if not moved:
            # So that the next `up` tries again, also where the service shows the new images.
            built = [row.attribute for row in FIELDS if row.change is Change.REBUILD]
            self.spec = replace(self.spec, **{name: getattr(old, name) for name in built})
            self.seen = self.seen and replace(self.seen, images=None, image_cache_size=None)
            why = "the service accepted the request, but status and snapshot did not change"
            raise EciError(messages.not_rebuilt(self.cache_id, why))

    def reconcile_tags(self, wanted: Mapping[str, str], stale: Mapping[str, str]) -> None:
        """Add *wanted* tags that are missing and remove *stale* ones; leave all others alone."""
        seen = self.seen or self.require()
        self.check_owned()
        missing = {key: tag for key, tag in wanted.items() if seen.tags.get(key) != tag}
        leftover = [key for key in stale if key in seen.tags]
        if missing:
            self.write(lambda _: self.service.gateway.tag(self.cache_id, missing))
        if leftover:
            self.write(lambda _: self.service.gateway.untag([self.cache_id], leftover))
        if missing or leftover:
            seen = self.require()
        if any(key in seen.tags for key in leftover):
            raise EciError(messages.not_untagged(self.cache_id))
        self.spec = replace(self.spec, tags=wanted)

    def check_applied(self, spec: ImageCacheSpec) -> None:
        """Compare every readable field with *spec*; what differs was accepted and not applied,
        unless another resource did it.
        """
        self.check_owned()
        left = differences(spec, self.seen or self.require())
        if left:
            raise EciError(messages.not_applied(self.cache_id, left))

    def delete(self) -> None:
        """Delete the cache and wait until it is gone; one that is gone already is a success.

        A cache whose mark is not that of `spec` was adopted by another resource, and is left alone.

        Raises:
            EciError: If the cache is still there.
        """
        gateway = self.service.gateway
        try:
            if self.require().tags.get(ADOPTED_TAG, self.spec.adoption) != self.spec.adoption:
                self.report_progress(messages.taken_over(self.cache_id))
                return
            self.write(lambda token: gateway.delete(self.cache_id, token))
            self._watch(lambda seen: seen is None, at_once=True, absent_is_gone=True)
        except GoneError:
            return
        except ApiError as error:
            # No code is documented for an unknown cache, so a not-found is confirmed by looking.
            if not error.not_found or self.describe(self.cache_id) is not None:
                raise
        except DeadlineError as error:
            left = messages.not_deleted(self.cache_id, self.timeout, error.last)
            raise EciError(left) from error

    def _watch(self, judge: Judge, **how: bool) -> Observation | None:
        """Wait for what *judge* accepts, telling what is seen until then."""
        reporter = ProgressReporter(self.report_progress, self.service.clock)

        def telling(seen: Observation | None) -> bool:
            accepted = judge(seen)
            if seen is not None and not accepted:  # the end has a line of its own
                reporter.observed(seen)
            return accepted

        waiter = self.service.waiter
        return waiter.wait(self.cache_id, telling, self.deadline, reporter.on_retry, **how)


def _build_marks(seen: Observation) -> tuple[object, ...]:
    """What another build leaves behind: a snapshot, or another failure."""
    failed = seen.status == UPDATE_FAILED
    return seen.snapshot_id, failed, failed and seen.deciding_event
