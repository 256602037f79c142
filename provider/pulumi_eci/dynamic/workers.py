"""Raises the limit of four parallel calls of Pulumi's dynamic provider host.

The code depends on internals of `concurrent.futures`: the arguments of a worker thread hold a weak
reference to its executor, and the executor starts threads up to `_max_workers`. So this module
imports only the standard library, and a test runs it with every installed Python.
"""

from __future__ import annotations

import threading
import weakref
from concurrent.futures import ThreadPoolExecutor


def raise_max_workers(count: int) -> bool:
    """Let the thread pool of the current thread run *count* tasks at a time.

    Returns:
        Whether the pool was found. If not, nothing has changed.
    """
    executor = _executor()
    if executor is None:
        return False
    executor._max_workers = max(executor._max_workers, count)  # noqa: SLF001 - no public setter
    # Only submit() starts threads. Without more tasks, queued calls would wait for the first four.
    for _ in range(executor._work_queue.qsize()):  # noqa: SLF001
        executor.submit(int)
    return True


def _executor() -> ThreadPoolExecutor | None:
    needed = ("_max_workers", "_work_queue")
    for argument in getattr(threading.current_thread(), "_args", ()):
        target = argument() if isinstance(argument, weakref.ref) else None
        if isinstance(target, ThreadPoolExecutor) and all(hasattr(target, n) for n in needed):
            return target
    return None
