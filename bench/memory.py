"""Measures the memory of the provider's process from outside."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
# `python -u -m pulumi.dynamic ENGINE_ADDRESS`, `python …/pulumi-resource-eci ENGINE_ADDRESS`
_PLUGINS = (b"\0pulumi.dynamic\0", b"/pulumi-resource-eci\0")
_PAUSE = 0.2  # seconds between two measurements
_KIB_PER_MIB = 1024


@dataclass
class Peak:
    """The largest observed process.

    Attributes:
        rss_kib: Peak of the resident memory, in KiB.
        threads: Largest observed number of threads.
    """

    rss_kib: int = 0
    threads: int = 0

    @property
    def rss_mib(self) -> float | None:
        """The memory in MiB; None if the system does not report it."""
        return round(self.rss_kib / _KIB_PER_MIB, 1) if self.rss_kib else None


@contextmanager
def watching(home: Path) -> Iterator[Peak]:
    """Watch the provider processes whose Pulumi home is *home*, for the duration of the context.

    Works only on Linux, with `/proc`.
    """
    peak, over = Peak(), threading.Event()
    known: dict[int, bool] = {}

    def sample() -> None:
        while not over.wait(_PAUSE):
            for process in _PROC.glob("[0-9]*"):
                number = int(process.name)
                if number not in known:
                    known[number] = _is_plugin(process, home)
                if known[number]:
                    _measure(process, peak)

    thread = threading.Thread(target=sample, name="bench-memory", daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def _is_plugin(process: Path, home: Path) -> bool:
    try:
        command = (process / "cmdline").read_bytes()
        environment = (process / "environ").read_bytes()
    except OSError:
        return False
    is_one = any(plugin in command for plugin in _PLUGINS)
    return is_one and f"\0PULUMI_HOME={home}\0".encode() in b"\0" + environment


def _measure(process: Path, peak: Peak) -> None:
    try:
        status = (process / "status").read_text()
    except OSError:
        return
    values = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    # VmHWM is the peak since the start of the process, so only the last moment can be missed.
    peak.rss_kib = max(peak.rss_kib, int(values.get("VmHWM", "0 kB").split()[0]))
    peak.threads = max(peak.threads, int(values.get("Threads", "0")))
