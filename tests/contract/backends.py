"""The backends of the contract suite: a gateway for each, and the way to let time pass."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from eci_emulator.core import Emulator
from eci_emulator.server import RunningEmulator, running
from eci_emulator.settings import Settings
from pulumi_eci.api.alicloud import AlibabaCloudGateway
from pulumi_eci.api.connection import Connection, connect
from pulumi_eci.api.credentials import AccessKey, Credentials
from pulumi_eci.api.errors import EciError
from pulumi_eci.api.gateway import Gateway
from pulumi_eci.model.request import Parameters
from pulumi_eci.model.spec import ConnectionSpec
from pulumi_eci.model.state import Observation
from tests.support.memory import REGION, MemoryGateway, make_emulator

LIVE_SWITCH = "ECI_TEST_LIVE"
LIVE_NEEDS = ("ECI_TEST_VSWITCH", "ECI_TEST_SECURITY_GROUP")
LIVE_BUILD_SECONDS = 30 * 60.0

UNKNOWN_ID = "imc-00000000000000000000"

_IMAGE = "registry.example.com/nginx:1.27"
_OTHER_IMAGE = "registry.example.com/redis:7"
_BUILD_SECONDS = 1000.0  # on the local API's clock, which only tests move
_PATIENCE = 20.0


class Time(Protocol):
    """Lets time pass between two describe calls."""

    def __call__(self) -> None:
        """Let some time pass."""


@dataclass
class Backend:
    """A gateway under test.

    Attributes:
        gateway: The gateway.
        image: An image that the service can pull.
        other_image: Another image that the service can pull.
        basis: Parameters that every cache needs on this backend.
        pause: Lets time pass between two describe calls.
        patience: Seconds within which a build ends.
        made: The ids of the caches that tests created, for the cleanup.
    """

    gateway: Gateway
    pause: Time
    patience: float = _PATIENCE
    image: str = _IMAGE
    other_image: str = _OTHER_IMAGE
    basis: Parameters = field(default_factory=dict)
    made: list[str] = field(default_factory=list)

    def parameters(self, **changes: Any) -> Parameters:  # noqa: ANN401 - wire values
        """Return valid parameters of CreateImageCache, with *changes*."""
        name = f"contract-{uuid.uuid4().hex[:12]}"
        return {"ImageCacheName": name, "Image": [self.image], **self.basis, **changes}

    def create(self, **changes: Any) -> str:  # noqa: ANN401 - wire values
        """Create a cache and return its id."""
        return self.send(self.parameters(**changes), new_token())

    def send(self, parameters: Parameters, token: str) -> str:
        """Create a cache from whole *parameters* and return its id."""
        cache_id = self.gateway.create(parameters, token)
        self.made.append(cache_id)
        return cache_id

    def ready(self, **changes: Any) -> Observation:  # noqa: ANN401 - wire values
        """Create a cache and wait until it is Ready."""
        seen = self.wait_until_settled(self.create(**changes))
        assert seen.status == "Ready"
        return seen

    def seen(self, cache_id: str) -> Observation:
        """Describe a cache, which must exist."""
        found = self.gateway.describe(cache_id)
        assert found is not None
        return found

    def wait_until_settled(self, cache_id: str) -> Observation:
        """Wait until a cache is no longer being built."""
        deadline = time.monotonic() + self.patience
        while not (seen := self.seen(cache_id)).settled:
            assert time.monotonic() < deadline, f"still {seen.status}"
            self.pause()
        return seen

    def wait_until_gone(self, cache_id: str) -> None:
        """Wait until a deleted cache is no longer shown."""
        deadline = time.monotonic() + self.patience
        while self.gateway.describe(cache_id) is not None:
            assert time.monotonic() < deadline, "still shown"
            self.pause()


@dataclass
class LocalBackend(Backend):
    """A gateway to a local ECI API whose state a test can inspect."""

    emulator: Emulator = field(kw_only=True)


def new_token() -> str:
    """Return a fresh ClientToken."""
    return uuid.uuid4().hex


@contextmanager
def memory() -> Iterator[LocalBackend]:
    """The local ECI API in process."""
    emulator = make_emulator(build_seconds=_BUILD_SECONDS)
    yield _local(MemoryGateway(emulator), emulator)
    emulator.close()


def sdk(api: RunningEmulator) -> LocalBackend:
    """The vendor's SDK, over HTTP, to the local ECI API."""
    return _local(AlibabaCloudGateway(local_connection(api.url)), api.emulator)


@contextmanager
def served() -> Iterator[RunningEmulator]:
    """A local ECI API over HTTP, which is reset before each test."""
    with running(Settings(build_seconds=_BUILD_SECONDS, manual_clock=True)) as api:
        yield api


def _local(gateway: Gateway, emulator: Emulator) -> LocalBackend:
    return LocalBackend(
        gateway,
        pause=lambda: emulator.advance(_BUILD_SECONDS / 4),
        basis={"VSwitchId": "vsw-1", "SecurityGroupId": "sg-1"},
        emulator=emulator,
    )


def local_connection(
    url: str,
    key_id: str = "testid",
    secret: str = "testsecret",  # noqa: S107
    token: str = "",
) -> Connection:
    """Return the connection to a local ECI API at *url*, by default with the key it accepts."""
    scheme, _, host = url.partition("://")
    key = Credentials(AccessKey(key_id, secret, token), "ALIBABA_CLOUD_ACCESS_KEY_ID")
    return Connection(REGION, host, scheme, key)


@contextmanager
def live() -> Iterator[Backend]:
    """Alibaba Cloud itself. The caches of a test are deleted at the end, even after a failure."""
    region = os.environ.get("ALIBABA_CLOUD_REGION_ID") or REGION
    gateway = AlibabaCloudGateway(connect(lambda _: None, os.environ, region, ConnectionSpec()))
    repository = f"registry-vpc.{region}.aliyuncs.com/eci_open"
    vswitch, security_group = (os.environ[name] for name in LIVE_NEEDS)
    backend = Backend(
        gateway,
        pause=lambda: time.sleep(5),
        patience=LIVE_BUILD_SECONDS,
        image=f"{repository}/nginx:1.15.10-perl",
        other_image=f"{repository}/busybox:1.30",
        basis={"VSwitchId": vswitch, "SecurityGroupId": security_group},
    )
    try:
        yield backend
    finally:
        _clean_up(backend)


def _clean_up(backend: Backend) -> None:
    left = []
    for cache_id in dict.fromkeys(backend.made):
        try:
            if backend.gateway.describe(cache_id) is not None:
                backend.gateway.delete(cache_id, new_token())
                backend.wait_until_gone(cache_id)
        except (EciError, AssertionError) as error:  # noqa: PERF203 - each cache counts
            left.append(f"{cache_id}: {error}")
    assert not left, f"delete by hand: {left}"


def live_is_on(environ: dict[str, str] | os._Environ[str]) -> bool:
    """Whether tests may use the live service: enabled, with all required settings."""
    has_key = bool(
        environ.get("ALIBABA_CLOUD_ACCESS_KEY_ID")
        and environ.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET")
    )
    return environ.get(LIVE_SWITCH) == "1" and has_key and all(map(environ.get, LIVE_NEEDS))


def listed(gateway: Gateway) -> list[Observation]:
    """All caches of the region, page by page."""
    caches: list[Observation] = []
    token = ""
    while True:
        page = gateway.list_page(token)
        caches.extend(page.caches)
        token = page.next_token
        if not token:
            return caches
