"""Time a preview with the policy pack, against a preview with a pack that checks nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.noop import Best
from eci_emulator.server import running
from eci_emulator.settings import Settings
from tests.support.policy_stack import PACK, PolicyStack

EMPTY_PACK = Path(__file__).parent / "empty_pack"

# Large enough for all caches, so that no message is measured.
_HIGH = {"cache-quota": {"quota": 10**6}, "storage-budget": {"gib": 10**9}}


def measure(resources: int, rounds: int, engine: Path) -> dict[str, Any]:
    """Preview the creation of caches that violate nothing, with both packs in turn.

    Args:
        resources: Number of caches.
        rounds: Number of times that each preview is timed; the best counts.
        engine: The folder of the engine.

    Returns:
        Seconds with the pack (`wall_s`), with the empty pack (`floor_s`), and their ratio. The pack
        takes about a millisecond a resource, so use an idle machine.

    Raises:
        RuntimeError: A preview failed, or the pack found a violation.
    """
    preview = Best()
    with tempfile.TemporaryDirectory() as folder, running(Settings()) as api:
        stack = PolicyStack(Path(folder), engine, api, shortcuts=False)
        stack.start()
        _declare(stack, resources)
        for _ in range(rounds):
            preview.time("floor", lambda: _preview(stack, EMPTY_PACK, None))
            preview.time("ours", lambda: _preview(stack, PACK, _HIGH))
    return {
        "resources": resources,
        "wall_s": preview.best["ours"],
        "floor_s": preview.best["floor"],
        "ratio": preview.ratio,
    }


def _declare(stack: PolicyStack, resources: int) -> None:
    for number in range(resources):
        stack.declare(
            f"cache-{number}",
            images=[f"registry-vpc.cn-hangzhou.aliyuncs.com/bench/{number}:1.27"],
            vswitch_id="vsw-1",
            security_group_id="sg-1",
            elimination_strategy="LRU",
            retention_days=7,
            tags={"team": "web", "stage": "bench"},
        )


def _preview(stack: PolicyStack, pack: Path, config: Mapping[str, Any] | None) -> None:
    run = stack.judge("preview", config, pack)
    if not run.ok or run.violations:
        raise RuntimeError(f"the preview failed, or something was found:\n{run.text[-2000:]}")
