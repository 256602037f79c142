"""The dynamic `ResourceProvider`: a few lines a method, between the host and the lifecycle.

Module path and class name are in every user's state, where the provider is pickled by reference:
neither may ever change, and the class must pickle without attributes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from pulumi_eci.api.connection import endpoint_problems
from pulumi_eci.api.errors import ConfigurationError, EciError, GoneError, IncompleteError
from pulumi_eci.dynamic.host import (
    Call,
    Severity,
    current_call,
    follow_engine,
    plain,
    raise_workers,
    reported,
    say,
)
from pulumi_eci.model.decode import Problem
from pulumi_eci.model.fields import FIELDS, MAX_TAGS, Change, snake_case
from pulumi_eci.model.naming import NamingMode, name_cache, name_owner
from pulumi_eci.model.parse import NO_REGION, parse
from pulumi_eci.model.plan import Action, make_plan
from pulumi_eci.model.spec import ImageCacheSpec
from pulumi_eci.model.state import (
    EVICTED,
    State,
    drifted_inputs,
    observed_spec,
    read_state,
    write_state,
)
from pulumi_eci.operations.clock import SystemClock
from pulumi_eci.operations.lifecycle import Lifecycle
from pulumi_eci.operations.messages import (
    UNPROTECTED,
    Row,
    adopted_twice,
    build_failed,
    evicted,
    taken_over,
)
from pulumi_eci.operations.pending import Claim
from pulumi_eci.operations.services import Services

CREATE_TIMEOUT = 60 * 60.0  # seconds; custom_timeouts change them
UPDATE_TIMEOUT = 60 * 60.0
DELETE_TIMEOUT = 20 * 60.0

AUTO_NAME = "__autoname"
"""The made-up name, kept among the inputs: a refresh puts a drifted name into `imageCacheName`, and
the next check must know the one to go back to. Empty for an adopted cache that keeps the name that
it has. The engine hides keys that begin with `__`."""

_SILENT = tuple(row.name for row in FIELDS if row.change is Change.SILENT)


@dataclass(frozen=True)
class Memory:
    """What all calls of a process share. Each change is one step of Python, so none needs a lock.

    Attributes:
        services: The lifecycles.
        existing: URNs that state has a cache for, as far as this process was told.
        in_state: Ids that state has, as far as this process was told.
        deleted: Ids that this process was told to delete.
        adopters: Which URN adopts an id in this process.
    """

    services: Services
    existing: set[str] = field(default_factory=set)
    in_state: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    adopters: dict[str, str] = field(default_factory=dict)


class ImageCacheProvider(ResourceProvider):
    """Checks, diffs and changes image caches on behalf of the engine."""

    serialize_as_secret_always = False  # it holds nothing, so it need not be a secret

    _memory: Memory

    @reported
    def configure(self, req: ConfigureRequest) -> None:
        """Take the stack's configuration; called once for each instance in a process.

        The host makes an instance for each pickle, and state may have two: Python 3.14 writes
        another than 3.13 did. One must know what the other does, so the memory is the class's.
        """
        if not hasattr(self, "_memory"):
            ImageCacheProvider._memory = Memory(Services(req.config.get, os.environ, SystemClock()))
            follow_engine(self._memory.services.release)
        raise_workers()

    @reported
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Fill in region and name, and report every problem of the inputs."""
        call, problems = current_call(), list[Problem]()
        inputs = {name: value for name, value in news.items() if value is not None}
        if not inputs.get("region") and (region := self._region(inputs)):
            inputs["region"] = region
        if _olds:
            self._memory.existing.add(call.urn)
        elif call.urn in self._memory.existing:
            # The second check of a replacement: the API cannot change the adopted cache like that.
            inputs.pop("adopt", None)
        if not inputs.get("imageCacheName"):
            try:
                inputs |= _made_up_name(call, _olds, inputs)
            except ValueError as error:
                problems.append(Problem("imageCacheName", str(error)))
        parsed = parse(plain(inputs))
        problems.extend((*parsed.problems, *endpoint_problems(parsed.spec.connection)))
        found = [f"{problem.path}: {problem.reason}" for problem in problems]
        found += self._memory.services.problems(parsed.spec)
        # The engine prints the value of a property that a failure names, secret or not; so the path
        # is in the reason.
        return CheckResult(inputs, [CheckFailure("", reason) for reason in found])

    @reported
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Plan the change, and say on the resource's row what it means."""
        self._memory.in_state.add(_id)
        call, news = current_call(), plain(_news)
        old = _known(_olds, call.old_inputs)
        plan = make_plan(old, parse(news).spec.named(old.spec.image_cache_name))
        if plan.action is not Action.KEEP:
            say(call.urn, str(plan))
        changes: bool | None = plan.action is not Action.KEEP
        if plan.in_place and plan.shown_by(call.old_inputs, news):
            changes = None  # "see for yourself": the host cannot pass on which properties changed,
            # and without that the engine does not honour replace_on_changes
        return DiffResult(changes, replaces=plan.replaces, delete_before_replace=False)

    @reported
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create a cache and wait until it is Ready."""
        call, spec = current_call(), parse(props).spec
        lifecycle = self._lifecycle(call, spec)
        # With delete_before_replace the adopted cache is gone by now.
        adopts = spec.adopt and spec.adopt not in self._memory.deleted
        if adopts and (other := self._memory.adopters.setdefault(spec.adopt, call.urn)) != call.urn:
            raise EciError(adopted_twice(spec.adopt, other.rpartition("::")[2]))
        if not adopts and not spec.image_cache_name:  # the adopted cache would have kept its own
            spec = spec.named(_new_name(call))
        if not adopts and len(spec.tags) >= MAX_TAGS:
            say(call.urn, UNPROTECTED, Severity.WARNING, ephemeral=False)
        timeout, row = call.timeout or CREATE_TIMEOUT, self._row(call)
        try:
            cache_id, outputs = (
                lifecycle.adopt(spec, timeout, row.tell)
                if adopts
                else lifecycle.create(spec, timeout, row.tell, self._claim(call))
            )
        except IncompleteError as error:
            if not call.can_keep and not adopts:
                raise _give_back(lifecycle, error) from error
            raise
        if call.is_heard():
            self._memory.in_state.add(cache_id)
        row.finish(outputs)
        return CreateResult(cache_id, outputs)

    @reported
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Look at a cache: for a refresh, or to take an existing one into the program by id."""
        call = current_call()
        self._memory.in_state.add(id_)
        old = read_state(props)
        spec = self._located(_known(props, call.inputs).spec)
        seen = self._lifecycle(call, spec).read(id_)
        if seen is None and "status" not in props:
            raise GoneError(f"{id_} does not exist in {spec.region}")
        if seen is None and spec.on_missing == "ignore":
            say(call.urn, evicted(id_))
            return ReadResult(id_, write_state(old.spec, None, status=EVICTED), call.inputs)
        if seen is None:
            return ReadResult("", {})
        if "status" not in props:  # the engine sent inputs, not state: the resource is read by id
            found = replace(observed_spec(seen), region=spec.region, connection=spec.connection)
            return ReadResult(id_, write_state(found, seen))
        if seen.failed and seen.status != old.status:
            # Nobody waited for it, and so nobody was told.
            say(call.urn, build_failed(id_, seen), Severity.WARNING, ephemeral=False)
        inputs = None if call.inputs is None else drifted_inputs(call.inputs, old.spec, seen)
        return ReadResult(id_, write_state(old.spec, seen), inputs)

    @reported
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Bring a cache to its new inputs, in place."""
        self._memory.in_state.add(_id)
        call, spec = current_call(), parse(_news).spec
        lifecycle, row = self._lifecycle(call, spec), self._row(call)
        timeout = call.timeout or UPDATE_TIMEOUT
        outputs = lifecycle.update(_id, read_state(_olds), spec, timeout, row.tell)
        row.finish(outputs)
        return UpdateResult(outputs)

    @reported
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete a cache; one that is gone is a success."""
        call = current_call()
        spec = self._located(_known(_props, call.old_inputs).spec)
        self._memory.deleted.add(_id)
        lifecycle, row = self._lifecycle(call, spec), self._row(call)
        timeout = call.timeout or DELETE_TIMEOUT
        lifecycle.delete(_id, spec, timeout, row.tell, self._claim(call))
        if row.last and row.last != taken_over(_id):
            row.finish()

    def _lifecycle(self, call: Call, spec: ImageCacheSpec) -> Lifecycle:
        """Find the lifecycle of a cache, and let it hide what passwords state and program have: who
        sent them may have been another process.
        """
        lifecycle = self._memory.services.lifecycle(spec)
        for known in (spec, parse(call.inputs or call.old_inputs or {}).spec):
            lifecycle.hide(known)
        return lifecycle

    def _row(self, call: Call) -> Row:
        return Row(lambda text: say(call.urn, text), self._memory.services.clock)

    def _claim(self, call: Call) -> Claim:
        owner = name_owner(call.urn, self._memory.services.namespace)
        return Claim(owner, self._memory.in_state, call.is_heard)

    def _region(self, inputs: dict[str, Any]) -> str | None:
        connection = inputs.get("connection")
        own = connection.get("region") if isinstance(connection, dict) else None
        return own or self._memory.services.region

    def _located(self, spec: ImageCacheSpec) -> ImageCacheSpec:
        """Fill in the region of a resource that is read by id and names none."""
        region = spec.region or spec.connection.region or self._memory.services.region
        if not region:
            raise ConfigurationError(NO_REGION)
        return replace(spec, region=region)


