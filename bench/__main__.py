"""The command line: one command for each benchmark."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench import (
    calls,
    doors,
    emulator,
    fleet,
    match,
    noop,
    policy,
    registry,
    report,
    scale,
    stacks,
)


def main() -> None:  # noqa: PLR0915 - one command after the other
    """Run a benchmark and print its result."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    noop_parser = commands.add_parser("noop", help="an `up` without changes")
    noop_parser.add_argument("--caches", type=int, default=1000)
    noop_parser.add_argument("--rounds", type=int, default=5)
    doors_parser = commands.add_parser("doors", help="both providers with nothing to do")
    doors_parser.add_argument("--caches", type=int, default=1000)
    doors_parser.add_argument("--rounds", type=int, default=3)
    scale_parser = commands.add_parser("scale", help="an `up` that creates many caches")
    scale_parser.add_argument("--caches", type=int, default=100)
    scale_parser.add_argument("--build-seconds", type=float, default=20.0)
    scale_parser.add_argument("--creates-per-minute", type=int, default=0)
    calls_parser = commands.add_parser("calls", help="the API calls of each operation")
    calls_parser.add_argument("--caches", type=int, default=100)
    calls_parser.add_argument("--build-seconds", type=float, default=20.0)
    calls_parser.add_argument("--page", type=int, default=100, help="the service's largest page")
    calls_parser.add_argument("--per-minute", type=int, default=0, help="rate limit of the service")
    stacks_parser = commands.add_parser("stacks", help="many stacks at once, on PostgreSQL")
    stacks_parser.add_argument("--stacks", type=int, default=10)
    stacks_parser.add_argument("--caches", type=int, default=30, help="caches in each stack")
    stacks_parser.add_argument("--build-seconds", type=float, default=20.0)
    fleet_parser = commands.add_parser("fleet", help="the preview of a fleet of 100 caches")
    fleet_parser.add_argument("--rounds", type=int, default=3)
    registry_parser = commands.add_parser(
        "registry", help="the preview of a fleet with trackDigests"
    )
    registry_parser.add_argument("--images", type=int, default=200)
    registry_parser.add_argument("--rounds", type=int, default=3)
    match_parser = commands.add_parser("match", help="`pulumi-eci match` on many manifests")
    match_parser.add_argument("--caches", type=int, default=1000)
    match_parser.add_argument("--workloads", type=int, default=500)
    match_parser.add_argument("--page", type=int, default=20, help="the service's largest page")
    policy_parser = commands.add_parser("policy", help="a preview with the policy pack")
    policy_parser.add_argument("--resources", type=int, default=1000)
    policy_parser.add_argument("--rounds", type=int, default=4)
    emulator_parser = commands.add_parser("emulator", help="the local ECI API against moto")
    emulator_parser.add_argument(
        "--requests", type=int, default=800, help="most requests in a round"
    )
    emulator_parser.add_argument(
        "--seconds", type=float, default=4.0, help="longest duration of a round"
    )
    emulator_parser.add_argument("--rounds", type=int, default=3)
    report_parser = commands.add_parser("report", help="all benchmarks, with a table and plots")
    report_parser.add_argument(
        "--into", type=Path, default=Path("bench"), help="folder of the results"
    )
    for each in (emulator_parser, report_parser):
        each.add_argument(
            "--moto-python",
            default=sys.executable,
            help="Python interpreter with moto[server]",
        )
    for each in (
        stacks_parser,
        noop_parser,
        doors_parser,
        scale_parser,
        calls_parser,
        fleet_parser,
        registry_parser,
        match_parser,
        policy_parser,
        emulator_parser,
    ):
        each.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    try:
        if options.command == "report":
            report.write(report.measure(_engine(), options.moto_python), options.into)
            return
        result = _measure(options)
    except RuntimeError as error:
        sys.exit(f"bench {options.command}: {error}")
    if options.json:
        print(json.dumps(result))
        return
    for row in result if isinstance(result, list) else [result]:
        print("\n".join(f"{name:26} {value}" for name, value in row.items()))


def _measure(options: argparse.Namespace) -> Mapping[str, Any] | list[dict[str, Any]]:
    o = options
    if o.command == "emulator":
        return emulator.measure(o.requests, o.seconds, o.rounds, o.moto_python)
    if o.command == "match":
        return match.measure(o.caches, o.workloads, o.page)
    engine = _engine()
    measures: dict[str, Callable[[], Mapping[str, Any] | list[dict[str, Any]]]] = {
        "noop": lambda: noop.measure(o.caches, o.rounds, engine),
        "doors": lambda: doors.measure(o.caches, o.rounds, engine),
        "scale": lambda: scale.measure(o.caches, o.build_seconds, engine, o.creates_per_minute),
        "calls": lambda: list(
            calls.measure(o.caches, o.build_seconds, o.page, o.per_minute, engine)
        ),
        "stacks": lambda: stacks.measure(o.stacks, o.caches, o.build_seconds, engine),
        "fleet": lambda: fleet.measure(o.rounds, engine),
        "registry": lambda: registry.measure(o.images, o.rounds, engine),
        "policy": lambda: policy.measure(o.resources, o.rounds, engine),
    }
    return measures[o.command]()


def _engine() -> Path:
    command = [sys.executable, "-m", "tools.engine"]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Path(answer.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
