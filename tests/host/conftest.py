"""One provider process and one local ECI API for all host tests of a worker. Each test resets both.

Every test starts with an empty API, whose builds take a tenth of a second, and an empty log.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from eci_emulator.core import Emulator
from eci_emulator.server import RunningEmulator, running
from eci_emulator.settings import Settings
from pulumi_eci.engine import log as engine_log
from tests.support.fake_engine import FakeEngine, running_engine
from tests.support.provider_process import BROKEN, REGION, Door, Provider
from tests.support.provider_start import running_door


@dataclass(frozen=True)
class Setup:
    """A provider process between a fake engine and a local ECI API."""

    provider: Provider
    engine: FakeEngine
    api: RunningEmulator


@pytest.fixture(scope="session", params=Door, ids=lambda door: door.value)
def shared_setup(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Setup]:
    """The setup that all tests of a worker share, once for each provider."""
    settings = Settings(build_seconds=0.1, failing_images=(BROKEN,))
    with running(settings) as api, running_engine() as engine:
        config = {"eci:endpoint": api.url, "eci:region": REGION}
        folder = tmp_path_factory.mktemp("provider")
        with running_door(request.param, folder, engine.address, config) as provider:
            yield Setup(provider, engine, api)


@pytest.fixture(autouse=True)
def _fresh(request: pytest.FixtureRequest) -> None:
    """Empty the API and the log before a test that uses them."""
    if "shared_setup" in request.fixturenames:
        setup: Setup = request.getfixturevalue("shared_setup")
        setup.api.emulator.reset()
        setup.engine.forget()


@pytest.fixture
def provider(shared_setup: Setup) -> Provider:
    """The provider, driven over gRPC."""
    return shared_setup.provider


@pytest.fixture
def engine(shared_setup: Setup) -> FakeEngine:
    """The engine that the provider logs to."""
    return shared_setup.engine


@pytest.fixture
def eci(shared_setup: Setup) -> Emulator:
    """The local ECI API."""
    return shared_setup.api.emulator


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEngine]:
    """Make a fake engine's address this process's first argument, as for a provider process."""
    with running_engine() as engine:
        monkeypatch.setattr(sys, "argv", ["pulumi.dynamic", engine.address])
        forget_engine()
        yield engine
    forget_engine()


@pytest.fixture
def no_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run without an engine to log to."""
    monkeypatch.setattr(sys, "argv", ["pulumi.dynamic"])
    forget_engine()
    yield
    forget_engine()


def forget_engine() -> None:
    """Forget the engine that this process logs to, and the warnings that were logged once."""
    engine_log._engine.cache_clear()
    engine_log.warn_once.cache_clear()
