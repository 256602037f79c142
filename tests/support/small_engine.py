"""The operations of Pulumi's engine on the provider, in process.

For each resource the engine calls `check`, `diff` and then `create`, `update` or `delete`; for a
refresh it calls `read`. This module calls the real provider class, with the requests that the
provider finds on the stack, and changes the state by the engine's rules. There is no gRPC and no
process, so thousands of commands take seconds.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from pulumi_eci.core import ImageCaches
from pulumi_eci.dynamic.host import replace_unknowns
from pulumi_eci.engine import PROVIDER_KEY
from pulumi_eci.operations.connections import Connections
from pulumi_eci.provider import ImageCacheProvider

Properties = dict[str, Any]
Program = Mapping[str, Properties]
"""The inputs of each resource, by its name."""

T = TypeVar("T")

_URN = "urn:pulumi:dev::caches::pulumi-python:dynamic/pulumi_eci:ImageCache::"
_PICKLED = "cHJvdmlkZXI="


class Step(Enum):
    """The operation of a command on a resource."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"


@dataclass
class Kept:
    """A resource in state; *unfinished* means that the resource has initialization errors."""

    id: str
    inputs: Properties
    outputs: Properties
    unfinished: bool = False


class StepFailedError(Exception):
    """An operation failed with a message; *partial* is the partial result to keep in state."""

    def __init__(self, message: str, partial: tuple[str, Properties] | None = None) -> None:
        self.partial = partial
        super().__init__(message)


class Process:
    """A provider process for one command."""

    def __init__(self, connections: Connections) -> None:
        self._provider = ImageCacheProvider()
        self._provider._caches = ImageCaches(connections, lambda *_: "this stack")

    def check(
        self, name: str, old: Properties | None, new: Properties, seed: bytes = b"seed"
    ) -> Properties:
        """Check the inputs of a resource."""
        request = provider_pb2.CheckRequest(urn=_URN + name, name=name, randomSeed=seed)
        # As in the engine, the check of a replacement has no old inputs, not even the provider.
        olds = _bag(old) if old else {}
        result = _serve(request, lambda: self._provider.check(olds, _bag(new)))
        if result.failures:
            raise StepFailedError("; ".join(failure.reason for failure in result.failures))
        return {key: value for key, value in result.inputs.items() if key != PROVIDER_KEY}

    def diff(self, name: str, old: Kept, new: Properties) -> Step:
        """Plan a resource that is in state, from its checked inputs."""
        request = provider_pb2.DiffRequest(urn=_URN + name, old_inputs=_struct(old.inputs))
        result = _serve(request, lambda: self._provider.diff(old.id, _bag(old.outputs), _bag(new)))
        changes = result.changes
        if changes is None:  # DIFF_UNKNOWN: the engine compares the inputs itself
            changes = not same(old.inputs, new)
        if changes and result.replaces:
            return Step.REPLACE
        return Step.UPDATE if changes or old.unfinished else Step.SAME

    def create(self, name: str, inputs: Properties) -> Kept:
        """Create a resource."""
        request = provider_pb2.CreateRequest(urn=_URN + name)
        result = _serve(request, lambda: self._provider.create(_bag(inputs)))
        return Kept(result.id, inputs, as_engine_has(result.outs or {}))

    def update(self, name: str, old: Kept, inputs: Properties) -> Kept:
        """Update a resource in place."""
        request = provider_pb2.UpdateRequest(urn=_URN + name)
        result = _serve(
            request, lambda: self._provider.update(old.id, _bag(old.outputs), _bag(inputs))
        )
        return Kept(old.id, inputs, as_engine_has(result.outs or {}))

    def read(self, name: str, old: Kept) -> Kept | None:
        """Refresh a resource; return None if the resource is gone."""
        request = provider_pb2.ReadRequest(urn=_URN + name, inputs=_struct(old.inputs))
        result = _serve(request, lambda: self._provider.read(old.id, _bag(old.outputs)))
        if not result.id:
            return None
        inputs = old.inputs if result.inputs is None else result.inputs
        return Kept(result.id, as_engine_has(inputs), as_engine_has(result.outs or {}))

    def delete(self, name: str, old: Kept) -> None:
        """Delete a resource."""
        request = provider_pb2.DeleteRequest(urn=_URN + name, old_inputs=_struct(old.inputs))
        _serve(request, lambda: self._provider.delete(old.id, _bag(old.outputs)))


