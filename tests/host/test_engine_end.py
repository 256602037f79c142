"""A provider's process lives and dies with its engine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from eci_emulator.server import running
from eci_emulator.settings import Settings
from tests.support.provider_process import REGION, CallFailedError, inputs, sent
from tests.support.provider_start import running_provider
from tests.support.until import until


class Engine:
    """What the provider sees of an engine that says nothing: connections, until it is killed."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "{}:{}".format(*self._listener.getsockname())
        self._pool = ThreadPoolExecutor(1)
        self.connections: list[socket.socket] = []
        self._pool.submit(self._accept)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                self.connections.append(self._listener.accept()[0])

    def drop(self) -> None:
        """Close the connections that are open."""
        for connection in self.connections:
            connection.close()

    def kill(self) -> None:
        """Close everything, as the kernel does for a process that was killed."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._pool.shutdown()
        self.drop()


@pytest.fixture
def silent() -> Iterator[Engine]:
    """An engine of its own for a process of its own."""
    engine = Engine()
    yield engine
    engine.kill()


def test_a_process_whose_engine_is_killed_sends_nothing_more(
    silent: Engine, tmp_path: Path
) -> None:
    """It ends in the middle of whatever it does: here two waits and, soon, their deadlines."""
    with running(Settings(build_seconds=3600)) as api:
        config = {"eci:endpoint": api.url, "eci:region": REGION}
        with (
            running_provider(tmp_path, silent.address, config) as provider,
            ThreadPoolExecutor(2) as pool,
        ):
            calls = [pool.submit(provider.create, inputs()) for _ in range(2)]
            until(lambda: len(api.emulator.caches()) == 2, "both creations are accepted")
            silent.kill()
            for call in calls:
                with pytest.raises(CallFailedError, match=r"(?i)socket|connect|reset|unavailable"):
                    call.result()
        assert {cache["status"] for cache in api.emulator.caches()} == {"Preparing"}
        writes = {"UntagResources", "TagResources", "UpdateImageCache", "DeleteImageCache"}
        assert not [call for name in writes for call in sent(api.emulator, name)]


def test_an_engine_that_closes_a_silent_connection_is_alive(silent: Engine, tmp_path: Path) -> None:
    """It does so after two minutes: the process connects again, and goes on."""
    with running(Settings(build_seconds=0.1)) as api:
        config = {"eci:endpoint": api.url, "eci:region": REGION}
        with running_provider(tmp_path, silent.address, config) as provider:
            provider.check(inputs())  # the host configures a provider at its first call
            until(lambda: silent.connections, "the process watches its engine")
            seen = len(silent.connections)
            silent.drop()
            until(lambda: len(silent.connections) > seen, "it connects again")
            assert provider.create(inputs())[1]["status"] == "Ready"
