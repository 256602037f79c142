"""Measures the API calls and the duration of each operation on many caches."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.scale import PARALLEL, stack_of
from eci_emulator.settings import Settings
from tests.support.pulumi_stack import PulumiStack

_ARGUMENTS = """tags={"team": "TEAM"}, images=["nginx:1.27", "redis:TAG"], zone_id="ZONE",
    vswitch_id="vsw-1", security_group_id="sg-1", elimination_strategy="LRU" """
_OURS = f"""
import pulumi_eci as eci
for number in range(COUNT):
    eci.ImageCache(f"cache-{{number}}", {_ARGUMENTS})
"""
_FLOOR = f"""
from bench.floor import Nothing
for number in range(COUNT):
    Nothing(f"cache-{{number}}", {_ARGUMENTS})
"""
_JOURNAL = 1_000_000  # requests, so that all are counted


def measure(
    caches: int, build_seconds: float, page: int, per_minute: int, engine: Path
) -> Iterator[dict[str, Any]]:
    """Run each operation on caches, and on as many resources that do nothing.

    Args:
        caches: Number of caches.
        build_seconds: Duration of a build in the local ECI API.
        page: The largest page of DescribeImageCaches.
        per_minute: Calls that the local ECI API allows in a minute; 0 for no limit.
        engine: The folder of the engine.

    Yields:
        For each operation, its name, the calls by action, and the seconds for both kinds.

    Raises:
        AssertionError: An operation fails.
    """
    settings = Settings(
        build_seconds=build_seconds,
        quota=2 * caches,
        journal_size=_JOURNAL,
        max_limit=page,
        default_limit=min(page, 20),
        faults=({"kind": "throttle", "per_minute": per_minute},) if per_minute else (),
    )
    with ExitStack() as stacks:
        ours = stacks.enter_context(stack_of(_OURS, caches, engine, settings))
        floor = stacks.enter_context(stack_of(_FLOOR, caches, engine, settings))
        for stack, program in ((ours, _OURS), (floor, _FLOOR)):
            stack.program = _edited(program, caches)
        for name, edit, run in _OPERATIONS:
            seconds = []
            for stack, program in ((floor, _FLOOR), (ours, _OURS)):
                if edit:
                    stack.program = _edited(program, caches, **edit)
                ours.service.journal.clear()
                began = time.perf_counter()
                run(stack)
                seconds.append(round(time.perf_counter() - began, 2))
            calls = Counter(entry["action"] for entry in ours.service.journal.entries())
            yield {
                "operation": name,
                "caches": caches,
                "page": page,
                "calls": dict(sorted(calls.items())),
                "wall_s": seconds[1],
                "floor_s": seconds[0],
            }


def _up(stack: PulumiStack) -> None:
    stack.up("--parallel", str(PARALLEL))


def _refresh(stack: PulumiStack) -> None:
    stack.refresh("--parallel", str(PARALLEL), "--expect-no-changes")


def _destroy(stack: PulumiStack) -> None:
    stack.destroy("--parallel", str(PARALLEL))


_OPERATIONS: tuple[tuple[str, dict[str, str], Callable[[PulumiStack], None]], ...] = (
    ("create", {}, _up),
    ("noop", {}, _up),
    ("refresh", {}, _refresh),
    ("metadata", {"team": "b"}, _up),
    ("rebuild", {"team": "b", "tag": "8"}, _up),
    ("replace", {"team": "b", "tag": "8", "zone": "cn-hangzhou-i"}, _up),
    ("delete", {}, _destroy),
)


def _edited(
    program: str, caches: int, team: str = "a", tag: str = "7", zone: str = "cn-hangzhou-h"
) -> str:
    words = {"COUNT": str(caches), "TEAM": team, "TAG": tag, "ZONE": zone}
    for word, value in words.items():
        program = program.replace(word, value)
    return program