def _known(outputs: dict[str, Any], inputs: dict[str, Any] | None) -> State:
    """Read state; how to work with the cache is in the inputs, which the engine keeps up to date.

    A change of such an argument alone is no change of the cache, so the outputs do not follow it.
    """
    state = read_state(outputs)
    if inputs is None:
        return state
    given = parse({name: inputs[name] for name in _SILENT if name in inputs}).spec
    taken = {name: getattr(given, name) for name in map(snake_case, _SILENT)}
    return replace(state, spec=replace(state.spec, **taken))


def _new_name(call: Call) -> str:
    try:
        return name_cache(call.name, b"", "", NamingMode.PROPOSE)
    except ValueError as error:
        raise EciError(f"imageCacheName: {error}") from error


def _made_up_name(call: Call, olds: dict[str, Any] | None, news: dict[str, Any]) -> dict[str, str]:
    """Return the inputs that name a cache whose program does not: none but a note if adopted."""
    if (news.get("adopt") and not olds) or (olds or {}).get(AUTO_NAME) == "":
        return {AUTO_NAME: ""}
    kept = (olds or {}).get(AUTO_NAME) or (olds or {}).get("imageCacheName")
    if not isinstance(kept, str) or not kept:
        mode = NamingMode(call.naming_mode)
        kept = name_cache(call.name, call.random_seed, call.proposed_name, mode)
    return {"imageCacheName": kept, AUTO_NAME: kept}


def _give_back(lifecycle: Lifecycle, error: IncompleteError) -> EciError:
    """Delete a cache that state cannot hold: lost money is worse than a lost build."""
    try:
        lifecycle.delete(error.cache_id, ImageCacheSpec(), DELETE_TIMEOUT, lambda _: None)
    except EciError as failure:
        return EciError(f"{error} It could not be deleted, so delete {error.cache_id}: {failure}")
    return EciError(f"{error} It was deleted again, since this Pulumi SDK cannot keep it.")
