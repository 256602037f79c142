"""Runs all benchmarks: results as JSON, tables and plots."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from bench import (
    calls,
    emulator,
    fleet,
    match,
    noop,
    plots,
    policy,
    registry,
    scale,
    stacks,
)

SCALE_CACHES = (1, 4, 10, 25, 50, 100)
NOOP_CACHES = (100, 400, 1000)
BUILD_SECONDS = 20.0
CALLS_CACHES = 100
PAGES = (100, 20)

Results = dict[str, Any]


def measure(engine: Path, moto_python: str) -> Results:
    """Run all benchmarks, some for several numbers of caches.

    Args:
        engine: The folder of the engine.
        moto_python: Python interpreter with `moto[server]`.
    """
    return {
        "machine": {
            "cpus": os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(),
        },
        # Short benchmarks first, so that missing requirements are reported early.
        "emulator": _each("emulator", (100,), lambda _: emulator.measure(800, 4.0, 3, moto_python)),
        "policy": _each("policy", (1000,), lambda n: policy.measure(n, 3, engine)),
        "match": _each("match", (1000,), lambda n: match.measure(n, n // 2, 20)),
        "fleet": _each("fleet", (100,), lambda _: fleet.measure(3, engine)),
        "registry": _each("registry", (200,), lambda n: registry.measure(n, 3, engine)),
        "scale": _each("scale", SCALE_CACHES, lambda n: scale.measure(n, BUILD_SECONDS, engine)),
        "calls": [
            row
            for page in PAGES
            for row in calls.measure(CALLS_CACHES, BUILD_SECONDS, page, 0, engine)
        ],
        "stacks": _each("stacks", (10,), lambda n: stacks.measure(n, 30, BUILD_SECONDS, engine)),
        "noop": _each("noop", NOOP_CACHES, lambda n: noop.measure(n, 3, engine)),
    }


def _each(
    name: str, numbers: Iterable[int], run: Callable[[int], Mapping[str, Any]]
) -> list[dict[str, Any]]:
    found = []
    for number in numbers:
        print(f"bench {name} {number}", file=sys.stderr, flush=True)
        found.append(dict(run(number)))
    return found


def write(results: Results, folder: Path) -> None:
    """Write `results.json`, `results.md` and the plots into *folder*."""
    (folder / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    (folder / "results.md").write_text(table(results))
    plots.draw(results, folder)


def table(results: Results) -> str:
    """Return the results in Markdown, a table for each benchmark."""
    machine = results["machine"]
    head = (
        "# Results of `make bench`\n\n"
        f"Measured on {machine['cpus']} CPUs ({machine['system']}, Python {machine['python']}). "
        "Each ratio compares two measurements, one after the other.\n"
    )
    return "\n".join(
        [head, *(_section(name, results[name]) for name in results if name in _TITLES)]
    )


_TITLES = {
    "scale": "Creating caches: `ratio` = wall_s / (build_seconds + floor_s)",
    "calls": "Calls of each operation on a hundred caches, by the service's largest page",
    "stacks": "Many stacks at once with one account, a service that throttles, and one PostgreSQL",
    "noop": "An `up` without changes, compared with resources that do nothing",
    "fleet": "Preview of a fleet, compared with the same caches without a fleet",
    "registry": "Preview of a fleet with `track_digests`, compared with a preview without it",
    "match": "`pulumi-eci match`: calls, and seconds for the calls and for the rest",
    "policy": "Preview with the policy pack, compared with an empty pack",
    "emulator": "The local ECI API, compared with moto's server",
}


def _section(name: str, rows: list[Mapping[str, Any]]) -> str:
    columns = list(rows[0])
    lines = [columns, ["---:"] * len(columns), *([_cell(row[c]) for c in columns] for row in rows)]
    body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    picture = f"![{_TITLES[name]}]({name}.svg)\n\n" if name in plots.PLOTS else ""
    return f"## {_TITLES[name]}\n\n{picture}{body}\n"


def _cell(value: Any) -> str:  # noqa: ANN401 - of any benchmark
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {count}" for name, count in value.items())
    return str(value)
