"""Serves an emulator over HTTP: in a thread for tests, or in a process of its own."""

from __future__ import annotations

import ipaddress
import logging
import signal
import socket
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn

from eci_emulator.app import create_app
from eci_emulator.connection import Connection
from eci_emulator.core import Emulator
from eci_emulator.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eci_emulator.clock import Clock

LARGEST_HEAD = 4 * 1024 * 1024
"""Longest URL in bytes. Parameters are part of the URL."""

KEEP_ALIVE_SECONDS = 120  # longer than a client's pause between two polls
START_SECONDS = 10.0

_log = logging.getLogger("eci_emulator")


@dataclass(frozen=True)
class RunningEmulator:
    """An emulator that serves HTTP.

    Attributes:
        url: Its address, `http://127.0.0.1:PORT`.
        emulator: The emulator, for calls in process.
    """

    url: str
    emulator: Emulator


class _Server(uvicorn.Server):
    """A server that calls a function when it accepts connections."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


@contextmanager
def running(
    settings: Settings | None = None, clock: Clock | None = None
) -> Iterator[RunningEmulator]:
    """Serve an emulator from a thread for the duration of a context.

    Args:
        settings: The settings.
        clock: The clock; by default the clock of the settings.
    """
    settings = settings or Settings()
    with closing(Emulator(settings, clock)) as emulator, closing(listen(settings)) as listener:
        ready = threading.Event()
        server = _Server(_config(emulator), ready.set)
        thread = threading.Thread(
            target=server.run, args=([listener],), name="eci-emulator", daemon=True
        )
        thread.start()
        try:
            if not ready.wait(START_SECONDS):
                raise RuntimeError("the local ECI API did not start")
            yield RunningEmulator(base_url(listener), emulator)
        finally:
            server.should_exit = True
            thread.join(START_SECONDS)


def serve(settings: Settings, on_ready: Callable[[str], None]) -> None:
    """Serve an emulator until SIGTERM or SIGINT.

    Args:
        settings: The settings.
        on_ready: Called with the base URL when connections are accepted.

    Raises:
        OSError: The server cannot listen on the address.
        sqlite3.Error: The data file cannot be used.
    """
    with closing(Emulator(settings)) as emulator, closing(listen(settings)) as listener:
        server = _Server(_config(emulator), lambda: on_ready(base_url(listener)))
        # uvicorn raises a signal again after its shutdown; by then there is nothing left to stop.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        server.run([listener])


def listen(settings: Settings) -> socket.socket:
    """Open the listening socket."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    if not is_loopback(settings.host):
        _log.warning(
            "LISTENING ON %s: everyone who can reach this address can read and change all data",
            settings.host,
        )
    # asyncio turns off Nagle's algorithm only where the protocol is named; with it, every answer
    # would wait 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
    except OSError:
        listener.close()
        raise
    return listener


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def base_url(listener: socket.socket) -> str:
    """Return the URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _config(emulator: Emulator) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(emulator),
        http=Connection,
        loop="asyncio",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # a connection is found by its real peer
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=LARGEST_HEAD,
    )
