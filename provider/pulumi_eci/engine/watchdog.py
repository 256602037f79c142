"""The end of a provider's process, together with its engine's.

A killed engine leaves the provider's process behind, and what that process went on to write would
race the next run. The parent process does not show the engine's end, because it is a shell that
lives on as well. A connection to the engine does, at once and without polling: the kernel closes
it.
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
"""Seconds after which the engine surely has written down what a call returned."""

_HEARTBEAT = 10.0
_GRACE = 2.0  # seconds
_TIMEOUT = 5.0  # seconds, to connect and to be greeted
_PAUSE = 1.0
_STATUS = 3  # nobody is left to read it
_at_work: set[int] = set()  # threads that serve a call


@contextlib.contextmanager
def at_work() -> Iterator[None]:
    """Let it be known that this thread serves a call of the engine."""
    thread = threading.get_ident()
    _at_work.add(thread)
    try:
        yield
    finally:
        _at_work.discard(thread)


def is_idle() -> bool:
    """Whether no thread serves a call of the engine."""
    return not _at_work


@functools.cache
def watch_engine() -> bool:
    """End this process, whatever its threads are at, as soon as the engine is gone.

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
            # An engine greets at once. A connection to a listener that is just being closed may be
            # open on this side alone, and then it stays so, silent, for ever.
            if line.recv(4096):
                line.settimeout(None)
                while line.recv(4096):
                    pass
        # The engine also closes a connection that stays silent, after two minutes.
        reopened = _connect(address)
        if reopened is None:
            _end()
            return
        line = reopened


def _connect(address: Address) -> socket.socket | None:
    """Connect to the engine again; None if nobody listens there."""
    while True:
        try:
            return socket.create_connection(address, _TIMEOUT)
        except ConnectionRefusedError:  # noqa: PERF203 - a second try is rare
            return None
        except OSError:  # this machine is short of something, which says nothing of the engine
            time.sleep(_PAUSE)


def _end() -> None:
    """End this process, unless the engine has ended well and this process is about to."""
    main = threading.main_thread()
    if is_idle():
        main.join(_GRACE)  # interrupted by then, if the engine has ended well
    if main.is_alive():
        os._exit(_STATUS)


def follow_engine(before_end: Callable[[float], None]) -> None:
    """End with the engine: at once if it is killed, and else after a last call of *before_end*.

    The engine interrupts this process once everything is written down, and waits for it for five
    seconds.

    Args:
        before_end: Called with 0 at that end, and every now and then before it with `PERSISTED`.
    """
    if engine_address() is None:
        return
    if not watch_engine():
        warn_once("the engine cannot be watched: killed, it would leave this process at work")
    main = threading.main_thread()

    def wait() -> None:
        while main.is_alive():
            main.join(_HEARTBEAT)
            before_end(PERSISTED if main.is_alive() else 0.0)

    # Not a daemon, as the thread that starts it may be: so the process waits for it.
    threading.Thread(target=wait, name="eci-before-end", daemon=False).start()
