"""A provider process ends with its engine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from eci_emulator.core import Emulator
from eci_emulator.server import running
from eci_emulator.settings import Settings
from tests.support.provider_process import REGION, CallFailedError, Properties, inputs, sent
from tests.support.provider_start import running_provider
from tests.support.until import until

Call = Future[tuple[str, Properties]]


class Engine:
    """The engine's side of the connections: each connection gets a greeting, until the engine is
    killed.
    """

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
        """Close the open connections."""
        for connection in self.connections:
            connection.close()

    def kill(self) -> None:
        """Close the listener and all connections, as the kernel does for a killed process."""
        self.stop_listening()
        self.drop()

    def stop_listening(self) -> None:
        """Close the listener and keep the open connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._pool.shutdown()


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine for one process."""
    engine = Engine()
    yield engine
    engine.kill()


@contextmanager
def creating(engine: Engine, folder: Path, count: int) -> Iterator[tuple[Emulator, list[Call]]]:
    """Run a process with some accepted creations that take an hour."""
    with running(Settings(build_seconds=3600)) as api:
        config = {"eci:endpoint": api.url, "eci:region": REGION}
        with (
            running_provider(folder, engine.address, config) as provider,
            ThreadPoolExecutor(count) as pool,
        ):
            calls = [pool.submit(provider.create, inputs()) for _ in range(count)]
            until(lambda: len(api.emulator.caches()) == count, "all creations are accepted")
            yield api.emulator, calls


def assert_ended(calls: list[Call]) -> None:
    """Check that the calls failed because the process has ended."""
    for call in calls:
        with pytest.raises(CallFailedError, match=r"(?i)socket|connect|reset|unavailable"):
            call.result()


def test_a_process_whose_engine_is_killed_sends_nothing_more(
    engine: Engine, tmp_path: Path
) -> None:
    with creating(engine, tmp_path, 2) as (emulator, calls):
        engine.kill()
        assert_ended(calls)
        assert {cache["status"] for cache in emulator.caches()} == {"Preparing"}
        writes = {"UntagResources", "TagResources", "UpdateImageCache", "DeleteImageCache"}
        assert not [call for name in writes for call in sent(emulator, name)]


def test_a_process_outlives_the_close_of_a_silent_connection(
    engine: Engine, tmp_path: Path
) -> None:
    with running(Settings(build_seconds=0.1)) as api:
        config = {"eci:endpoint": api.url, "eci:region": REGION}
        with running_provider(tmp_path, engine.address, config) as provider:
            provider.check(inputs())  # the host configures a provider at its first call
            until(lambda: engine.connections, "the process watches its engine")
            seen = len(engine.connections)
            engine.drop()
            until(lambda: len(engine.connections) > seen, "it connects again")
            assert provider.create(inputs())[1]["status"] == "Ready"


def test_a_connection_that_no_engine_answers_ends_the_process(
    engine: Engine, tmp_path: Path
) -> None:
    with creating(engine, tmp_path, 1) as (_, calls):
        seen = len(engine.connections)
        engine.greets = False
        engine.drop()
        until(lambda: len(engine.connections) > seen, "it connects again")
        engine.stop_listening()
        assert_ended(calls)
