"""Each test of the suite runs on each backend: in process, over the SDK, and live if enabled.

Tests for all backends also run under each value of each switch of the local API.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from eci_emulator.server import RunningEmulator
from eci_emulator.switches import VALUES, Switches
from tests.contract import backends
from tests.contract.backends import Backend, LocalBackend


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the live tests of this folder, unless they are switched on."""
    if backends.live_is_on(os.environ):
        return
    here = Path(__file__).parent
    off = [
        item
        for item in items
        if item.path.is_relative_to(here) and item.get_closest_marker("live") is not None
    ]
    if off:
        config.hook.pytest_deselected(items=off)
        items[:] = [item for item in items if item not in set(off)]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Unset the proxy: the vendor's SDK uses it even for loopback. Only the live service may need
    it.
    """
    if request.node.get_closest_marker("live") is None:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="session")
def served() -> Iterator[RunningEmulator]:
    """A local ECI API that the tests of a worker share, one after the other."""
    with backends.served() as api:
        yield api


@pytest.fixture
def api(served: RunningEmulator, _no_proxy: None) -> RunningEmulator:
    """An empty local ECI API over HTTP, whose clock stands still."""
    served.emulator.reset()
    return served


@contextmanager
def _backend(name: str, request: pytest.FixtureRequest) -> Iterator[LocalBackend]:
    if name == "sdk":
        yield backends.sdk(request.getfixturevalue("api"))
    else:
        with backends.memory() as backend:
            yield backend


# The documentation allows each of these behaviours.
UNUSUAL = [f"{name}={value}" for name, values in VALUES.items() for value in values[1:]]


@pytest.fixture(params=["memory", "sdk", *UNUSUAL, pytest.param("live", marks=pytest.mark.live)])
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Every backend, for behaviour that the service is known, or required, to show."""
    if request.param == "live":
        with backends.live() as live:
            yield live
    elif request.param in UNUSUAL:
        api = request.getfixturevalue("api")
        api.emulator.configure(switches=Switches().with_values(dict([request.param.split("=")])))
        yield backends.sdk(api)
    else:
        with _backend(request.param, request) as local:
            yield local


@pytest.fixture(params=["memory", "sdk"])
def local(request: pytest.FixtureRequest) -> Iterator[LocalBackend]:
    """The local backends, for behaviour that is an assumption, or expensive to see on the live
    service.
    """
    with _backend(request.param, request) as each:
        yield each
