"""Half of all calls fail, and fifty caches are still created, changed and destroyed.

The name of a failing test has its seed, which replays the schedule: `ECI_TEST_STORMS=500 pytest
"tests/storms/test_schedules.py::test_nothing_is_lost_in_a_storm[317]"`.
"""

from __future__ import annotations

import os
import random
from typing import Any

import pytest

from pulumi_eci.core.caches import CREATE_TIMEOUT
from pulumi_eci.operations.retry import FIRST_TRIES, MOST_TRIES
from tests.storms.stormy import StormyStack
from tests.support.small_engine import Program, Properties, Step, StepFailedError

SCHEDULES = int(os.environ.get("ECI_TEST_STORMS") or 10)
CACHES = 50
MOST_UPS = 3
BUDGET = 30
"""Calls to create, change and destroy a cache while half of all calls fail, with describe calls.
Without failures there are 11."""


def first_program() -> dict[str, Properties]:
    """Return fifty caches."""
    return {
        f"cache-{number:02}": {
            "images": [f"registry.example.com/app:{number}"],
            "tags": {"team": "web", "number": str(number)},
        }
        for number in range(CACHES)
    }


def changed_program(seed: int) -> dict[str, Properties]:
    """Return the same caches, each changed in some way: metadata, a rebuild or a replacement."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    changes: list[Properties] = [
        {"tags": {"team": "shop"}},
        {"tags": {}},
        {"retentionDays": 9000, "eliminationStrategy": "LRU"},
        {"imageCacheName": "renamed"},
        {"images": ["nginx:2", "redis:7"]},
        {"imageCacheSize": 60},
        {"rebuildTriggers": "again"},
        {"zoneId": "cn-hangzhou-h"},
        {},
    ]
    return {name: {**inputs, **chance.choice(changes)} for name, inputs in first_program().items()}


def day(seed: int, share: float, monkeypatch: pytest.MonkeyPatch) -> StormyStack:
    """Create, change and destroy while a *share* of the calls fails; compare after each step."""
    stack = StormyStack(seed, monkeypatch)
    stack.gateway.share = share
    with stack.time.governs_threads(monkeypatch):
        for program in (first_program(), changed_program(seed), {}):
            stack.up_until_done(program, MOST_UPS)
            assert [error for error in stack.refresh_at_once() if error] == []
            compare(stack, program)
        stack.emulator.close()
    return stack


def compare(stack: StormyStack, program: Program) -> None:
    """Check that cloud, state and program are equal, and that the next preview is empty."""
    caches = {cache["id"]: cache for cache in stack.emulator.caches()}
    assert sorted(caches) == sorted(kept.id for kept in stack.state.values())
    assert stack.condemned == []
    for name, wanted in program.items():
        kept = stack.state[name]
        cache = caches[kept.id]
        assert (cache["status"], set(cache["images"])) == ("Ready", set(wanted["images"]))
        assert own_tags(cache) == wanted["tags"]
        assert cache["size"] == wanted.get("imageCacheSize", 20)
        assert (cache["retention_days"] or 0) == wanted.get("retentionDays", 0)
        assert cache["zone_id"] == wanted.get("zoneId")
    assert [step for step in stack.preview(program).values() if step is not Step.SAME] == []


def own_tags(cache: dict[str, Any]) -> dict[str, str]:
    """Return the tags of a cache, without the provider's own tags."""
    return {key: tag for key, tag in cache["tags"].items() if not key.startswith("pulumi-eci-")}


@pytest.mark.parametrize("seed", range(SCHEDULES))
def test_nothing_is_lost_in_a_storm(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = day(seed, 0.5, monkeypatch)
    assert sum(stack.gateway.calls.values()) <= BUDGET * CACHES


def test_a_schedule_is_replayed_by_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert day(7, 0.5, monkeypatch).gateway.log == day(7, 0.5, monkeypatch).gateway.log


def test_a_day_without_failures_takes_few_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sum(day(1, 0.0, monkeypatch).gateway.calls.values()) <= 12 * CACHES


def test_a_rate_limit_is_not_exceeded_often(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = StormyStack(1, monkeypatch)
    stack.gateway.per_minute = 30
    with stack.time.governs_threads(monkeypatch):
        assert stack.up_until_done(first_program(), 1) == 1
    compare(stack, first_program())
    faults = [fault for _, _, fault in stack.gateway.log]
    assert faults.count("throttled") <= faults.count("")


def test_a_throttled_refresh_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = StormyStack(1, monkeypatch)
    with stack.time.governs_threads(monkeypatch):
        stack.up_until_done(first_program(), 1)
        stack.gateway.per_minute = 1
        assert stack.refresh_at_once() == [None] * CACHES
    compare(stack, first_program())


def test_a_service_that_throttles_everything_is_called_rarely_until_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stack = StormyStack(1, monkeypatch)
    stack.gateway.per_minute = 0
    with stack.time.governs_threads(monkeypatch):
        results = stack.up_at_once(first_program())
    assert [type(error) for error in results] == [StepFailedError] * CACHES
    # Each makes a last try at the deadline. Callers of the same listing try one after the other.
    assert 0.9 * CREATE_TIMEOUT < stack.time.now() <= CREATE_TIMEOUT + 30.0
    assert sum(stack.gateway.calls.values()) < CREATE_TIMEOUT / 10 + CACHES
    assert stack.emulator.caches() == []


@pytest.mark.parametrize(("fault", "tries"), [("refused", FIRST_TRIES), ("500", MOST_TRIES)])
def test_an_unavailable_service_fails_all_operations_soon(
    monkeypatch: pytest.MonkeyPatch, fault: str, tries: int
) -> None:
    stack = StormyStack(1, monkeypatch)
    stack.gateway.share = 1.0
    monkeypatch.setattr("tests.storms.stormy.FAULTS", (fault,))
    with stack.time.governs_threads(monkeypatch):
        results = stack.up_at_once(first_program())
    assert [type(error) for error in results] == [StepFailedError] * CACHES
    assert stack.time.now() < 300.0
    assert sum(stack.gateway.calls.values()) == tries
