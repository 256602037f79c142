"""Create, read, update and delete one image cache. Knows nothing of Pulumi.

After every write the cache is read back and each readable field compared, since much of the
service's behaviour is documented nowhere: fields that are omitted may keep their value or not,
tags may merge or replace. This makes the provider right under either.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from pulumi_eci import narration
from pulumi_eci.attempt import Attempt, Service, new_token
from pulumi_eci.codes import Reaction
from pulumi_eci.errors import (
    ApiError,
    EciError,
    GoneError,
    IncompleteError,
)
from pulumi_eci.fields import ADOPTED_TAG, FIELDS, MAX_TAGS, Change
from pulumi_eci.narration import Tell
from pulumi_eci.plan import Action, Plan, make_plan
from pulumi_eci.request import create_parameters, update_parameters
from pulumi_eci.spec import ImageCacheSpec
from pulumi_eci.state import (
    FAILED,
    UPDATE_FAILED,
    Observation,
    State,
    as_adopted,
    as_observed,
    same,
)
from pulumi_eci.waiter import DeadlineError

REBUILD_GRACE = 30.0
"""Seconds within which an accepted rebuild must be seen to begin."""

_READ_TIMEOUT = 60.0


class Lifecycle:
    """The four operations on one connection.

    Each raises `EciError`: `IncompleteError` where something exists or changed that state must
    keep, any other where nothing did.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    def create(
        self, spec: ImageCacheSpec, timeout: float, tell: Tell
    ) -> tuple[str, dict[str, Any]]:
        """Create a cache and wait until it is Ready; return its id and the outputs.

        Args:
            spec: What is wanted.
            timeout: Seconds.
            tell: Shows progress.
        """
        attempt = Attempt(self._service, timeout, tell, "", spec)
        parameters = create_parameters(spec)
        token = new_token()
        try:
            attempt.cache_id = attempt.create(parameters, token)
        except EciError as error:
            if not attempt.in_doubt:
                raise
            name = spec.image_cache_name
            raise EciError(f"{error} {narration.perhaps_created(name)}") from error
        with attempt.kept():
            if not spec.skip_await:
                attempt.settle_ready()
                attempt.mend_tags(spec.tags, stale={})
                attempt.check_applied(spec)
        return attempt.cache_id, attempt.outputs

    def adopt(self, spec: ImageCacheSpec, timeout: float, tell: Tell) -> tuple[str, dict[str, Any]]:
        """Take over the cache `spec.adopt` as it is, bring it to *spec* by at most one update."""
        cache_id = spec.adopt
        seen = self.read(cache_id)
        if seen is None:
            raise EciError(narration.not_adoptable(cache_id, f"there is none in {spec.region}"))
        if seen.status == FAILED:
            raise EciError(narration.not_adoptable(cache_id, "its build failed"))
        mark = new_token()
        attempt = Attempt(self._service, timeout, tell, cache_id, spec)
        try:
            attempt.write(lambda _: self._service.gateway.tag(cache_id, {ADOPTED_TAG: mark}))
        except EciError as error:
            if attempt.in_doubt:
                self._unmark(attempt, seen.tags.get(ADOPTED_TAG))
            raise EciError(narration.not_markable(cache_id, error)) from error
        taken = replace(as_adopted(spec, seen), adoption=mark)
        state = State(taken, seen.status, seen.snapshot_id)
        try:
            return cache_id, self.update(cache_id, state, spec, timeout, tell)
        except IncompleteError:
            raise
        except EciError:
            self._unmark(attempt, seen.tags.get(ADOPTED_TAG))
            raise

    def _unmark(self, attempt: Attempt, before: str | None) -> None:
        """Give a cache that was not adopted after all back to whoever has it."""
        gateway, cache_id = self._service.gateway, attempt.cache_id
        with suppress(EciError):
            if before is None:
                attempt.call(lambda: gateway.untag(cache_id, [ADOPTED_TAG]))
            else:
                attempt.call(lambda: gateway.tag(cache_id, {ADOPTED_TAG: before}))

    def read(self, cache_id: str) -> Observation | None:
        """Look at a cache; None where it does not exist (any more)."""
        attempt = Attempt(self._service, _READ_TIMEOUT, _silent, cache_id, ImageCacheSpec())
        try:
            return attempt.look()
        except GoneError:
            return None

    def update(
        self, cache_id: str, old: State, spec: ImageCacheSpec, timeout: float, tell: Tell
    ) -> dict[str, Any]:
        """Bring a cache from its *old* state to *spec*, in place, and return the outputs.

        The cache is looked at first, and the plan made from what is seen: a state that is out of
        date, because a run was killed or a hand was at work, does no harm.
        """
        spec = replace(spec, adoption=old.spec.adoption)
        attempt = Attempt(self._service, timeout, tell, cache_id, old.spec, old.status)
        with attempt.kept():
            before = attempt.settle_updatable()
        plan = make_plan(_as_state(old, before, spec), spec)
        stale = {key: tag for key, tag in old.spec.tags.items() if key not in spec.tags}
        if stale and len({*before.tags, *spec.tags}) > MAX_TAGS:
            with attempt.kept():  # the new tags have no place before the old ones go
                attempt.mend_tags({}, stale)
        if plan.action is not Action.KEEP:
            attempt.in_doubt = False
            try:
                self._send(attempt, spec, plan, before, stale)
            except EciError as error:
                if not attempt.in_doubt:
                    raise
                raise _perhaps_updated(attempt, spec, before, error) from error
        # From here on the state holds the new spec, and stale tags until they are removed.
        attempt.spec = replace(spec, tags={**stale, **spec.tags})
        with attempt.kept():
            if plan.rebuilds and not spec.skip_await:
                self._await_rebuilt(attempt, before, old.spec)
            elif plan.action is not Action.KEEP:
                attempt.look()
                if not spec.skip_await and attempt.seen and not attempt.seen.settled:
                    attempt.settle_ready()
            attempt.mend_tags(spec.tags, stale)
            if attempt.seen and attempt.seen.settled:
                attempt.check_applied(spec)
        return attempt.outputs

    def delete(self, cache_id: str, spec: ImageCacheSpec, timeout: float, tell: Tell) -> None:
        """Delete a cache and wait until it is gone; one that is gone already is a success.

        A cache that another resource adopted is left alone: it is not this one's any more.
        """
        attempt = Attempt(self._service, timeout, tell, cache_id, spec)
        try:
            if attempt.look().tags.get(ADOPTED_TAG, spec.adoption) != spec.adoption:
                tell(narration.taken_over(cache_id))
                return
            attempt.write(lambda token: self._service.gateway.delete(cache_id, token))
            attempt.look()  # gone at once, as a rule: then there is nothing to wait for
            attempt.await_gone()
        except GoneError:
            return
        except ApiError as error:
            # No code is documented for an unknown cache, so a not-found is confirmed by looking.
            if not error.not_found or self.read(cache_id) is not None:
                raise
        except DeadlineError as error:
            raise EciError(narration.not_deleted(cache_id, timeout, error.last)) from error

    def _send(
        self,
        attempt: Attempt,
        spec: ImageCacheSpec,
        plan: Plan,
        before: Observation,
        stale: Mapping[str, str],
    ) -> None:
        """Call UpdateImageCache; that nothing needs to change is a success for metadata alone."""
        staying = {key: tag for key, tag in before.tags.items() if key not in stale}
        parameters = update_parameters(spec, plan, current_tags=staying)
        gateway, cache_id = self._service.gateway, attempt.cache_id
        try:
            attempt.write(lambda token: gateway.update(cache_id, parameters, token))
        except ApiError as error:
            if error.reaction is not Reaction.NOTHING_TO_DO:
                raise
            if plan.rebuilds:
                why = f"the service declines ({error.code}: {error.vendor_message})"
                raise EciError(narration.not_rebuilt(cache_id, why)) from error

    def _await_rebuilt(self, attempt: Attempt, before: Observation, old: ImageCacheSpec) -> None:
        """Wait until a rebuild was seen to begin (Updating, or another snapshot) and to end."""
        clock = self._service.clock
        late = clock.now() + REBUILD_GRACE
        moved = False

        def done(seen: Observation) -> bool:
            nonlocal moved
            moved = moved or not seen.settled or _build_marks(seen) != _build_marks(before)
            return seen.settled and (moved or clock.now() >= late)

        attempt.settle_ready(done)
        if not moved:
            # So that the next `up` tries again, also where the service shows the new images.
            attempt.spec = _with_old_build(attempt.spec, old)
            attempt.seen = attempt.seen and replace(
                attempt.seen, images=None, image_cache_size=None
            )
            why = "the service accepted the request, but status and snapshot did not change"
            raise EciError(narration.not_rebuilt(attempt.cache_id, why))


