"""Measures the creation of many caches at once, against as many resources that do nothing."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.floor import FLOOR, OURS
from bench.memory import watching
from eci_emulator.server import running
from eci_emulator.settings import Settings
from tests.support.pulumi_stack import PulumiStack

PARALLEL = 128
"""The smallest `--parallel` of an `up`. With more caches, `--parallel` is their number, so that the
service builds all of them at the same time."""

_JOURNAL = 1_000_000  # requests; all are counted


def measure(
    caches: int, build_seconds: float, engine: Path, creates_per_minute: int = 0
) -> dict[str, Any]:
    """Create *caches* caches with one `up`, and then as many resources that do nothing.

    Args:
        caches: Number of caches.
        build_seconds: Duration of a build in the local ECI API.
        engine: The folder of the engine.
        creates_per_minute: The value of `eci:createsPerMinute`; 0 for the default.

    Returns:
        Seconds of both, `ratio` = wall_s / (build_seconds + floor_s), the calls of the creating
        `up`, and the peak of memory and threads of the provider's process (None if the system does
        not report it).

    Raises:
        RuntimeError: A cache is not Ready at the end.
    """
    settings = Settings(build_seconds=build_seconds, quota=caches, journal_size=_JOURNAL)
    with stack_of(FLOOR, caches, engine, settings) as floor:
        floor_s = _seconds(floor, caches)
        refresh_floor_s = _refresh_seconds(floor)
    with stack_of(OURS, caches, engine, settings) as ours:
        if creates_per_minute:
            ours.environment["ECI_CREATES_PER_MINUTE"] = str(creates_per_minute)
        with watching(ours.folder / "home") as peak:
            wall_s = _seconds(ours, caches)
        actions = [entry["action"] for entry in ours.service.journal.entries()]
        ours.service.journal.clear()
        refresh_s = _refresh_seconds(ours)
        refreshing = [entry["action"] for entry in ours.service.journal.entries()]
        ready = sum(cache["status"] == "Ready" for cache in ours.service.caches())
        if ready != caches:
            raise RuntimeError(f"{ready} of {caches} caches are Ready")
        ours.service.configure(build_seconds=0.0)
    return {
        "caches": caches,
        "build_seconds": build_seconds,
        "wall_s": wall_s,
        "floor_s": floor_s,
        "ratio": round(wall_s / (build_seconds + floor_s), 3),
        "describe_calls": actions.count("DescribeImageCaches"),
        "api_calls": len(actions),
        "refresh_s": refresh_s,
        "refresh_floor_s": refresh_floor_s,
        "refresh_ratio": round(refresh_s / refresh_floor_s, 3),
        "refresh_describe_calls": refreshing.count("DescribeImageCaches"),
        "max_rss_mib": peak.rss_mib,
        "max_threads": peak.threads or None,
    }


@contextmanager
def stack_of(program: str, caches: int, engine: Path, settings: Settings) -> Iterator[PulumiStack]:
    """Prepare a stack. A preview loads and compiles everything that `up` needs."""
    with tempfile.TemporaryDirectory() as folder, running(settings) as api:
        stack = PulumiStack(Path(folder), engine, api, shortcuts=False)
        stack.environment["ECI_POLL_SECONDS"] = ""  # the default, not the tests' short pauses
        stack.start()
        stack.program = program.replace("COUNT", str(caches))
        stack.preview()
        yield stack


def _seconds(stack: PulumiStack, caches: int) -> float:
    began = time.perf_counter()
    stack.up("--parallel", str(max(PARALLEL, caches)))
    return round(time.perf_counter() - began, 2)


def _refresh_seconds(stack: PulumiStack) -> float:
    began = time.perf_counter()
    stack.refresh("--parallel", str(PARALLEL), "--expect-no-changes")
    return round(time.perf_counter() - began, 2)
