"""Time the preview of a fleet with `track_digests`, against a preview without it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from bench.noop import Best, stack_of
from tests.support.registry import docker_registry

_FLEET = """
import pulumi_eci as eci
images = [f"HOST/team/app-{number:04}:1" for number in range(IMAGES)]
eci.ImageCacheFleet("apps", images=images, placements={"cn-hangzhou": eci.Placement()}, OPTIONS)
"""


def measure(images: int, rounds: int, engine: Path) -> dict[str, Any]:
    """Run both programs in turn and compare. The registry is real and runs on loopback.

    Args:
        images: Number of images in the fleet, with two layers each.
        rounds: Number of times that each preview is timed; the best counts.
        engine: The folder of the engine.

    Returns:
        Seconds of a preview with tracking (`wall_s`) and without (`floor_s`), their ratio, and the
        number of requests to the registry in a preview without changes (`requests`) and in the
        first preview (`first_requests`).
    """
    caches = -(-images // 20)
    with tempfile.TemporaryDirectory() as folder, docker_registry(Path(folder)) as registry:
        for number in range(images):
            registry.push(f"team/app-{number:04}:1", b"base", str(number).encode())
        program = _FLEET.replace("HOST", registry.host).replace("IMAGES", str(images))
        pushed = len(registry.asked())
        with (
            stack_of(program.replace("OPTIONS", "track_digests=True"), caches, engine) as (ours, _),
            stack_of(program.replace("OPTIONS", ""), caches, engine) as (floor, _),
        ):
            first = len(registry.asked()) - pushed
            preview = Best()
            for _ in range(rounds):
                before = len(registry.asked())
                preview.time("ours", lambda: ours.preview("--expect-no-changes"))
                requests = len(registry.asked()) - before
                preview.time("floor", lambda: floor.preview("--expect-no-changes"))
    return {
        "images": images,
        "caches": caches,
        "wall_s": preview.best["ours"],
        "floor_s": preview.best["floor"],
        "ratio": preview.ratio,
        "requests": requests,
        "first_requests": first,
    }
