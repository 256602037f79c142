"""What an `up` with nothing to do costs, against as many resources that do nothing."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eci_emulator.server import running
from eci_emulator.settings import Settings
from tests.support.pulumi_stack import PulumiStack

# The same inputs for both; the floor has the region and name that the provider fills in, too.
_ARGS = """images=["nginx:1.27", "redis:7"], vswitch_id="vsw-1", security_group_id="sg-1",
    elimination_strategy="LRU", retention_days=7, tags={"team": "web", "stage": "bench"}"""
_OURS = f"""
import pulumi_eci as eci
for number in range(COUNT):
    eci.ImageCache(f"cache-{{number}}", {_ARGS})
"""
_FLOOR = f"""
from bench.floor import Nothing
for number in range(COUNT):
    name = f"cache-{{number}}"
    Nothing(name, region="cn-hangzhou", image_cache_name=name, {_ARGS})
"""


def measure(caches: int, rounds: int, engine: Path) -> dict[str, Any]:
    """Run both programs in turn and compare.

    Args:
        caches: How many resources each declares.
        rounds: How often each `up` and `preview` with nothing to do is timed; the best counts.
        engine: The folder of the engine.

    Returns:
        Seconds and their ratio for `up` (`wall_s`, `floor_s`, `ratio`) and for `preview`, and how
        many bytes of state a cache takes beyond a resource that does nothing.
    """
    with _stack(_OURS, caches, engine) as ours, _stack(_FLOOR, caches, engine) as floor:
        up, preview = _Best(), _Best()
        for _ in range(rounds):
            for stack, name in ((floor, "floor"), (ours, "ours")):
                up.time(name, lambda stack=stack: stack.up("--expect-no-changes"))
                preview.time(name, lambda stack=stack: stack.preview("--expect-no-changes"))
        beyond = (_state_bytes(ours) - _state_bytes(floor)) / caches
    return {
        "caches": caches,
        "wall_s": up.best["ours"],
        "floor_s": up.best["floor"],
        "ratio": up.ratio,
        "preview_wall_s": preview.best["ours"],
        "preview_floor_s": preview.best["floor"],
        "preview_ratio": preview.ratio,
        "state_bytes_per_resource": round(beyond),
    }


class _Best:
    """The shortest time of each contestant."""

    def __init__(self) -> None:
        self.best: dict[str, float] = {}

    def time(self, name: str, run: Any) -> None:  # noqa: ANN401 - what it returns is of no interest
        began = time.perf_counter()
        run()
        elapsed = round(time.perf_counter() - began, 2)
        self.best[name] = min(elapsed, self.best.get(name, elapsed))

    @property
    def ratio(self) -> float:
        return round(self.best["ours"] / self.best["floor"], 3)


@contextmanager
def _stack(program: str, caches: int, engine: Path) -> Iterator[PulumiStack]:
    settings = Settings(build_seconds=0.1, quota=caches)
    with tempfile.TemporaryDirectory() as folder, running(settings) as api:
        stack = PulumiStack(Path(folder), engine, api).start()
        stack.program = program.replace("COUNT", str(caches))
        stack.up("--parallel", "64")
        yield stack
        stack.destroy("--parallel", "64")


def _state_bytes(stack: PulumiStack) -> int:
    export = stack.run("stack", "export").text
    return sum(len(json.dumps(r)) for r in json.loads(export)["deployment"]["resources"])
