"""More calls at a time than the four of Pulumi's host: its pool, found from one of its threads.

What is relied upon is private to the standard library: that a worker thread's arguments hold a weak
reference to its executor, and that the executor starts a thread a task up to `_max_workers`. So
this module imports nothing else, and a test runs it under every Python that it finds.
"""

from __future__ import annotations

import threading
import weakref
from concurrent.futures import ThreadPoolExecutor


def widen(count: int) -> bool:
    """Let the pool that runs this thread run *count* tasks at a time.

    Returns:
        Whether it was found. If not, nothing has changed.
    """
    executor = _executor()
    if executor is None:
        return False
    executor._max_workers = max(executor._max_workers, count)  # noqa: SLF001 - the recipe
    # Threads are started by submit() alone, and calls that queue already would wait for the first.
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
