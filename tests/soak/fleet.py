"""A stack whose provider is a process of its own: the engine's rules, over gRPC."""

from __future__ import annotations

from typing import cast

from google.protobuf import json_format
from pulumi.runtime.proto import provider_pb2

from pulumi_eci.operations.connections import Connections
from tests.support.provider_process import (
    PROVIDER_KEY,
    CallFailedError,
    Properties,
    Provider,
    as_dict,
    urn_of,
)
from tests.support.small_engine import Kept, Process, SmallEngine, Step, StepFailedError, same

TIMEOUT = 20.0
"""Seconds that a create, update or delete may take; below that of the gRPC call."""

_DIFFERENT = provider_pb2.DiffResponse.DIFF_SOME
_UNKNOWN = provider_pb2.DiffResponse.DIFF_UNKNOWN


class RemoteProcess(Process):
    """The steps of `Process`, done by the provider's own process."""

    def __init__(self, provider: Provider) -> None:
        self._remote = provider

    def check(
        self, name: str, old: Properties | None, new: Properties, seed: bytes = b"seed"
    ) -> Properties:
        """See `Process.check`."""
        reply = self._remote.check(new, old, name=name, seed=seed)
        if reply.failures:
            raise StepFailedError("; ".join(failure.reason for failure in reply.failures))
        return as_dict(reply.inputs)

    def diff(self, name: str, old: Kept, new: Properties) -> Step:
        """See `Process.diff`."""
        reply = self._remote.diff(old.id, old.outputs, new, old_inputs=old.inputs, urn=urn_of(name))
        changes = reply.changes == _DIFFERENT
        if reply.changes == _UNKNOWN:
            changes = not same(old.inputs, new)
        if changes and reply.replaces:
            return Step.REPLACE
        return Step.UPDATE if changes or old.unfinished else Step.SAME

    def create(self, name: str, inputs: Properties) -> Kept:
        """See `Process.create`."""
        try:
            cache_id, outputs = self._remote.create(inputs, urn=urn_of(name), timeout=TIMEOUT)
        except CallFailedError as error:
            raise _failed(error) from None
        return Kept(cache_id, inputs, outputs)

    def update(self, name: str, old: Kept, inputs: Properties) -> Kept:
        """See `Process.update`."""
        try:
            outputs = self._remote.update(
                old.id, old.outputs, inputs, urn=urn_of(name), timeout=TIMEOUT
            )
        except CallFailedError as error:
            raise _failed(error) from None
        return Kept(old.id, inputs, outputs)

    def read(self, name: str, old: Kept) -> Kept | None:
        """See `Process.read`."""
        try:
            reply = self._remote.refresh(old.id, old.outputs, old.inputs, urn=urn_of(name))
        except CallFailedError as error:
            raise _failed(error) from None
        if not reply.id:
            return None
        found = as_dict(reply.inputs) if reply.HasField("inputs") else old.inputs
        return Kept(reply.id, found, as_dict(reply.properties))

    def delete(self, name: str, old: Kept) -> None:
        """See `Process.delete`."""
        try:
            self._remote.delete(old.id, old.outputs, urn=urn_of(name), timeout=TIMEOUT)
        except CallFailedError as error:
            raise _failed(error) from None


class Fleet(SmallEngine):
    """The stack; its methods may run at the same time for different resources."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(cast("Connections", None))  # they are in the process
        self._process = RemoteProcess(provider)

    def apply(self, name: str, wanted: Properties | None) -> None:
        """Make one cache as *wanted*, or see that there is none.

        Raises:
            StepFailedError: It did not work; the state is what the engine would keep.
        """
        if wanted is not None:
            self._apply(self._process, name, wanted)
        for doomed in [each for each in self.condemned if each[0] == name]:
            self._process.delete(*doomed)
            self.condemned.remove(doomed)
        if wanted is None and name in self.state:
            self._process.delete(name, self.state[name])
            del self.state[name]

    def refresh_one(self, name: str) -> None:
        """Look at one cache.

        Raises:
            StepFailedError: It could not be seen.
        """
        if name not in self.state:
            return
        found = self._process.read(name, self.state[name])
        if found is None:
            del self.state[name]
        else:
            self.state[name] = found

    def step(self, name: str, wanted: Properties) -> Step:
        """Say what `apply` would do."""
        return self._step(self._process, name, self._checked(self._process, name, wanted))


def _failed(error: CallFailedError) -> StepFailedError:
    if error.partial is None:
        return StepFailedError(error.message)
    outputs = json_format.MessageToDict(error.partial.properties)
    outputs.pop(PROVIDER_KEY)
    return StepFailedError(error.message, (error.partial.id, outputs))
