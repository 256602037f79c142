"""The end of a provider's process, together with its engine's."""

from __future__ import annotations

import threading
from collections.abc import Callable

from pulumi_eci.engine.log import warn_once
from pulumi_eci.engine.watchdog import engine_address, watch_engine

PERSISTED = 60.0
"""Seconds after which the engine surely has written down what a call returned."""

_HEARTBEAT = 10.0


def follow_engine(release: Callable[[float], None]) -> None:
    """End with the engine: at once if it is killed, and else after a last *release*.

    The engine interrupts this process once everything is written down, and waits for it for five
    seconds.

    Args:
        release: Called with 0 at that end, and every now and then before it with `PERSISTED`.
    """
    if engine_address() is None:
        return
    if not watch_engine():
        warn_once("the engine cannot be watched: killed, it would leave this process at work")
    main = threading.main_thread()

    def wait() -> None:
        while main.is_alive():
            main.join(_HEARTBEAT)
            release(PERSISTED if main.is_alive() else 0.0)

    # Not a daemon, as the thread that starts it may be: so the process waits for it.
    threading.Thread(target=wait, name="eci-release", daemon=False).start()
