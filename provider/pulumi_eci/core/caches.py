"""`ImageCaches`: every decision about an image cache that the engine asks a provider for.

Properties are plain JSON values with the names of the state (camelCase). A value that is not known
yet is `spec.UNKNOWN`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from pulumi_eci.api.connection import endpoint_problems
from pulumi_eci.api.errors import ConfigurationError, EciError, GoneError, IncompleteError
from pulumi_eci.core.call import Call
from pulumi_eci.core.tracking import REGISTRY_ACCESS, TRACKED, track
from pulumi_eci.model.decode import Problem
from pulumi_eci.model.fields import (
    FIELDS,
    LOGINS_OUTPUT,
    NO_REGION,
    ORGANIZATION,
    OUTDATED_LAYOUT,
    SECRET_INPUTS,
    Change,
)
from pulumi_eci.model.images import by_identity, identity, in_order_of
from pulumi_eci.model.naming import NamingMode, name_cache, owner_id
from pulumi_eci.model.parse import converted, parse
from pulumi_eci.model.plan import Action, Plan, make_plan
from pulumi_eci.model.spec import UNKNOWN, ImageCacheSpec
from pulumi_eci.model.state import (
    DIGESTS,
    EVICTED,
    State,
    drifted_inputs,
    imported_inputs,
    imported_spec,
    observed_spec,
    read_state,
    with_values_of,
    write_state,
)
from pulumi_eci.operations.connections import Connections
from pulumi_eci.operations.lifecycle import Lifecycle
from pulumi_eci.operations.messages import (
    NOT_MARKED,
    STACK_UNKNOWN,
    Row,
    adopted_twice,
    build_failed,
    evicted,
    in_another_account,
    layout_left_out,
    not_deleted_adopted,
    not_importable,
)
from pulumi_eci.operations.pending import Claim, is_recoverable
from pulumi_eci.registry.lookup import Lookup

CREATE_TIMEOUT = 60 * 60.0  # seconds; custom_timeouts change them
UPDATE_TIMEOUT = 60 * 60.0
DELETE_TIMEOUT = 20 * 60.0
READ_TIMEOUT = 20 * 60.0
_FORMER_LOGIN = 60.0  # for a describe call with a login that may no longer exist

AUTO_NAME = "__autoname"
"""The auto-name, kept among the inputs: a refresh puts a drifted name into `imageCacheName`, and
the next check must know the name to restore. Empty for an adopted cache that keeps its own name.
The engine hides keys that begin with `__`."""

_BUILDS_NOTHING = (Action.RECORD, Action.METADATA)
_SILENT = tuple(row.name for row in FIELDS if row.change is Change.SILENT)

Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Checked:
    """The answer to a check: the inputs to keep, and one message for each problem."""

    inputs: dict[str, Any]
    failures: list[str]


@dataclass(frozen=True)
class Diff:
    """The answer to a diff.

    Args:
        plan: What an update would do, and why.
        is_shown: Whether a comparison of the inputs shows the change.
    """

    plan: Plan
    is_shown: bool

    @property
    def has_changes(self) -> bool:
        """Whether an update has anything to do."""
        return self.plan.action is not Action.KEEP

    @property
    def replaces(self) -> list[str]:
        """The properties that force a replacement."""
        return self.plan.replaces


@dataclass(frozen=True)
class Reading:
    """The answer to a read: the outputs, and the inputs if any of them drifted.

    Without inputs in an answer the engine keeps those in state.
    """

    outputs: dict[str, Any]
    inputs: dict[str, Any] | None = None


class ImageCaches:
    """The image caches of one run of the provider.

    All calls of a process share one object, on any thread. Each change of the sets below is one
    step of Python, so they need no lock.

    Args:
        connections: The connections of the process.
        identify: Returns what identifies the stack of a resource among all stacks; "" if that is
            not known. Takes the resource's URN, and the organization that the program names.
    """

    def __init__(self, connections: Connections, identify: Callable[[str, str], str]) -> None:
        self.connections = connections
        self._identify = identify
        self._lookup = Lookup()
        self._existing: set[str] = set()  # URNs with a cache in state, as far as known
        self._in_state: set[str] = set()  # ids in state, as far as known
        self._deleted: set[str] = set()  # ids that the engine asked to delete
        self._in_place: dict[str, Plan] = {}  # plans of this run that change a cache, by URN
        self._adopters: dict[str, str] = {}  # the URN that adopts an id, by id

    def check(self, call: Call, olds: Properties | None, news: Properties) -> Checked:
        """Fill in region and name, and report every problem of the inputs."""
        problems = list[Problem]()
        inputs = converted({name: value for name, value in news.items() if value is not None})
        if (layout := inputs.pop(OUTDATED_LAYOUT, UNKNOWN)) != UNKNOWN:
            call.log(layout_left_out(layout), warning=True, ephemeral=False)
        if not inputs.get("region") and (region := self._region(inputs)):
            inputs["region"] = region
        if olds:
            self._existing.add(call.urn)
        elif call.urn in self._existing:
            self._begin_replacement(call, inputs)
        _keep_order(inputs, olds or {})
        if not inputs.get("imageCacheName"):
            try:
                inputs |= _auto_name(call, olds, inputs)
            except ValueError as error:
                problems.append(Problem("imageCacheName", str(error)))
        ignored = _ignored_digests(olds or {}, inputs)
        parsed = parse(inputs)
        problems.extend((*parsed.problems, *endpoint_problems(parsed.spec.connection)))
        failures = [f"{problem.path}: {problem.reason}" for problem in problems]
        failures += self.connections.problems(parsed.spec)
        if warning := self.connections.warning(parsed.spec):
            call.log(warning, warning=True, ephemeral=False)
        if ignored:
            inputs |= ignored
        elif not any(problem.path.startswith(REGISTRY_ACCESS) for problem in problems):
            failures += self._track(call, parsed.spec, olds or {}, inputs)
        return Checked(inputs, failures)

    def _begin_replacement(self, call: Call, inputs: dict[str, Any]) -> None:
        """Handle the second check of a replacement, which has no old inputs."""
        inputs.pop("adopt", None)  # the API cannot change the adopted cache like that
        # The engine applies replace_on_changes after the diff, whose message is now wrong.
        if (plan := self._in_place.get(call.urn)) is not None:
            call.log(plan.replaced)

    def _track(
        self, call: Call, spec: ImageCacheSpec, olds: Properties, inputs: dict[str, Any]
    ) -> list[str]:
        """Ask registries for the images if digests are tracked; return failures."""
        try:
            wanted = (
                spec.track_digests or "trackDigests" in spec.unknown
                if "trackDigests" in inputs
                else self.connections.tracks_digests
            )
        except ConfigurationError:
            return []  # among the settings' problems
        if not wanted:
            return []
        tracked = track(self.connections, self._lookup, spec, olds)
        inputs |= tracked.inputs
        for warning in tracked.warnings:
            call.log(warning, warning=True, ephemeral=False)
        return tracked.failures

    def diff(self, call: Call, cache_id: str, olds: Properties, news: Properties) -> Diff:
        """Plan the change, and describe the plan on the resource's row."""
        self._in_state.add(cache_id)
        spec = parse(news).spec
        old = _assumed(_known(read_state(olds), call.old_inputs), call.old_inputs, spec)
        spec = spec.named(old.spec.image_cache_name)
        plan = make_plan(old, _as_known(spec, old, call.old_inputs))
        for each in plan.moved_tags:
            call.log(each, ephemeral=False)
        if plan.action is not Action.KEEP:
            call.log(str(plan))
        self._in_place.pop(call.urn, None)
        if plan.in_place:
            self._in_place[call.urn] = plan
        return Diff(plan, plan.shown_by(call.old_inputs, news))

    def create(self, call: Call, inputs: Properties) -> tuple[str, dict[str, Any]]:
        """Create a cache and wait until it is Ready; return id and outputs."""
        spec = parse(inputs).spec
        lifecycle = self._lifecycle(call, spec)
        # With delete_before_replace the adopted cache is gone by now.
        adopts = spec.adopt and spec.adopt not in self._deleted
        if adopts and (other := self._adopters.setdefault(spec.adopt, call.urn)) != call.urn:
            raise EciError(adopted_twice(spec.adopt, other.rpartition("::")[2]))
        if not adopts and not spec.image_cache_name:  # the adopted cache would have kept its own
            spec = spec.named(name_cache(call.name, b"", "", NamingMode.PROPOSE))
        claim = self._claim(call, inputs)
        if not adopts and call.urn and not is_recoverable(spec, claim):
            call.log(NOT_MARKED if claim.owner else STACK_UNKNOWN, warning=True, ephemeral=False)
        timeout, row = call.timeout or CREATE_TIMEOUT, self._row(call)
        try:
            cache_id, outputs = (
                lifecycle.adopt(spec, timeout, row.report_progress)
                if adopts
                else lifecycle.create(spec, timeout, row.report_progress, claim)
            )
        except IncompleteError as error:
            if not call.can_keep and not adopts:
                raise _give_back(lifecycle, error) from error
            raise
        if call.is_active():
            self._in_state.add(cache_id)
        row.finish(outputs)
        return cache_id, outputs

    def read(self, call: Call, cache_id: str, props: Properties) -> Reading | None:
        """Describe a cache, for a refresh or for a resource that is read by id.

        Returns:
            None if the cache is gone.

        Raises:
            GoneError: The resource is read by id, and there is no such cache.
        """
        self._in_state.add(cache_id)
        old = read_state(props)
        spec = self._located(_known(old, call.inputs).spec)
        timeout = call.timeout or READ_TIMEOUT
        seen = self._lifecycle(call, spec).read(cache_id, timeout, call.log)
        if seen is None and "status" not in props:
            raise GoneError(f"{cache_id} does not exist in {spec.region}")
        if seen is None and (former := self._under_former_login(call, cache_id, old, spec)):
            seen = former.read(cache_id, timeout, call.log)
            call.log(in_another_account(cache_id), warning=True, ephemeral=False)
        if seen is None and spec.on_missing == "ignore" and old.was_ready:
            call.log(evicted(cache_id))
            return Reading(write_state(old.spec, None, status=EVICTED))
        if seen is None:
            return None
        if "status" not in props:  # the engine sent inputs, not state: the resource is read by id
            found = replace(observed_spec(seen), region=spec.region, connection=spec.connection)
            return Reading(write_state(found, seen))
        if seen.failed and seen.status != old.status:
            # No operation waited for the build, so none reported the failure.
            call.log(build_failed(cache_id, seen), warning=True, ephemeral=False)
        inputs = None if call.inputs is None else drifted_inputs(call.inputs, old.spec, seen)
        return Reading(write_state(old.spec, seen), inputs if inputs != call.inputs else None)

    def import_(self, call: Call, cache_id: str) -> tuple[str, Reading]:
        """Describe a cache for `pulumi import`; return its id and the reading.

        Args:
            call: The call.
            cache_id: The id, `imc-…`, or `<region>/imc-…` for another region than the stack's.

        Raises:
            GoneError: There is no such cache.
        """
        region, _, cache_id = cache_id.rpartition("/")
        lifecycle, region = self.find_lifecycle(call, ImageCacheSpec(region=region))
        seen = lifecycle.read(cache_id, call.timeout or READ_TIMEOUT, call.log)
        if seen is None:
            raise GoneError(not_importable(cache_id, region))
        self._in_state.add(cache_id)
        found = imported_spec(seen, region)
        return cache_id, Reading(write_state(found, seen), imported_inputs(found))

    def preview(self, news: Properties, olds: Properties | None = None) -> dict[str, Any]:
        """Predict the outputs of a creation, or of an update of a cache with the outputs *olds*.

        An output that is not known yet is `spec.UNKNOWN`. A preview makes no call.
        """
        spec = parse(news).spec
        keeps = False
        if olds is not None:
            old = _assumed(read_state(olds), None, spec)
            spec = replace(spec.named(old.spec.image_cache_name), adoption=old.spec.adoption)
            keeps = make_plan(old, spec).action in (Action.KEEP, *_BUILDS_NOTHING)
        outputs = write_state(spec, None)
        outputs |= {name: news[name] for name in spec.unknown - SECRET_INPUTS}
        if spec.unknown & SECRET_INPUTS:
            outputs[LOGINS_OUTPUT] = UNKNOWN
        if not spec.image_cache_name:
            outputs["imageCacheName"] = UNKNOWN
        for name in ("status", "snapshotId", "containerGroupId"):
            known = (olds or {}).get(name) if keeps else UNKNOWN
            if known:
                outputs[name] = known
        return outputs

    def update(
        self, call: Call, cache_id: str, olds: Properties, news: Properties
    ) -> dict[str, Any]:
        """Update a cache in place to its new inputs; return the outputs."""
        self._in_state.add(cache_id)
        spec = parse(news).spec
        old = _assumed(read_state(olds), call.old_inputs, spec)
        spec = _as_known(spec, old, call.old_inputs)
        lifecycle, row = self._lifecycle(call, spec), self._row(call)
        timeout = call.timeout or UPDATE_TIMEOUT
        claim = self._claim(call, news)
        plan = make_plan(old, spec.named(old.spec.image_cache_name))
        if plan.in_place:
            row.report_progress(plan.beginning)
        try:
            outputs = lifecycle.update(cache_id, old, spec, timeout, row.report_progress, claim)
        except GoneError as error:
            if self._under_former_login(call, cache_id, old, spec):
                raise EciError(in_another_account(cache_id)) from error
            raise
        row.finish(outputs, builds=plan.action not in _BUILDS_NOTHING)
        return outputs

    def delete(self, call: Call, cache_id: str, props: Properties) -> None:
        """Delete a cache. A cache that is already gone is a success."""
        spec = self._located(_known(read_state(props), call.old_inputs).spec)
        self._deleted.add(cache_id)
        lifecycle, row = self._lifecycle(call, spec), self._row(call)
        timeout = call.timeout or DELETE_TIMEOUT
        claim = self._claim(call, call.old_inputs or {})
        lifecycle.delete(cache_id, spec, timeout, row.report_progress, claim)
        if former := self._under_former_login(call, cache_id, read_state(props), spec):
            former.delete(cache_id, spec, timeout, row.report_progress)
        if row.last and row.last != not_deleted_adopted(cache_id):
            row.finish()

    def _lifecycle(self, call: Call, spec: ImageCacheSpec) -> Lifecycle:
        """Find the lifecycle of a cache, and redact the passwords of state and program there.

        Another process may have sent these passwords to the service.
        """
        lifecycle = self.connections.lifecycle(spec)
        sent = call.inputs or call.old_inputs or {}
        for known in (spec, _parse_some(sent, SECRET_INPUTS)):
            lifecycle.redact(known)
        return lifecycle

    def _under_former_login(
        self, call: Call, cache_id: str, old: State, spec: ImageCacheSpec
    ) -> Lifecycle | None:
        """Return the lifecycle of the login in state, if only that login finds the cache.

        The login of *spec* may belong to another account, because a login does not name its
        account.
        """
        was, now = old.spec.connection, spec.connection
        if (was.profile, was.role_arn) == (now.profile, now.role_arn):
            return None
        former = replace(now, profile=was.profile, role_arn=was.role_arn)
        with suppress(EciError):  # the former login may no longer exist
            lifecycle = self._lifecycle(call, replace(spec, connection=former))
            if lifecycle.read(cache_id, _FORMER_LOGIN, call.log) is not None:
                return lifecycle
        return None

    def find_lifecycle(self, call: Call, spec: ImageCacheSpec) -> tuple[Lifecycle, str]:
        """Return the lifecycle of a cache, and its region; by default the stack's region.

        Raises:
            ConfigurationError: There is no region, or the settings of the connection are not valid.
        """
        spec = self._located(spec)
        return self._lifecycle(call, spec), spec.region

    def _row(self, call: Call) -> Row:
        return Row(call.log, self.connections.clock)

    def _claim(self, call: Call, inputs: Properties) -> Claim:
        stack = self._identify(call.urn, str(inputs.get(ORGANIZATION) or "")) if call.urn else ""
        owner = owner_id(call.urn, self.connections.namespace, stack)
        return Claim(owner, self._in_state, call.is_active)

    def _region(self, inputs: Properties) -> str | None:
        connection = inputs.get("connection")
        own = connection.get("region") if isinstance(connection, Mapping) else None
        return own or self.connections.region

    def _located(self, spec: ImageCacheSpec) -> ImageCacheSpec:
        """Fill in the region if *spec* has none, as for a resource that is read by id."""
        region = spec.region or spec.connection.region or self.connections.region
        if not region:
            raise ConfigurationError(NO_REGION)
        return replace(spec, region=region)


