"""Half of all requests fail, and the real engine still brings the stack to the wanted state.

There are twenty seeds, five on each of four stacks. Each seed is one program: it creates three
caches, changes those of the last program, and destroys those of the program before.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.pulumi_stack import PulumiStack
from tests.support.storm import storm

STORMS = 5
CACHES = 3
MOST_UPS = 4
BUDGET = 40
"""Requests for each cache and seed, with describe calls and retries; about 5 without faults."""


def calm_and_compare(stack: PulumiStack, wanted: dict[str, dict[str, Any]]) -> None:
    """Check that cloud, state and program are equal."""
    caches = {cache["id"]: cache for cache in stack.service.caches()}
    assert sorted(caches) == sorted(stack.resource(name)["id"] for name in wanted)
    for name, args in wanted.items():
        cache = caches[stack.resource(name)["id"]]
        assert (cache["status"], list(cache["images"])) == ("Ready", args["images"])
        tags = {key: tag for key, tag in cache["tags"].items() if not key.startswith("pulumi-eci-")}
        assert tags == args.get("tags", {})
        assert cache["zone_id"] == args.get("zone_id")


def add_faults(stack: PulumiStack, seed: int) -> None:
    """Let half of all requests fail, in an order that depends on the seed."""
    stack.service.journal.clear()
    for fault in storm(0.5, 1000 * seed):
        stack.service.faults.add(fault)


def changed(args: dict[str, Any], number: int) -> dict[str, Any]:
    """Return the arguments with another tag, image or zone."""
    changes: list[dict[str, Any]] = [
        {"tags": {"team": "shop"}},
        {"images": ["redis:7"]},
        {"zone_id": "cn-hangzhou-h"},
    ]
    return {**args, **changes[number % len(changes)]}


@pytest.mark.parametrize(
    ("stack", "first"),
    [("dynamic", 0), ("native", STORMS), ("dynamic", 2 * STORMS), ("native", 3 * STORMS)],
    indirect=["stack"],
)
def test_a_stack_survives_many_failed_requests(stack: PulumiStack, first: int) -> None:
    wanted: dict[str, dict[str, Any]] = {}
    for seed in range(first, first + STORMS):
        wanted = {
            name: changed(args, number)
            for number, (name, args) in enumerate(wanted.items())
            if name.startswith(f"cache-{seed - 1}-")
        }
        new = {f"cache-{seed}-{number}": {"images": ["nginx:1"]} for number in range(CACHES)}
        wanted = {**wanted, **new}
        stack.caches = {name: {"args": args, "options": {}} for name, args in wanted.items()}
        add_faults(stack, seed)
        runs = []
        for _ in range(MOST_UPS):
            runs.append(stack.try_up("--parallel", "8"))
            if runs[-1].ok:
                break
        assert runs[-1].ok, f"seed {seed}: {runs[-1].text[-3000:]}"
        assert not [run.tracebacks for run in runs if run.tracebacks]
        requests = len(stack.service.journal.entries())
        stack.service.faults.clear()
        calm_and_compare(stack, wanted)
        assert requests <= BUDGET * 3 * CACHES
    stack.caches = {}
    stack.up()
    assert stack.service.caches() == []
