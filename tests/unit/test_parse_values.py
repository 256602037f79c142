"""Numbers, choices, regions and triggers: what is in range and what is none."""

from __future__ import annotations

import math

import pytest

from pulumi_eci.model.parse import NO_REGION
from tests.support.inputs import problems


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("imageCacheSize", 20),
        ("imageCacheSize", 20.0),
        ("imageCacheSize", 32768),
        ("retentionDays", 1),
        ("retentionDays", 65536.0),
        ("standardCopyCount", 1),
        ("flashCopyCount", 1),
    ],
)
def test_a_whole_number_in_range_is_good(name: str, value: float) -> None:
    """The limits themselves; the engine's numbers are floats."""
    assert problems(**{name: value}) == []


SIZE = "must be between 20 and 32768 (GiB)"
DAYS = "must be between 1 and 65536 (days), or left out to keep the cache for ever"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("imageCacheSize", 19, SIZE),
        ("imageCacheSize", 32769, SIZE),
        ("imageCacheSize", -20, SIZE),
        ("retentionDays", 0, DAYS),
        ("retentionDays", 65537, DAYS),
        ("standardCopyCount", 0, "must be at least 1"),
        ("flashCopyCount", 0, "must be at least 1"),
    ],
)
def test_a_number_out_of_range_is_a_problem(name: str, value: float, reason: str) -> None:
    """One beyond each limit."""
    assert problems(**{name: value}) == [(name, reason)]


@pytest.mark.parametrize(
    "name", ["imageCacheSize", "retentionDays", "standardCopyCount", "flashCopyCount"]
)
@pytest.mark.parametrize("value", [20.5, math.nan, math.inf, -math.inf, True, False, "20", [20]])
def test_what_is_no_whole_number_is_a_problem(name: str, value: object) -> None:
    """A truth value is none either, whatever Python says."""
    assert problems(**{name: value}) == [(name, "must be a whole number")]


def test_a_number_beyond_every_float_is_out_of_range() -> None:
    """However large a number is, it is a problem and not an exception."""
    assert problems(imageCacheSize=10**400) == [("imageCacheSize", SIZE)]


@pytest.mark.parametrize("value", ["", "LRU"])
def test_an_elimination_strategy_is_lru_or_empty(value: str) -> None:
    """The two values of the documents."""
    assert problems(eliminationStrategy=value) == []


@pytest.mark.parametrize("value", ["lru", "LRU ", "FIFO"])
def test_an_elimination_strategy_is_spelled_exactly(value: str) -> None:
    """The service takes nothing else."""
    assert problems(eliminationStrategy=value) == [
        ("eliminationStrategy", "must be empty or LRU, spelled exactly so")
    ]


@pytest.mark.parametrize(
    "region", ["hangzhou", "cn hangzhou", "CN-Hangzhou", "cn-hangzhou.example.com/", "cn-", "-cn"]
)
def test_a_region_that_is_no_id_is_refused(region: str) -> None:
    """It would become a part of the host that requests, and passwords in them, are sent to."""
    (problem,) = problems(region=region)
    assert problem == ("region", "must be the id of a region, such as cn-hangzhou")


@pytest.mark.parametrize("region", ["us-east-1", "cn-shanghai-finance-1", "me-central-1"])
def test_every_real_region_passes(region: str) -> None:
    """Words of lower-case letters and digits, joined by hyphens."""
    assert problems(region=region) == []


def test_an_empty_region_is_no_region() -> None:
    """It would name the endpoint `eci..aliyuncs.com`."""
    assert problems(region="") == [("region", NO_REGION)]


def test_triggers_take_any_json() -> None:
    """Nesting, numbers, truth values."""
    assert problems(rebuildTriggers={"a": [1, None, True, {"b": 2.5}]}) == []


@pytest.mark.parametrize("value", [math.nan, [math.inf], {"a": object()}, {1, 2}])
def test_triggers_take_nothing_but_json(value: object) -> None:
    """What state cannot hold is refused."""
    assert problems(rebuildTriggers=value) == [("rebuildTriggers", "must be a JSON value")]
