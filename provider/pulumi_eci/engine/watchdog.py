"""Ends the provider's process together with the engine.

If the engine is killed, the provider's process goes on and its writes race with the next run. The
parent process is no indication, because it is a shell that goes on too. So the watch holds a
connection to the engine, which the kernel closes when the engine ends.
"""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator

from pulumi_eci.engine import Address, engine_address
from pulumi_eci.engine.log import warn_once

PERSISTED = 60.0
"""Seconds after which the engine has certainly saved the result of a call."""

_HEARTBEAT = 10.0
_GRACE = 2.0  # seconds
_TIMEOUT = 5.0  # seconds, to connect and to receive the first bytes
_PAUSE = 1.0  # seconds between two attempts to connect
_STATUS = 3
_serving: set[int] = set()  # threads that serve a call


@contextlib.contextmanager
def serving_call() -> Iterator[None]:
    """Record that this thread serves a call of the engine; see `is_idle`."""
    thread = threading.get_ident()
    _serving.add(thread)
    try:
        yield
    finally:
        _serving.discard(thread)


def is_idle() -> bool:
    """Whether no thread serves a call of the engine."""
    return not _serving


@functools.cache
def watch_engine() -> bool:
    """End this process, even while threads serve calls, as soon as the engine is gone.

    Returns:
        Whether there is an engine to watch.
    """
    address = engine_address()
    if address is None:
        return False
    try:
        line = socket.create_connection(address, _TIMEOUT)
    except OSError:
        return False
    watch = threading.Thread(target=_watch, args=(address, line), name="eci-engine", daemon=True)
    watch.start()
    return True


def _watch(address: Address, line: socket.socket) -> None:
    while True:
        with line, contextlib.suppress(OSError):
            # An engine sends bytes at once. A connection made while the listener closes may be
            # open only on this side, and then nothing ever arrives.
            if line.recv(4096):
                line.settimeout(None)
                while line.recv(4096):
                    pass
        # The engine closes an unused connection after two minutes, so try again.
        reopened = _connect(address)
        if reopened is None:
            _end()
            return
        line = reopened


def _connect(address: Address) -> socket.socket | None:
    """Connect to the engine again; None if the connection is refused."""
    while True:
        try:
            return socket.create_connection(address, _TIMEOUT)
        except ConnectionRefusedError:  # noqa: PERF203 - a second try is rare
            return None
        except OSError:  # this machine lacks resources; the engine may still run
            time.sleep(_PAUSE)


def _end() -> None:
    """End this process, unless the engine ended normally and the main thread ends by itself."""
    main = threading.main_thread()
    if is_idle():
        main.join(_GRACE)  # an engine that ends normally has interrupted the main thread
    if main.is_alive():
        os._exit(_STATUS)


def follow_engine(before_end: Callable[[float], None]) -> None:
    """End this process with the engine: at once if the engine is killed, else after *before_end*.

    At the end of a run the engine has saved the state, interrupts this process, and waits up to
    five seconds.

    Args:
        before_end: Called every ten seconds with `PERSISTED`, and at the end of a run with 0.
    """
    if engine_address() is None:
        return
    if not watch_engine():
        warn_once(
            "the provider cannot watch the engine: if you kill the engine, wait until no provider "
            "process is left before the next run"
        )
    main = threading.main_thread()

    def wait() -> None:
        while main.is_alive():
            main.join(_HEARTBEAT)
            before_end(PERSISTED if main.is_alive() else 0.0)

    # Not a daemon, so that the process waits for the last call.
    threading.Thread(target=wait, name="eci-before-end", daemon=False).start()
