"""Measures an `up` without changes, against as many resources that do nothing."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.floor import FLOOR, OURS
from bench.memory import Peak, watching
from eci_emulator.server import running
from eci_emulator.settings import Settings
from tests.support.pulumi_stack import PulumiStack


def measure(caches: int, rounds: int, engine: Path) -> dict[str, Any]:
    """Run both programs in turn and compare.

    Args:
        caches: Number of resources in each program.
        rounds: Number of measurements of `up` and `preview` without changes; the best counts.
        engine: The folder of the engine.

    Returns:
        Seconds and their ratio for `up` (`wall_s`, `floor_s`, `ratio`) and for `preview`; the bytes
        of state that a cache takes more than a resource that does nothing; and the peak of the
        provider's memory and threads, including the creation (None if the system does not report
        it).
    """
    with (
        stack_of(FLOOR, caches, engine) as (floor, _),
        stack_of(OURS, caches, engine) as (ours, peak),
    ):
        up, preview = Best(), Best()
        contestants = [(floor, "floor"), (ours, "ours")]
        for _ in range(rounds):
            # alternate, so that a change of the machine's speed affects both programs
            contestants.reverse()
            for stack, name in contestants:
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
        "max_rss_mib": peak.rss_mib,
        "max_threads": peak.threads or None,
    }


class Best:
    """The shortest time of each program."""

    def __init__(self) -> None:
        self.best: dict[str, float] = {}

    def time(self, name: str, run: Any) -> None:  # noqa: ANN401 - the result is not used
        """Time *run* for the contestant *name*."""
        began = time.perf_counter()
        run()
        elapsed = round(time.perf_counter() - began, 2)
        self.best[name] = min(elapsed, self.best.get(name, elapsed))

    @property
    def ratio(self) -> float:
        """The time of `ours` divided by the time of `floor`."""
        return round(self.best["ours"] / self.best["floor"], 3)


@contextmanager
def stack_of(
    program: str, caches: int, engine: Path, plugins: Path | None = None
) -> Iterator[tuple[PulumiStack, Peak]]:
    """Create a stack with a program that declares COUNT caches, and destroy it at the end.

    Args:
        program: The program.
        caches: COUNT.
        engine: The folder of the engine.
        plugins: A folder of other plugins, for a program with the native provider.
    """
    settings = Settings(build_seconds=0.1, quota=caches)
    with tempfile.TemporaryDirectory() as folder, running(settings) as api:
        stack = PulumiStack(Path(folder), engine, api, native=plugins is not None, shortcuts=False)
        if plugins:
            stack.environment["PATH"] = f"{plugins}{os.pathsep}{stack.variables()['PATH']}"
        stack.start()
        stack.program = program.replace("COUNT", str(caches))
        with watching(stack.folder / "home") as peak:
            with _hurry(stack):
                stack.up("--parallel", "128")
            yield stack, peak


@contextmanager
def _hurry(stack: PulumiStack) -> Iterator[None]:
    """Speed up the creation of the stack, which is not measured.

    The local API has no rate limit for creations. Without checkpoints the engine writes the state
    once instead of after each resource.
    """
    haste = {
        "ECI_CREATES_PER_MINUTE": "6000",
        "PULUMI_EXPERIMENTAL": "true",
        "PULUMI_SKIP_CHECKPOINTS": "true",
    }
    stack.environment.update(haste)
    yield
    for name in haste:
        del stack.environment[name]


def _state_bytes(stack: PulumiStack) -> int:
    export = stack.run("stack", "export").text
    return sum(len(json.dumps(r)) for r in json.loads(export)["deployment"]["resources"])
