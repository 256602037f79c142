"""A lifecycle with a local ECI API in process, whose calls a test can make fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from eci_emulator.core import Emulator
from pulumi_eci.api.errors import ApiError, IncompleteError, TransportError
from pulumi_eci.model.plan import Action, make_plan
from pulumi_eci.model.request import Parameters
from pulumi_eci.model.spec import ImageCacheSpec
from pulumi_eci.model.state import Observation, read_state
from pulumi_eci.operations.lifecycle import Lifecycle
from pulumi_eci.operations.pending import NO_CLAIM, Claim
from tests.support.memory import MemoryGateway, make_client

SPEC = ImageCacheSpec(
    region="cn-hangzhou",
    images=("nginx", "redis"),
    image_cache_name="web",
    elimination_strategy="LRU",
    retention_days=7,
    tags={"team": "web"},
)
LONG = 3600.0


class Gateway(MemoryGateway):
    """A gateway whose calls can fail. Each call takes the next functions of its operation."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(emulator)
        self.before: dict[str, list[Callable[[], None]]] = {}
        self.after: dict[str, list[Callable[[], None]]] = {}

    def call(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        """Run an operation between its functions."""
        self._run_next(self.before, operation)
        reply = super().call(operation, parameters)
        self._run_next(self.after, operation)
        return reply

    def _run_next(self, hooks: Mapping[str, list[Callable[[], None]]], operation: str) -> None:
        if hooks.get(operation):
            hooks[operation].pop(0)()

    def refuse(self, operation: str, *codes: str) -> None:
        """Answer the next calls of *operation* with *codes*."""
        self.before[operation] = [
            _raiser(ApiError(operation, code, "no", "R", 400)) for code in codes
        ]

    def lose_replies(self, operation: str, count: int = 1) -> None:
        """Lose the replies of the next calls of *operation*, after their effect."""
        lost = _raiser(TransportError(operation, "host", "it did not answer in time"))
        self.after[operation] = [lost] * count


def _raiser(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


@dataclass
class Cloud:
    """A lifecycle on a new emulator."""

    emulator: Emulator
    reported: list[str] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Create gateway and lifecycle."""
        self.gateway = Gateway(self.emulator)
        self.client = make_client(self.gateway)
        self.time = self.client.clock
        self.lifecycle = Lifecycle(self.client)

    def create(
        self, spec: ImageCacheSpec = SPEC, timeout: float = LONG, claim: Claim = NO_CLAIM
    ) -> str:
        """Create a cache; its outputs are in `outputs`."""
        cache_id, self.outputs = self.lifecycle.create(spec, timeout, self.reported.append, claim)
        return cache_id

    def update(self, cache_id: str, spec: ImageCacheSpec, timeout: float = LONG) -> dict[str, Any]:
        """Update a cache, with the outputs of the last operation as old outputs."""
        old = read_state(self.outputs)
        try:
            self.outputs = self.lifecycle.update(cache_id, old, spec, timeout, self.reported.append)
        except IncompleteError as error:
            self.outputs = error.outputs
            raise
        return self.outputs

    def read(self, cache_id: str) -> Observation | None:
        """Read a cache, as a refresh does."""
        return self.lifecycle.read(cache_id, LONG, self.reported.append)

    def delete(self, cache_id: str, timeout: float = LONG) -> None:
        """Delete a cache."""
        spec = read_state(self.outputs).spec if self.outputs else SPEC
        self.lifecycle.delete(cache_id, spec, timeout, self.reported.append)

    def shown(self, cache_id: str) -> dict[str, Any]:
        """Return all fields of a cache in the emulator."""
        return next(cache for cache in self.emulator.caches() if cache["id"] == cache_id)

    def edit(self, **changes: Any) -> None:  # noqa: ANN401 - fields of Cache
        """Edit the first cache without the provider."""
        self.emulator.edit(self.emulator.caches()[0]["id"], changes)

    def sent(self, operation: str) -> list[dict[str, str]]:
        """Return the parameters of all requests for an operation."""
        return self.gateway.sent(operation)

    def plan(self, spec: ImageCacheSpec) -> Action:
        """Return the action of the next `up`."""
        return make_plan(read_state(self.outputs), spec).action