def _known(state: State, inputs: Properties | None) -> State:
    """Return *state* with the silent properties (`Change.SILENT`) of the *inputs*.

    A change of a silent property alone is no change of the cache. The engine then updates the
    inputs in state, and not the outputs.
    """
    if inputs is None:
        return state
    given = _parse_some(inputs, _SILENT)
    return replace(state, spec=with_values_of(state.spec, given, _SILENT))


def _parse_some(inputs: Properties, names: Iterable[str]) -> ImageCacheSpec:
    """Return the spec of the properties *names* alone."""
    return parse({name: inputs[name] for name in names if name in inputs}).spec


def _assumed(old: State, inputs: Properties | None, new: ImageCacheSpec) -> State:
    """Fill in what the service does not show of an imported cache, from the program's inputs.

    The inputs in state come first, then the new spec.
    """
    if not old.spec.unseen:
        return old
    said = {name for name in old.spec.unseen if (inputs or {}).get(name) is not None}
    spec = with_values_of(old.spec, parse(inputs or {}).spec, said)
    return replace(old, spec=with_values_of(spec, new, old.spec.unseen - said))


def _ignored_digests(olds: Properties, inputs: dict[str, Any]) -> Properties:
    """Remove the digests from *inputs* if the engine put them there because of `ignoreChanges`.

    Return what an earlier check kept; nothing if the digests do not come from state.
    """
    if not olds.get(DIGESTS) or inputs.get(DIGESTS) != olds[DIGESTS]:
        return {}
    del inputs[DIGESTS]
    return {name: olds[name] for name in TRACKED if name in olds}