@dataclass
class SmallEngine:
    """A stack.

    Attributes:
        connections: The connections of the provider.
        state: The resources, by name.
        condemned: Replaced caches that are not deleted yet.
    """

    connections: Connections
    state: dict[str, Kept] = field(default_factory=dict)
    condemned: list[tuple[str, Kept]] = field(default_factory=list)
    _seeds: itertools.count[int] = field(default_factory=itertools.count)

    def check(self, name: str, wanted: Properties) -> Properties:
        """Return the inputs of a resource as the engine keeps them."""
        return self._checked(Process(self.connections), name, wanted)

    def preview(self, program: Program) -> dict[str, Step]:
        """Return the operation of `up` on each resource of the program."""
        process = Process(self.connections)
        return {
            name: self._step(process, name, self._checked(process, name, wanted))
            for name, wanted in program.items()
        }

    def up(self, program: Program, *, at_once: int = 1) -> None:
        """Apply the program. The first failure ends the command, as in the engine.

        Raises:
            StepFailedError: An operation failed; the state is what the engine would keep.
        """
        with self._command() as process:
            if at_once > 1:
                with ThreadPoolExecutor(at_once) as pool:
                    list(pool.map(lambda item: self._apply(process, *item), program.items()))
            else:
                for name, wanted in program.items():
                    self._apply(process, name, wanted)
            for doomed in list(self.condemned):
                process.delete(*doomed)
                self.condemned.remove(doomed)
            for name in [name for name in self.state if name not in program]:
                process.delete(name, self.state[name])
                del self.state[name]

    @contextmanager
    def _command(self) -> Iterator[Process]:
        """Start a provider process and end it as the engine does, unless the process was killed."""
        try:
            yield Process(self.connections)
        except Exception:
            self.connections.untag_finished()
            raise
        self.connections.untag_finished()

    def refresh(self) -> None:
        """Refresh the state."""
        process = Process(self.connections)
        for name, old in list(self.state.items()):
            found = process.read(name, old)
            if found is None:
                del self.state[name]
            else:
                self.state[name] = found

    def _checked(self, process: Process, name: str, wanted: Properties) -> Properties:
        old = self.state.get(name)
        olds = old.inputs if old else None
        return process.check(name, olds, as_engine_has(wanted), self._seed())

    def _step(self, process: Process, name: str, inputs: Properties) -> Step:
        old = self.state.get(name)
        return process.diff(name, old, inputs) if old else Step.CREATE

    def _apply(self, process: Process, name: str, wanted: Properties) -> None:
        inputs = self._checked(process, name, wanted)
        step, old = self._step(process, name, inputs), self.state.get(name)
        if old is None:
            self._keep(name, inputs, lambda: process.create(name, inputs))
        elif step is Step.REPLACE:
            anew = process.check(name, None, as_engine_has(wanted), self._seed())
            try:
                self._keep(name, anew, lambda: process.create(name, anew))
            finally:
                if self.state[name] is not old:
                    self.condemned.append((name, old))
        elif step is Step.UPDATE:
            self._keep(name, inputs, lambda: process.update(name, old, inputs))
        else:
            old.inputs = inputs

    def _keep(self, name: str, inputs: Properties, step: Callable[[], Kept]) -> None:
        try:
            self.state[name] = step()
        except StepFailedError as error:
            if error.partial:
                cache_id, outputs = error.partial
                self.state[name] = Kept(cache_id, inputs, outputs, unfinished=True)
            raise

    def _seed(self) -> bytes:
        return str(next(self._seeds)).encode()


def as_engine_has(properties: Mapping[str, Any]) -> Properties:
    """Copy properties as the engine passes them: every number is a float."""
    return {key: _with_floats(value) for key, value in properties.items()}


def same(one: object, other: object) -> bool:
    """Compare properties as JSON has them: true and 1 differ."""
    return json.dumps(replace_unknowns(one), sort_keys=True) == json.dumps(
        replace_unknowns(other), sort_keys=True
    )


def _with_floats(value: Any) -> Any:  # noqa: ANN401 - any property value
    if isinstance(value, Mapping):
        return as_engine_has(value)
    if isinstance(value, list | tuple):
        return [_with_floats(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _bag(properties: Properties) -> Properties:
    return {**deepcopy(properties), PROVIDER_KEY: _PICKLED}


def _struct(properties: Properties) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(_bag(properties))
    return struct


class _Context:
    """The part of gRPC's context that the provider uses."""

    def __init__(self) -> None:
        self.trailer: tuple[tuple[str, bytes], ...] = ()

    def set_trailing_metadata(self, trailer: tuple[tuple[str, bytes], ...]) -> None:
        """Ignore the trailer."""
        self.trailer = trailer

    def is_active(self) -> bool:
        """Return that the client still waits for the answer."""
        return True


def _serve(request: Any, call: Callable[[], T]) -> T:  # noqa: ANN401 - any of the requests
    """Make a call in a frame in which the provider finds *request* and *context*."""
    context = _Context()
    assert request.urn
    try:
        return call()
    except RuntimeError as error:
        if not context.trailer:
            raise
        failure = _read_failure(context, str(error))
    raise failure


def _read_failure(context: _Context, message: str) -> StepFailedError:
    status = status_pb2.Status.FromString(context.trailer[0][1])
    kept = provider_pb2.ErrorResourceInitFailed()
    if not any(detail.Unpack(kept) for detail in status.details):
        return StepFailedError(message)
    outputs = json_format.MessageToDict(kept.properties)
    outputs.pop(PROVIDER_KEY)
    return StepFailedError(message, (kept.id, outputs))
