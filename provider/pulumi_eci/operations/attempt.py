"""One operation on one cache: its deadline, and the state to keep if the operation stops now.

`Attempt.keeping_state` is the promise of this module: once a cache exists, or a change was
accepted, a failure becomes an `IncompleteError` with the id and the outputs to keep. Only the
methods of `Attempt` change an attempt.
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
    State,
    differences,
    write_state,
)
from pulumi_eci.operations import messages
from pulumi_eci.operations.backoff import Backoff
from pulumi_eci.operations.budget import Budget
from pulumi_eci.operations.clock import Clock
from pulumi_eci.operations.messages import HEARTBEAT, ProgressReporter, ReportProgress
from pulumi_eci.operations.retry import retrying
from pulumi_eci.operations.waiter import UPDATE_MAX_AGE, DeadlineError, Until, Waiter

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
class Client:
    """What all operations on one connection share: calls, waits, pauses and limits."""

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
        client: The client of the cache's connection.
        timeout: Seconds that the operation may take.
        report_progress: Shows a line on the resource's row.
        cache_id: The cache; "" until a reply names the cache.
        spec: The spec to write into state. What the service shows is written over it.
        status: The status to write into state while the service has shown nothing.
        claims: Whether a cache belongs to this resource although the mark on the cache differs from
            the mark in state.
    """

    client: Client
    timeout: float
    report_progress: ReportProgress
    cache_id: str
    spec: ImageCacheSpec
    status: str = CREATING
    claims: Callable[[Observation], bool] = _never
    seen: Observation | None = field(default=None, init=False)
    """The last answer of the service about the cache."""
    in_doubt: bool = field(default=False, init=False)
    """Whether the service may have accepted a request whose reply was lost."""
    deadline: float = field(init=False)

    def __post_init__(self) -> None:
        """Compute the deadline."""
        self.deadline = self.client.clock.now() + self.timeout

    @property
    def outputs(self) -> dict[str, Any]:
        """The state to keep if the operation stops now."""
        return write_state(self.spec, self.seen, status=self.status)

    @property
    def remaining(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - self.client.clock.now()

    def resume(self, cache_id: str) -> None:
        """Continue with a cache that exists already."""
        self.cache_id = cache_id

    def begin_update(self, old: State) -> None:
        """Keep the *old* state if the operation fails before the service accepted a change."""
        self.spec, self.status = old.spec, old.status

    def accept(self, spec: ImageCacheSpec, seen: Observation | None = None) -> None:
        """Keep *spec* from now on: the service accepted it, and perhaps has shown it."""
        self.spec = spec
        self.seen = seen or self.seen

    def in_doubt_error(
        self, spec: ImageCacheSpec, before: Observation, error: EciError
    ) -> IncompleteError:
        """Return the error of an update whose reply was lost.

        State keeps the old spec, with the tags that the request may have set.
        """
        self.spec = replace(self.spec, tags={**spec.tags, **self.spec.tags})
        self.seen = replace(before, tags={**spec.tags, **before.tags})
        return IncompleteError(self.cache_id, self.outputs, f"{error} {messages.MAY_BE_UPDATED}")

    @contextmanager
    def keeping_state(self) -> Iterator[None]:
        """Turn a failure into an `IncompleteError`.

        There is nothing to keep if the cache is gone, or if another resource has taken it over.
        """
        try:
            yield
            self.check_owned()
        except (IncompleteError, GoneError):
            raise
        except DeadlineError as error:
            if error.last_error is None:
                self._describe_once_more()
            self.check_owned()
            reason = messages.too_slow(self.cache_id, self.timeout, self.seen, error.last_error)
            raise IncompleteError(self.cache_id, self.outputs, reason) from error
        except EciError as error:
            self.check_owned()
            raise IncompleteError(self.cache_id, self.outputs, str(error)) from error

    def check_owned(self) -> None:
        """Check, in the last answer of the service, that no other resource took the cache over.

        Raises:
            GoneError: Another resource took the cache over.
        """
        mark = self.seen.tags.get(ADOPTED_TAG) if self.seen else None
        if self.seen and mark not in (None, self.spec.adoption) and not self.claims(self.seen):
            is_new = self.claims is _never
            explain = messages.taken_by_another_run if is_new else messages.adopted_by_another
            raise GoneError(explain(self.cache_id))

    def _describe_once_more(self) -> None:
        """Describe the cache once: a short wait may have ended before its first describe call."""
        with suppress(EciError):
            self.seen = self.client.gateway.describe(self.cache_id) or self.seen

    @contextmanager
    def explaining_doubt(self, explain: Callable[[EciError], EciError]) -> Iterator[None]:
        """Run a write. If it fails and may have taken effect, raise what *explain* returns."""
        self.in_doubt = False
        try:
            yield
        except EciError as error:
            if not self.in_doubt:
                raise
            raise explain(error) from error

    def call(self, call: Callable[[], T]) -> T:
        """Make a call. Repeat it after transient failures, and report them."""
        reporter = ProgressReporter(self.report_progress, self.client.clock)

        def once() -> T:
            try:
                return call()
            except (ApiError, TransportError) as error:
                self.in_doubt = self.in_doubt or error.in_doubt
                raise

        client = self.client
        return retrying(once, client.clock, self.deadline, reporter.on_retry, client.backoff)

    def create(self, parameters: Parameters, token: str) -> None:
        """Call CreateImageCache, and take the new id; each try waits for a slot of the budget."""
        refused: EciError | None = None

        def in_turn() -> str:
            nonlocal refused
            clock, budget = self.client.clock, self.client.budget
            turn = self._await_turn(refused)
            try:
                with budget.slot(clock, self.deadline):
                    cache_id = self.client.gateway.create(parameters, token)
            except EciError as error:
                refused = error
                if isinstance(error, ApiError) and error.throttled:
                    budget.refused(turn, clock.now())
                raise
            budget.succeeded(turn, clock.now())
            return cache_id

        self.cache_id = self.call(in_turn)

    def _await_turn(self, refused: EciError | None) -> float:
        clock, budget = self.client.clock, self.client.budget
        turn = budget.reserve(clock.now(), self.deadline)
        if turn is None and refused:
            raise EciError(messages.no_slot_for_retry(budget.per_minute, refused))
        if turn is None:
            raise EciError(messages.no_slot(budget.per_minute, self.timeout))
        while (left := turn - clock.now()) > 0:
            self.report_progress(messages.waiting_for_slot(budget.per_minute, left))
            clock.sleep(min(left, HEARTBEAT))
        return turn

    def write(self, call: Callable[[str], T]) -> T:
        """Make a write with a new ClientToken. Repeat it when the cache was not settled."""
        for refusals in itertools.count(1):
            token = new_token()
            try:
                with self.client.waiter.writing(self.cache_id):
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
            # The service shows a settled cache and still refuses: the pauses become longer.
            if refusals > 1:
                self._pause(refusals, refusal)
        raise AssertionError  # pragma: no cover - the loop has no end

    def _pause(self, failures: int, last: EciError) -> None:
        pause = self.client.backoff.pause_after(failures)
        if self.client.clock.now() + pause >= self.deadline:
            raise last
        self.client.clock.sleep(pause)

    def require(self, max_age: float = 0.0) -> Observation:
        """Describe the cache; the answer may be *max_age* seconds old.

        Raises:
            GoneError: The cache does not exist.
        """
        seen = self.describe(self.cache_id, max_age)
        if seen is None:
            raise GoneError(messages.gone(self.cache_id))
        self.seen = seen
        return seen

    def describe(self, cache_id: str, max_age: float = 0.0) -> Observation | None:
        """Describe any cache; None if it does not exist."""
        on_retry = ProgressReporter(self.report_progress, self.client.clock).on_retry
        return self.client.waiter.describe(cache_id, self.deadline, on_retry, max_age=max_age)

    def wait_until_settled(self, done: Callable[[Observation], bool] | None = None) -> Observation:
        """Wait until the cache has settled, or until *done* is true; report the progress."""
        clock = self.client.clock
        listed_by = clock.now() + SHOWN_WITHIN

        def until(seen: Observation | None) -> bool:
            if seen is None:
                return self.seen is not None or clock.now() >= listed_by
            self.seen = seen
            return done(seen) if done else seen.settled

        seen = self._watch(until)
        if seen is None and self.seen is None:
            raise EciError(messages.not_shown(self.cache_id))
        if seen is None:
            raise GoneError(messages.gone(self.cache_id))
        return seen

    def wait_until_ready(self, done: Callable[[Observation], bool] | None = None) -> Observation:
        """Wait as `wait_until_settled` does.

        Raises:
            EciError: The cache settled in another status than Ready.
        """
        seen = self.wait_until_settled(done)
        if seen.status != READY:
            raise EciError(messages.build_failed(self.cache_id, seen))
        return seen

    def wait_until_updatable(self) -> Observation:
        """Describe the cache, and wait while it is being built.

        Raises:
            EciError: The cache is Failed, so it cannot be updated.
        """
        seen = self.require(max_age=UPDATE_MAX_AGE)
        if not seen.settled:
            seen = self.wait_until_settled()
        if seen.status == FAILED:
            raise EciError(messages.build_failed(self.cache_id, seen))
        return seen

    def wait_until_rebuilt(self, before: Observation, old: ImageCacheSpec) -> None:
        """Wait until the service has shown that a rebuild began and ended.

        A rebuild shows as the status Updating or as another snapshot. The service may accept a
        request and not rebuild.
        """
        clock = self.client.clock
        late = clock.now() + REBUILD_GRACE
        moved = False

        def done(seen: Observation) -> bool:
            nonlocal moved
            moved = moved or not seen.settled or _build_marks(seen) != _build_marks(before)
            return seen.settled and (moved or clock.now() >= late)

        self.wait_until_ready(done)
        if not moved:
            # The next `up` tries again, even if the service shows the new images.
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
            self.write(lambda _: self.client.gateway.tag(self.cache_id, missing))
        if leftover:
            self.write(lambda _: self.client.gateway.untag([self.cache_id], leftover))
        if missing or leftover:
            seen = self.require()
        if any(key in seen.tags for key in leftover):
            raise EciError(messages.not_untagged(self.cache_id))
        self.spec = replace(self.spec, tags=wanted)

    def check_applied(self, spec: ImageCacheSpec) -> None:
        """Compare every readable field with *spec*.

        Raises:
            EciError: The service accepted a field and did not apply it.
            GoneError: Another resource took the cache over.
        """
        self.check_owned()
        left = differences(spec, self.seen or self.require())
        if left:
            raise EciError(messages.not_applied(self.cache_id, left))

    def delete(self) -> None:
        """Delete the cache and wait until it is gone. A cache that is already gone is a success.

        If the mark on the cache is not the mark of `spec`, another resource adopted the cache, and
        the cache is not deleted.

        Raises:
            EciError: The cache still exists.
        """
        gateway = self.client.gateway
        try:
            if self.require().tags.get(ADOPTED_TAG, self.spec.adoption) != self.spec.adoption:
                self.report_progress(messages.not_deleted_adopted(self.cache_id))
                return
            self.write(lambda token: gateway.delete(self.cache_id, token))
            self._watch(lambda seen: seen is None, at_once=True, absent_is_gone=True)
        except GoneError:
            return
        except ApiError as error:
            # No code is documented for an unknown cache, so a describe call confirms a not-found.
            if not error.not_found or self.describe(self.cache_id) is not None:
                raise
        except DeadlineError as error:
            left = messages.not_deleted(self.cache_id, self.timeout, error.last)
            raise EciError(left) from error

    def _watch(self, until: Until, **how: bool) -> Observation | None:
        """Wait until *until* is true; report the progress."""
        reporter = ProgressReporter(self.report_progress, self.client.clock)

        def reporting(seen: Observation | None) -> bool:
            accepted = until(seen)
            if seen is not None and not accepted:  # the end has a line of its own
                reporter.observed(seen)
            return accepted

        waiter = self.client.waiter
        return waiter.wait(self.cache_id, reporting, self.deadline, reporter.on_retry, **how)


def _build_marks(seen: Observation) -> tuple[object, ...]:
    """Return what differs after another build: the snapshot, or the failure."""
    failed = seen.status == UPDATE_FAILED
    return seen.snapshot_id, failed, failed and seen.deciding_event
