"""Measures a program without changes with each provider, against resources that do nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import nothing
from bench.floor import FLOOR, OURS
from bench.noop import Best, stack_of
from pulumi_eci.engine import IMAGE_CACHE
from tests.support.pulumi_stack import PulumiStack

# As in a generated SDK: the properties that the program sets, and the other outputs.
_NATIVE = """
import pulumi
class Cache(pulumi.CustomResource):
    def __init__(self, name, **props):
        absent = dict.fromkeys(["status", "snapshotId", "containerGroupId", "imageCacheSize",
                                "standardCopyCount", "flashCopyCount"])
        super().__init__("TYPE", name, {**absent, **props})
for number in range(COUNT):
    name = f"cache-{number}"
    Cache(name, region="cn-hangzhou", imageCacheName=name, images=["nginx:1.27", "redis:7"],
          vswitchId="vsw-1", securityGroupId="sg-1", eliminationStrategy="LRU", retentionDays=7,
          tags={"team": "web", "stage": "bench"})
"""
_COMMANDS: dict[str, Callable[[PulumiStack], object]] = {
    "up": lambda stack: stack.up("--expect-no-changes"),
    "preview": lambda stack: stack.preview("--expect-no-changes"),
    "refresh": lambda stack: stack.refresh("--expect-no-changes"),
}


def measure(caches: int, rounds: int, engine: Path) -> list[dict[str, Any]]:
    """Time `up`, `preview` and `refresh` of each provider.

    Args:
        caches: Number of resources in each program.
        rounds: Number of measurements; the best counts.
        engine: The folder of the engine.

    Returns:
        For each provider, the seconds of each command (`up_s`), the seconds for resources that do
        nothing (`up_floor_s`), their ratio (`up_ratio`), and the peak of the plugin's memory,
        including the creation (None if the system does not report it).
    """
    with tempfile.TemporaryDirectory() as folder:
        nothing.install(Path(folder))
        floor, ours = _NATIVE.replace("TYPE", nothing.TYPE), _NATIVE.replace("TYPE", IMAGE_CACHE)
        return [
            _measure("dynamic", FLOOR, OURS, caches, rounds, engine),
            _measure("native", floor, ours, caches, rounds, engine, Path(folder)),
        ]


def _measure(  # noqa: PLR0913, PLR0917 - what is compared
    door: str,
    floor_program: str,
    program: str,
    caches: int,
    rounds: int,
    engine: Path,
    plugins: Path | None = None,
) -> dict[str, Any]:
    with (
        stack_of(floor_program, caches, engine, plugins) as (floor, _),
        stack_of(program, caches, engine, plugins) as (ours, peak),
    ):
        best = {name: Best() for name in _COMMANDS}
        contestants = [(floor, "floor"), (ours, "ours")]
        for _ in range(rounds):
            contestants.reverse()  # alternate, so that a change of the machine's speed affects both
            for stack, name in contestants:
                for command, run in _COMMANDS.items():
                    best[command].time(name, lambda run=run, stack=stack: run(stack))
    figures: dict[str, Any] = {"door": door, "caches": caches}
    for command, found in best.items():
        figures[f"{command}_s"] = found.best["ours"]
        figures[f"{command}_floor_s"] = found.best["floor"]
        figures[f"{command}_ratio"] = found.ratio
    return {**figures, "max_rss_mib": peak.rss_mib}
