"""Two accounts of a local ECI API in process, a stack in them, and faults of the calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from eci_emulator.clock import ManualClock
from eci_emulator.core import Emulator
from eci_emulator.settings import Settings
from eci_emulator.switches import Switches
from pulumi_eci.api.connection import Connection
from pulumi_eci.api.errors import ApiError, TransportError
from pulumi_eci.model.request import Parameters
from pulumi_eci.operations.connections import Connections
from tests.support.memory import REGION, ManualTime, MemoryGateway
from tests.support.small_engine import SmallEngine

ACCOUNT, OTHER_ACCOUNT = "1234567890123456", "6543210987654321"
ROLES = (f"acs:ram::{ACCOUNT}:role/one", f"acs:ram::{ACCOUNT}:role/two")
OTHER_ROLE = f"acs:ram::{OTHER_ACCOUNT}:role/three"
"""A role of another account than the one that the stack's credentials belong to."""

Hook = Callable[[], None]


class Cloud:
    """The service and a stack.

    Attributes:
        engine: The stack.
        time: The provider's clock, which also advances the clock of the service.
        hooks: Functions by operation; each runs before one of the next requests.
        write_faults: One for each of the next writes: "" for none, or a kind of fault.
        read_faults: The same for describe calls.
        settles: Whether the retry after a lost reply arrives, so that its token has an effect.
    """

    def __init__(self, switches: Mapping[str, str] | None = None, **settings: Any) -> None:  # noqa: ANN401 - fields of Settings
        behaviour = Switches().with_values(dict(switches or {}))
        clock = ManualClock()
        self.accounts = {
            account: Emulator(Settings(**settings, switches=behaviour), clock)
            for account in (ACCOUNT, OTHER_ACCOUNT)
        }
        self.time = ManualTime(clock)
        self.hooks: dict[str, list[Hook]] = {}
        self.write_faults: deque[str] = deque()
        self.read_faults: deque[str] = deque()
        self.settles = True
        environ = {"ALIBABA_CLOUD_REGION_ID": REGION}
        self.engine = SmallEngine(Connections(lambda _: None, environ, self.time, self.gateway))

    def gateway(self, connection: Connection) -> MemoryGateway:
        """Return the gateway to the account and region of a connection."""
        roles = [role.arn for role in connection.credentials.roles]
        account = OTHER_ACCOUNT if roles == [OTHER_ROLE] else ACCOUNT
        return _Gateway(self, self.accounts[account], connection.region)

    def caches(self) -> list[dict[str, Any]]:
        """Return all caches of all accounts in full."""
        return [cache for emulator in self.accounts.values() for cache in emulator.caches()]

    def cache(self, cache_id: str) -> dict[str, Any]:
        """Return one cache in full."""
        return next(cache for cache in self.caches() if cache["id"] == cache_id)

    def edit(self, cache_id: str, **changes: Any) -> None:  # noqa: ANN401 - fields of Cache
        """Change a cache without the stack."""
        self._holder(cache_id).edit(cache_id, changes)

    def remove(self, cache_id: str) -> None:
        """Remove a cache without the stack, if it still exists."""
        for emulator in self.accounts.values():
            emulator.remove(cache_id)

    def describe(self, cache_id: str) -> Any:  # noqa: ANN401 - an observation, or None
        """Return what DescribeImageCaches shows of a cache."""
        emulator = self._holder(cache_id)
        return MemoryGateway(emulator, self.cache(cache_id)["region"]).describe(cache_id)

    def forget_requests(self) -> None:
        """Empty the journals."""
        for emulator in self.accounts.values():
            emulator.journal.clear()

    def sent(self, operation: str) -> list[dict[str, str]]:
        """Return the parameters of all requests for an operation since the journals were empty."""
        return [
            entry["params"]
            for emulator in self.accounts.values()
            for entry in emulator.journal.entries()
            if entry["action"] == operation
        ]

    def writes(self) -> list[str]:
        """Return the operations since the journals were empty, without describe calls."""
        return [
            entry["action"]
            for emulator in self.accounts.values()
            for entry in emulator.journal.entries()
            if entry["action"] != "DescribeImageCaches"
        ]

    def configure(self, **changes: Any) -> None:  # noqa: ANN401 - fields of Settings
        """Change settings of all accounts."""
        for emulator in self.accounts.values():
            emulator.configure(**changes)

    def close(self) -> None:
        """Release everything."""
        for emulator in self.accounts.values():
            emulator.close()

    def _holder(self, cache_id: str) -> Emulator:
        return next(
            emulator
            for emulator in self.accounts.values()
            if any(cache["id"] == cache_id for cache in emulator.caches())
        )


class _Gateway(MemoryGateway):
    """A gateway that runs the hooks and applies the faults of its cloud."""

    def __init__(self, cloud: Cloud, emulator: Emulator, region: str) -> None:
        super().__init__(emulator, region)
        self._cloud = cloud

    def call(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        """Run an operation, unless a fault prevents it."""
        if self._cloud.hooks.get(operation):
            self._cloud.hooks[operation].pop(0)()
        reads = operation == "DescribeImageCaches"
        faults = self._cloud.read_faults if reads else self._cloud.write_faults
        fault = faults.popleft() if faults else ""
        if fault == "unreachable":
            raise TransportError(operation, "host", "the connection was refused")
        if fault == "throttled":
            raise ApiError(operation, "Throttling.User", "slow down", "R", 400)
        if fault == "forbidden":
            raise ApiError(operation, "Forbidden.RAM", "no", "R", 403)
        reply = super().call(operation, parameters)
        if fault == "reply lost":
            if self._cloud.settles:
                faults.appendleft("")
            raise TransportError(operation, "host", "it did not answer in time")
        return reply
