"""The rate limit of creations."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from pulumi_eci.api.errors import ApiError, EciError, IncompleteError
from pulumi_eci.model.request import Parameters
from pulumi_eci.model.spec import ImageCacheSpec
from pulumi_eci.operations.attempt import Client
from pulumi_eci.operations.budget import Budget
from pulumi_eci.operations.lifecycle import Lifecycle
from tests.support.memory import MemoryGateway, make_client, make_emulator

FOREVER = 1e9
SPEC = ImageCacheSpec("cn-hangzhou", ("nginx",), "web", skip_await=True)


def test_a_full_bucket_allows_calls_at_once() -> None:
    budget = Budget(3)
    assert [budget.reserve(7.0, FOREVER) for _ in range(3)] == [7.0] * 3


def test_an_empty_bucket_returns_the_next_slot() -> None:
    budget = Budget(2)
    turns = [budget.reserve(now, FOREVER) for now in (0.0, 10.0, 20.0, 21.0, 22.0, 23.0)]
    assert turns == [0.0, 10.0, 60.0, 70.0, 120.0, 130.0]


def test_no_minute_contains_more_calls_than_the_limit() -> None:
    budget, now, turns = Budget(20), 0.0, list[float]()
    dice = random.Random(1)  # noqa: S311 - no secret
    for _ in range(500):
        now += dice.choice([0.0, 0.1, 5.0])
        turn = budget.reserve(now, FOREVER)
        assert turn is not None
        turns.append(turn)
    assert all(later - earlier > 59.999 for earlier, later in zip(turns, turns[20:], strict=False))


def test_a_slot_after_the_deadline_is_not_reserved() -> None:
    budget = Budget(1)
    assert budget.reserve(0.0, FOREVER) == 0.0
    assert budget.reserve(1.0, 60.0) is None
    assert budget.reserve(1.0, 60.1) == 60.0


# -- creations

Make = Callable[[int], tuple[Lifecycle, MemoryGateway, Client]]


@pytest.fixture
def make() -> Make:
    """Return a function that creates a lifecycle with a rate limit, on an in-memory API."""

    def make(per_minute: int) -> tuple[Lifecycle, MemoryGateway, Client]:
        gateway = MemoryGateway(make_emulator(build_seconds=1.0))
        client = replace(make_client(gateway), budget=Budget(per_minute))
        return Lifecycle(client), gateway, client

    return make


def test_creations_above_the_limit_wait_and_report_so(make: Make) -> None:
    lifecycle, gateway, client = make(2)
    reported = list[list[str]]()
    for _ in range(3):
        reported.append([])
        lifecycle.create(SPEC, FOREVER, reported[-1].append)
    waiting = [[line for line in lines if "creations a minute" in line] for lines in reported]
    assert waiting[:2] == [[], []]
    assert [line.partition(":")[0] for line in waiting[2]] == ["waiting 1 min"]
    assert client.clock.now() == pytest.approx(60.0)
    assert len(gateway.sent("CreateImageCache")) == 3


def test_a_long_wait_is_reported_each_minute(make: Make) -> None:
    lifecycle, _, client = make(1)
    client.budget.reserve(100.0, FOREVER)  # the slot of another creation
    reported = list[str]()
    lifecycle.create(SPEC, FOREVER, reported.append)
    waits = [line.partition(":")[0] for line in reported if "creations a minute" in line]
    assert waits == ["waiting 2 min 40 s", "waiting 1 min 40 s", "waiting 40 s"]


def test_a_retried_creation_takes_another_slot(make: Make) -> None:
    lifecycle, gateway, client = make(1)
    refused = ApiError("CreateImageCache", "InternalError", "sorry", "", 500)
    create, failures = gateway.create, [refused]

    def refuse_once(parameters: Parameters, client_token: str) -> str:
        if failures:
            raise failures.pop()
        return create(parameters, client_token)

    gateway.create = refuse_once  # type: ignore[method-assign]
    lifecycle.create(SPEC, FOREVER, print)
    assert client.clock.now() == pytest.approx(60.0)


def test_a_slot_after_the_deadline_creates_nothing(make: Make) -> None:
    lifecycle, gateway, client = make(1)
    client.budget.reserve(0.0, FOREVER)
    with pytest.raises(EciError, match=r"not created: the limit of 1 creations") as caught:
        lifecycle.create(SPEC, 30.0, print)
    assert not isinstance(caught.value, IncompleteError)
    assert gateway.sent("CreateImageCache") == []


def test_a_creation_without_a_slot_for_a_retry_names_the_refusal(make: Make) -> None:
    lifecycle, gateway, _ = make(1)
    refused = ApiError("CreateImageCache", "InternalError", "sorry", "", 500)

    def refuse(parameters: Parameters, client_token: str) -> str:
        del parameters, client_token
        raise refused

    gateway.create = refuse  # type: ignore[method-assign]
    with pytest.raises(EciError, match=r"InternalError.*no slot for another try") as caught:
        lifecycle.create(SPEC, 30.0, print)
    assert "not created" not in str(caught.value)