def _as_known(spec: ImageCacheSpec, old: State, inputs: Properties | None) -> ImageCacheSpec:
    """Treat a digest that check() kept from state, without a new answer, as one that did not move.

    After a rebuild that did not finish, the outputs hold its digests, and the inputs the former.
    """
    if not spec.image_digests:
        return spec
    kept = by_identity(parse({DIGESTS: (inputs or {}).get(DIGESTS)}).spec.image_digests)
    before = by_identity(old.spec.image_digests)
    digests = {
        image: before.get(key, digest) if kept.get(key) == digest else digest
        for image, digest in spec.image_digests.items()
        for key in [identity(image)]
    }
    return replace(spec, image_digests=digests)


def _keep_order(inputs: dict[str, Any], olds: Properties) -> None:
    """Put images in the order of the last inputs, so that a diff shows only real changes."""
    before, images = olds.get("images"), inputs.get("images")
    if not isinstance(before, list) or not isinstance(images, list):
        return
    if all(isinstance(image, str) for image in (*before, *images)):
        inputs["images"] = in_order_of(before, images)


def _auto_name(call: Call, olds: Properties | None, news: Properties) -> dict[str, str]:
    """Return the inputs with the auto-name; for an adopted cache only a note that it has none."""
    if (news.get("adopt") and not olds) or (olds or {}).get(AUTO_NAME) == "":
        return {AUTO_NAME: ""}
    kept = (olds or {}).get(AUTO_NAME) or (olds or {}).get("imageCacheName")
    if not isinstance(kept, str) or not kept:
        mode = NamingMode(call.naming_mode)
        kept = name_cache(call.name, call.random_seed, call.proposed_name, mode)
    return {"imageCacheName": kept, AUTO_NAME: kept}


def _give_back(lifecycle: Lifecycle, error: IncompleteError) -> EciError:
    """Delete a cache that state cannot hold: a forgotten cache costs more than a lost build."""
    try:
        lifecycle.delete(error.cache_id, ImageCacheSpec(), DELETE_TIMEOUT, lambda _: None)
    except EciError as failure:
        return EciError(f"{error} It could not be deleted, so delete {error.cache_id}: {failure}")
    return EciError(f"{error} It was deleted again, since this Pulumi SDK cannot keep it.")
