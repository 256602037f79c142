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
    """What the provider sees of an engine: connections, with a greeting, until it is killed."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "{}:{}".format(*self._listener.getsockname())
        self._pool = ThreadPoolExecutor(1)
        self.connections: list[socket.socket] = []
        self.greets = True
        self._pool.submit(self._accept)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection = self._listener.accept()[0]
                if self.greets:
                    connection.sendall(b"settings")
                self.connections.append(connection)

    def drop(self) -> None:
        """Close the connections that are open."""
        for connection in self.connections:
            connection.close()

    def kill(self) -> None:
        """Close everything, as the kernel does for a process that was killed."""
        self.stop_listening()
        self.drop()

    def stop_listening(self) -> None:
        """Close all but the connections that are open."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._pool.shutdown()


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine of its own for a process of its own."""
    engine = Engine()
    yield engine
    engine.kill()


def test_a_process_whose_engine_is_killed_sends_nothing_more(
    engine: Engine, tmp_path: Path
) -> None:
    """It ends in the middle of whatever it does: here two waits and, soon, their deadlines."""
    with running(Settings(build_seconds=3600)) as api:
        config = {"eci:endpoint": api.url, "eci:region": REGION}
        with (
            running_provider(tmp_path, engine.address, config) as provider,
            ThreadPoolExecutor(2) as pool,
        ):
            calls = [pool.submit(provider.create, inputs()) for _ in range(2)]
            until(lambda: len(api.emulator.caches()) == 2, "both creations are accepted")
            engine.kill()
            for call in calls:
                with pytest.raises(CallFailedError, match=r"(?i)socket|connect|reset|unavailable"):
                    call.result()
        assert {cache["status"] for cache in api.emulator.caches()} == {"Preparing"}
        writes = {"UntagResources", "TagResources", "UpdateImageCache", "DeleteImageCache"}
        assert not [call for name in writes for call in sent(api.emulator, name)]


def test_an_engine_that_closes_a_silent_connection_is_alive(engine: Engine, tmp_path: Path) -> None:
    """It does so after two minutes: the process connects again, and goes on."""
    with running(Settings(build_seconds=0.1)) as api:
        config = {"eci:endpoint": api.url, "eci:region": REGION}
        with running_provider(tmp_path, engine.address, config) as provider:
            provider.check(inputs())  # the host configures a provider at its first call
            until(lambda: engine.connections, "the process watches its engine")
            seen = len(engine.connections)
            engine.drop()
            until(lambda: len(engine.connections) > seen, "it connects again")
            assert provider.create(inputs())[1]["status"] == "Ready"


def test_a_connection_that_is_open_on_one_side_alone_is_no_engine(
    engine: Engine, tmp_path: Path
) -> None:
    """Once in ten thousand kills the kernel leaves one: nobody greets there, nobody closes it."""
    with running(Settings(build_seconds=3600)) as api:
        config = {"eci:endpoint": api.url, "eci:region": REGION}
        with (
            running_provider(tmp_path, engine.address, config) as provider,
            ThreadPoolExecutor(1) as pool,
        ):
            call = pool.submit(provider.create, inputs())
            until(api.emulator.caches, "the creation is accepted")
            seen = len(engine.connections)
            engine.greets = False
            engine.drop()
            until(lambda: len(engine.connections) > seen, "it connects again")
            engine.stop_listening()
            with pytest.raises(CallFailedError, match=r"(?i)socket|connect|reset|unavailable"):
                call.result()
