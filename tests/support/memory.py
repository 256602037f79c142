"""The local ECI API in process as a `Gateway`, and a clock that needs no real time.

There is no HTTP, no SDK and no signature, so these tests cover the provider above the gateway.
`MemoryGateway` sends the parameters of the SDK (flat strings, numbered from 1), so the API refuses
the same requests as over the network.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eci_emulator.clock import Clock, ManualClock
from eci_emulator.core import Emulator
from eci_emulator.errors import ApiError as Refusal
from eci_emulator.settings import Settings
from eci_emulator.switches import Switches
from pulumi_eci.api.errors import ApiError
from pulumi_eci.api.gateway import Page, none_if_gone, observe
from pulumi_eci.model.request import Parameters, list_parameters, wire_tags
from pulumi_eci.model.state import Observation
from pulumi_eci.operations.attempt import Client
from pulumi_eci.operations.budget import Budget
from pulumi_eci.operations.clock import Clock as ProviderClock
from pulumi_eci.operations.waiter import PollInterval, Waiter

REGION = "cn-hangzhou"


class ManualTime:
    """A clock that moves only by sleeps and waits, and advances *others* too."""

    def __init__(self, *others: Clock) -> None:
        self._now = 0.0
        self._others = others
        self._lock = threading.Lock()

    def now(self) -> float:
        """Return the seconds since the clock was made."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move the time forward at once."""
        with self._lock:
            self._now += seconds
            for clock in self._others:
                clock.advance(seconds)

    def wait(self, condition: threading.Condition, seconds: float) -> None:
        """Move the time forward at once, as if nothing notified the held *condition*."""
        del condition
        self.sleep(seconds)


class MemoryGateway:
    """`pulumi_eci.api.gateway.Gateway` over an emulator in process.

    To inject faults, a test overrides `call`, through which every operation goes.
    """

    def __init__(self, emulator: Emulator, region: str = REGION) -> None:
        self.emulator = emulator
        self.region = region

    def call(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        """Run an operation, with parameters by wire name."""
        try:
            return self.emulator.call(operation, flatten({"RegionId": self.region, **parameters}))
        except Refusal as error:
            refusal = ApiError(operation, error.code, error.message, error.request_id, error.status)
        raise refusal

    def sent(self, operation: str) -> list[dict[str, str]]:
        """Return the flat parameters of all requests for an operation, in order."""
        entries = self.emulator.journal.entries()
        return [entry["params"] for entry in entries if entry["action"] == operation]

    def create(self, parameters: Parameters, client_token: str) -> str:
        """See `Gateway.create`."""
        reply = self.call("CreateImageCache", {**parameters, "ClientToken": client_token})
        return str(reply["ImageCacheId"])

    def update(self, cache_id: str, parameters: Parameters, client_token: str) -> None:
        """See `Gateway.update`."""
        identity = {"ImageCacheId": cache_id, "ClientToken": client_token}
        self.call("UpdateImageCache", {**parameters, **identity})

    def describe(self, cache_id: str) -> Observation | None:
        """See `Gateway.describe`."""
        return none_if_gone(lambda: self._find(cache_id))

    def list_page(self, next_token: str = "", tag_key: str = "") -> Page:
        """See `Gateway.list_page`."""
        return self._describe(list_parameters(next_token, tag_key))

    def delete(self, cache_id: str, client_token: str) -> None:
        """See `Gateway.delete`."""
        self.call("DeleteImageCache", {"ImageCacheId": cache_id, "ClientToken": client_token})

    def tag(self, cache_id: str, tags: Mapping[str, str]) -> None:
        """See `Gateway.tag`."""
        self.call("TagResources", {**_resources([cache_id]), "Tag": wire_tags(tags)})

    def redact(self, passwords: Sequence[str]) -> None:
        """Return the text unchanged: no message here repeats a password."""

    def untag(self, cache_ids: Sequence[str], keys: Sequence[str]) -> None:
        """See `Gateway.untag`."""
        self.call("UntagResources", {**_resources(cache_ids), "TagKey": list(keys)})

    def _find(self, cache_id: str) -> Observation | None:
        page = self._describe({"ImageCacheId": cache_id})
        return next((seen for seen in page.caches if seen.image_cache_id == cache_id), None)

    def _describe(self, parameters: Parameters) -> Page:
        reply = self.call("DescribeImageCaches", parameters)
        caches = tuple(observe(entry) for entry in reply["ImageCaches"])
        return Page(caches, reply.get("NextToken", ""))


def make_emulator(switches: Mapping[str, str] | None = None, **settings: Any) -> Emulator:  # noqa: ANN401 - fields of Settings
    """Create an emulator whose clock stands still, with some *settings* and *switches*."""
    behaviour = Switches().with_values(dict(switches or {}))
    return Emulator(Settings(**settings, switches=behaviour), ManualClock())


def make_client(gateway: MemoryGateway, time: ProviderClock | None = None) -> Client:
    """Return a client of a gateway and a waiter, with a clock that also advances the emulator's.

    The limit of creations is high, because on this clock no thread can wait for another thread's
    slot.
    """
    clock = time or ManualTime(gateway.emulator.clock)
    waiter = Waiter(gateway, clock, PollInterval(jitter=0.0))
    return Client(gateway, waiter, clock, budget=Budget(6000))


def flatten(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return parameters in the SDK's form: `{"Image": ["nginx"]}` becomes `{"Image.1": "nginx"}`.

    None and empty lists are omitted, empty strings are sent, and booleans have a capital.
    """
    return dict(_flat("", parameters))


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - wire values
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from _flat(f"{prefix}.{name}" if prefix else name, member)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value, 1):
            yield from _flat(f"{prefix}.{index}", item)
    elif value is not None:
        yield prefix, str(value)


def _resources(cache_ids: Sequence[str]) -> Parameters:
    return {"ResourceType": "ImageCache", "ResourceId": list(cache_ids)}