def _build_marks(seen: Observation) -> tuple[object, ...]:
    """What another build leaves behind: a snapshot, or another failure."""
    failed = seen.status == UPDATE_FAILED
    return seen.snapshot_id, failed, failed and seen.deciding_event


def _as_state(old: State, seen: Observation, wanted: ImageCacheSpec) -> State:
    """Make the state true to what was seen, but for a build that never was.

    Images or a size that are shown and wanted, on the snapshot that has the old ones, are a promise
    that the service did not keep: they still call for a rebuild. State holds no snapshot of an
    instant cache, so for that one it is never known.
    """
    spec = as_observed(old.spec, seen)
    if seen.snapshot_id == old.snapshot_id or (old.spec.flash and not old.snapshot_id):
        unbuilt = [
            row.attribute
            for row in FIELDS
            if row.readable
            and row.change is Change.REBUILD
            and same(row, getattr(spec, row.attribute), getattr(wanted, row.attribute))
        ]
        spec = replace(spec, **{name: getattr(old.spec, name) for name in unbuilt})
    return State(spec, seen.status, seen.snapshot_id)


def _perhaps_updated(
    attempt: Attempt, spec: ImageCacheSpec, before: Observation, error: EciError
) -> IncompleteError:
    """Keep the old state, with the tags that a request may have set whose reply never came."""
    attempt.spec = replace(attempt.spec, tags={**spec.tags, **attempt.spec.tags})
    attempt.seen = replace(before, tags={**spec.tags, **before.tags})
    reason = f"{error} {narration.PERHAPS_UPDATED}"
    return IncompleteError(attempt.cache_id, attempt.outputs, reason)


def _with_old_build(spec: ImageCacheSpec, old: ImageCacheSpec) -> ImageCacheSpec:
    built = [row.attribute for row in FIELDS if row.change is Change.REBUILD]
    return replace(spec, **{name: getattr(old, name) for name in built})


def _silent(_: str) -> None:
    """Tell nothing: reading and deleting are quick."""
