"""Create, read, update and delete one image cache.

After every write the cache is read back, and each readable field is compared. Much of the service's
behaviour is undocumented: an omitted field may keep its value or not, tags may merge or replace.
The comparison makes the provider right under both.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from pulumi_eci.api.codes import Reaction
from pulumi_eci.api.errors import (
    ApiError,
    EciError,
    IncompleteError,
)
from pulumi_eci.api.gateway import Page
from pulumi_eci.model.fields import ADOPTED_TAG, MAX_TAGS, PENDING_TAG
from pulumi_eci.model.plan import Plan, make_plan
from pulumi_eci.model.request import (
    create_parameters,
    demanded_parameters,
    is_settable,
    update_parameters,
)
from pulumi_eci.model.spec import ImageCacheSpec
from pulumi_eci.model.state import (
    FAILED,
    Observation,
    State,
    as_adopted,
    observed_spec,
    refreshed_state,
)
from pulumi_eci.operations import messages
from pulumi_eci.operations.attempt import Attempt, Client, new_token
from pulumi_eci.operations.messages import ReportProgress
from pulumi_eci.operations.pending import (
    NO_CLAIM,
    Claim,
    PendingCaches,
    is_claimed,
    is_recoverable,
    with_pending_tag,
)
from pulumi_eci.operations.waiter import REFRESH_MAX_AGE


class Lifecycle:
    """The operations on the caches of one connection.

    Each raises `EciError`. An `IncompleteError` says that a cache exists or changed, and holds the
    state to keep; after any other error there is nothing to keep.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._pending = PendingCaches(client)
        self._demanded: set[str] = set()  # what updates must send, see `demanded_parameters`

    def create(
        self,
        spec: ImageCacheSpec,
        timeout: float,
        report_progress: ReportProgress,
        claim: Claim = NO_CLAIM,
    ) -> tuple[str, dict[str, Any]]:
        """Create a cache and wait until it is Ready; return its id and the outputs.

        If a killed run of the same resource left a cache, that cache is taken over instead. The
        cache has the pending tag until `untag_finished` removes it; if the engine no longer waits
        for the answer, the tag stays.

        Args:
            spec: What is wanted.
            timeout: Seconds that the operation may take.
            report_progress: Shows a line on the resource's row.
            claim: The resource that owns the cache until state holds the cache.
        """
        attempt = Attempt(self._client, timeout, report_progress, "", spec)
        left = self._pending.find_usable(attempt, spec, claim)
        is_tagged = left is not None or is_recoverable(spec, claim)
        try:
            if left is not None:
                outputs = self._take_over(attempt, left, spec)
            else:
                outputs = self._create(attempt, spec, claim)
        except IncompleteError as error:
            if is_tagged and claim.is_active():
                self._pending.mark_finished(error.cache_id)
            raise
        if is_tagged and claim.is_active():
            self._pending.mark_finished(attempt.cache_id)
        return attempt.cache_id, outputs

    def _create(self, attempt: Attempt, spec: ImageCacheSpec, claim: Claim) -> dict[str, Any]:
        parameters = create_parameters(with_pending_tag(spec, claim))
        token = new_token()

        def explain(error: EciError) -> EciError:
            self._pending.list_again()
            is_found = is_recoverable(spec, claim)
            hint = messages.may_be_created(spec.image_cache_name, is_found=is_found)
            return EciError(f"{error} {hint}")

        with attempt.explaining_doubt(explain):
            attempt.create(parameters, token)
        with attempt.keeping_state():
            if not spec.skip_await:
                attempt.wait_until_ready()
                attempt.reconcile_tags(spec.tags, stale={})
                attempt.check_applied(spec)
        return attempt.outputs

    def _take_over(
        self, attempt: Attempt, left: Observation, spec: ImageCacheSpec
    ) -> dict[str, Any]:
        """Continue with a cache that a killed run left.

        The cache is marked as an adopted cache is. If another state holds the cache after all, a
        deletion by that state then does not delete the cache.
        """
        cache_id = left.image_cache_id
        attempt.resume(cache_id)
        attempt.report_progress(messages.continuing_with(cache_id))
        mark = left.tags.get(ADOPTED_TAG, "")
        if len({*left.tags, *spec.tags, ADOPTED_TAG}) <= MAX_TAGS:
            mark = new_token()
            attempt.write(lambda _: self._client.gateway.tag(cache_id, {ADOPTED_TAG: mark}))
        if spec.skip_await and not left.settled:
            attempt.accept(replace(spec, adoption=mark), left)
            return attempt.outputs
        # The killed run set these tags; the tags of a cache that a program adopts are others'.
        tags = {k: tag for k, tag in observed_spec(left).tags.items() if is_settable(k)}
        taken = replace(as_adopted(spec, left), tags=tags, adoption=mark)
        state = State(taken, left.status, left.snapshot_id)
        return self._update(attempt, state, spec)

    def redact(self, spec: ImageCacheSpec) -> None:
        """Redact the passwords of *spec* in what the service says from now on."""
        self._client.gateway.redact([each.password for each in spec.image_registry_credentials])

    def untag_finished(self, older_than: float = 0.0) -> None:
        """Remove the pending tag of caches whose creation ended *older_than* seconds ago.

        State holds these caches.
        """
        self._pending.untag_finished(older_than)

    def adopt(
        self, spec: ImageCacheSpec, timeout: float, report_progress: ReportProgress
    ) -> tuple[str, dict[str, Any]]:
        """Adopt the cache `spec.adopt`, and bring it to *spec* with at most one update."""
        cache_id = spec.adopt
        seen = Attempt(self._client, timeout, report_progress, cache_id, spec).describe(cache_id)
        if seen is None:
            raise EciError(messages.not_adoptable(cache_id, f"there is none in {spec.region}"))
        if seen.status == FAILED:
            raise EciError(messages.not_adoptable(cache_id, "its build failed"))
        mark = new_token()
        attempt = Attempt(self._client, timeout, report_progress, cache_id, spec)
        try:
            attempt.write(lambda _: self._client.gateway.tag(cache_id, {ADOPTED_TAG: mark}))
        except EciError as error:
            if attempt.in_doubt:
                self._unmark(attempt, seen.tags.get(ADOPTED_TAG))
            raise EciError(messages.not_markable(cache_id, error)) from error
        taken = replace(as_adopted(spec, seen), adoption=mark)
        state = State(taken, seen.status, seen.snapshot_id)
        try:
            return cache_id, self.update(cache_id, state, spec, timeout, report_progress)
        except IncompleteError:
            raise
        except EciError:
            self._unmark(attempt, seen.tags.get(ADOPTED_TAG))
            raise

    def _unmark(self, attempt: Attempt, before: str | None) -> None:
        """Restore the mark of a cache that was not adopted after all."""
        gateway, cache_id = self._client.gateway, attempt.cache_id
        with suppress(EciError):
            if before is None:
                attempt.call(lambda: gateway.untag([cache_id], [ADOPTED_TAG]))
            else:
                attempt.call(lambda: gateway.tag(cache_id, {ADOPTED_TAG: before}))

    def read(
        self, cache_id: str, timeout: float, report_progress: ReportProgress
    ) -> Observation | None:
        """Describe a cache; None if it does not exist.

        Args:
            cache_id: The cache's id.
            timeout: Seconds for which failed calls are repeated.
            report_progress: Shows a line on the resource's row.
        """
        attempt = Attempt(self._client, timeout, report_progress, cache_id, ImageCacheSpec())
        return attempt.describe(cache_id, max_age=REFRESH_MAX_AGE)

    def list_page(self, token: str, timeout: float, report_progress: ReportProgress) -> Page:
        """Return a page of all caches of the region; a token of "" is the first page."""
        attempt = Attempt(self._client, timeout, report_progress, "", ImageCacheSpec())
        return attempt.call(lambda: self._client.gateway.list_page(token))

    def update(  # noqa: PLR0913, PLR0917 - the call of the engine, and whose the cache is
        self,
        cache_id: str,
        old: State,
        spec: ImageCacheSpec,
        timeout: float,
        report_progress: ReportProgress,
        claim: Claim = NO_CLAIM,
    ) -> dict[str, Any]:
        """Bring a cache from its *old* state to *spec*, in place, and return the outputs.

        The plan is made from what the service shows, not from state: a state that is out of date,
        because a run was killed or somebody changed the cache, does no harm. A cache that another
        resource adopted is not changed. The cache belongs to this resource if *spec* adopts it, or
        if it has the pending tag of *claim*.
        """
        attempt = Attempt(
            self._client,
            timeout,
            report_progress,
            cache_id,
            old.spec,
            claims=lambda seen: spec.adopt == cache_id or is_claimed(seen, claim),
        )
        return self._update(attempt, old, spec, in_state=True)

    def _update(
        self, attempt: Attempt, old: State, spec: ImageCacheSpec, *, in_state: bool = False
    ) -> dict[str, Any]:
        """Update as `update` does. If the cache is *in_state*, also remove its pending tag."""
        spec = replace(spec, adoption=old.spec.adoption).named(old.spec.image_cache_name)
        attempt.begin_update(old)
        with attempt.keeping_state():
            before = attempt.wait_until_updatable()
        plan = make_plan(refreshed_state(old, before, spec), spec)
        stale = {key: tag for key, tag in old.spec.tags.items() if key not in spec.tags}
        pending = {PENDING_TAG: ""} if PENDING_TAG in before.tags else {}
        is_full = len({*before.tags, *spec.tags}) > MAX_TAGS
        if not (in_state or is_full):
            pending = {}
        if is_full and (stale or pending):
            with attempt.keeping_state():  # the new tags have no place before the old ones go
                attempt.reconcile_tags({}, {**stale, **pending})
            before = attempt.seen or before
        if plan.sends:
            with attempt.explaining_doubt(partial(attempt.in_doubt_error, spec, before)):
                self._send(attempt, spec, plan, before, stale)
        # From here on state holds the new spec, with stale tags until they are removed.
        attempt.accept(replace(spec, tags={**stale, **spec.tags}))
        with attempt.keeping_state():
            if plan.rebuilds and not spec.skip_await:
                attempt.wait_until_rebuilt(before, old.spec)
            elif plan.sends:
                attempt.require()
                if not spec.skip_await and attempt.seen and not attempt.seen.settled:
                    attempt.wait_until_ready()
            attempt.reconcile_tags(spec.tags, {**stale, **pending})
            if attempt.seen and attempt.seen.settled:
                attempt.check_applied(spec)
        return attempt.outputs

    def delete(
        self,
        cache_id: str,
        spec: ImageCacheSpec,
        timeout: float,
        report_progress: ReportProgress,
        claim: Claim = NO_CLAIM,
    ) -> None:
        """Delete a cache and wait until it is gone. A cache that is already gone is a success.

        A cache that another resource adopted is not deleted. Caches that a killed run left while it
        replaced this cache are deleted, too.
        """
        Attempt(self._client, timeout, report_progress, cache_id, spec).delete()
        attempt = Attempt(self._client, timeout, report_progress, cache_id, spec)
        self._pending.delete_leftovers(attempt, claim)

    def _send(
        self,
        attempt: Attempt,
        spec: ImageCacheSpec,
        plan: Plan,
        before: Observation,
        stale: Mapping[str, str],
    ) -> None:
        """Call UpdateImageCache.

        An answer that nothing needs to change is a success if the plan does not rebuild. A request
        that is refused for what it lacks is repeated with more, see `demanded_parameters`. What the
        service then accepts, later updates send at once.
        """
        staying = {key: tag for key, tag in before.tags.items() if key not in stale}
        gateway, cache_id = self._client.gateway, attempt.cache_id
        demanded = set(self._demanded)
        while True:
            parameters = update_parameters(spec, plan, current_tags=staying, demanded=demanded)
            try:
                attempt.write(lambda token: gateway.update(cache_id, parameters, token))  # noqa: B023
            except ApiError as error:
                if error.reaction is Reaction.NOTHING_TO_DO:
                    if plan.rebuilds:
                        why = f"the service declines ({error.code}: {error.vendor_message})"
                        raise EciError(messages.not_rebuilt(cache_id, why)) from error
                    return
                more = demanded_parameters(error.code, spec, plan, parameters) - demanded
                if not more:
                    raise
                demanded |= more
            else:
                self._demanded |= demanded
                return
