"""Time the preview of a fleet, against the same number of caches without a fleet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.noop import Best, stack_of

REGIONS = 10
IMAGES = 200
CACHES = REGIONS * IMAGES // 20

_SHARED = """vswitch_id="vsw-1", security_group_id="sg-1", elimination_strategy="LRU",
    retention_days=7, tags={"team": "web"}"""
_PROGRAM = f"""
import pulumi_eci as eci
regions = [f"region-{{number}}" for number in range({REGIONS})]
images = [f"registry.example.com/team/app-{{number:03}}:1" for number in range({IMAGES})]
"""
_FLEET = f"""{_PROGRAM}
eci.ImageCacheFleet(
    "apps", images=images, placements={{region: eci.Placement() for region in regions}}, {_SHARED}
)
"""
_ONE_BY_ONE = f"""{_PROGRAM}
for region in regions:
    for number in range({IMAGES} // 20):
        held = images[20 * number : 20 * number + 20]
        eci.ImageCache(f"apps-{{region}}-{{number}}", images=held, region=region, {_SHARED})
"""


def measure(rounds: int, engine: Path) -> dict[str, Any]:
    """Run both programs in turn and compare.

    Args:
        rounds: Number of times that each preview is timed; the best counts.
        engine: The folder of the engine.

    Returns:
        Seconds of a preview of the fleet (`wall_s`) and of the other program (`floor_s`), and their
        ratio.
    """
    preview = Best()
    with (
        stack_of(_FLEET, CACHES, engine) as (ours, _),
        stack_of(_ONE_BY_ONE, CACHES, engine) as (floor, _),
    ):
        if len(ours.service.caches()) != CACHES:
            raise RuntimeError(f"{len(ours.service.caches())} caches instead of {CACHES}")
        for _ in range(rounds):
            for stack, name in ((floor, "floor"), (ours, "ours")):
                preview.time(name, lambda stack=stack: stack.preview("--expect-no-changes"))
    return {
        "regions": REGIONS,
        "images": IMAGES,
        "caches": CACHES,
        "wall_s": preview.best["ours"],
        "floor_s": preview.best["floor"],
        "ratio": preview.ratio,
    }
