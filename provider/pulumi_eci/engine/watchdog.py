"""The engine, as far as this process must know of it: where it listens, and that it lives.

A killed engine leaves the provider's process behind, and what that went on to write would race the
next run. The parent process does not tell: it is a shell, which lives on as well. A connection to
the engine does, at once and without asking again and again: the kernel closes it.
"""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator

_GRACE = 2.0  # seconds
_TIMEOUT = 5.0  # seconds, to connect and to be greeted
_PAUSE = 1.0
_STATUS = 3  # nobody is left to read it
_at_work: set[int] = set()  # threads that serve a call

Address = tuple[str, str]


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


def engine_address() -> Address | None:
    """Return the engine's host and port, or None outside of a provider's process.

    The engine starts every provider with its address as the last argument; before it there may be
    flags, such as `--logtostderr`.
    """
    host, _, port = sys.argv[-1].rpartition(":")
    return (host, port) if host and port.isdecimal() else None


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
