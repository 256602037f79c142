"""Numbers, choices, regions and triggers: the valid values."""

from __future__ import annotations

import math

import pytest

from pulumi_eci.model.fields import NO_REGION
from pulumi_eci.model.parse import converted, parse
from tests.support.inputs import GOOD, paths, problems


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
def test_a_whole_number_in_range_is_valid(name: str, value: float) -> None:
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
    assert problems(**{name: value}) == [(name, reason)]


@pytest.mark.parametrize(
    "name", ["imageCacheSize", "retentionDays", "standardCopyCount", "flashCopyCount"]
)
@pytest.mark.parametrize(
    "value", [20.5, math.nan, math.inf, -math.inf, True, "20.0", "2" * 19, "", " 20", [20]]
)
def test_a_value_that_is_not_a_whole_number_is_a_problem(name: str, value: object) -> None:
    assert problems(**{name: value}) == [(name, "must be a whole number")]


def test_a_number_beyond_every_float_is_out_of_range() -> None:
    assert problems(imageCacheSize=10**400) == [("imageCacheSize", SIZE)]


CONVERTED: list[tuple[str, object, object]] = [
    ("tags", {"cost": 5.0, "prod": True, "v": 1.2}, {"cost": "5", "prod": "true", "v": "1.2"}),
    (
        "tags",
        {"tiny": 1e-7, "big": 1e15, "off": False, 5: "x"},
        {"tiny": "0.0000001", "big": "1000000000000000", "off": "false", "5": "x"},
    ),
    ("retentionDays", "7", 7),
    ("imageCacheSize", "040", 40),
    ("flash", "true", True),
    ("skipAwait", "False", False),
    ("imageCacheName", 2024.0, "2024"),
    ("connection", {"accountId": 1234567890123456.0}, {"accountId": "1234567890123456"}),
    (
        "imageRegistryCredentials",
        [{"server": "s", "userName": "u", "password": 12345.0}],
        [{"server": "s", "userName": "u", "password": "12345"}],
    ),
    (
        "acrRegistryInfos",
        [{"instanceId": 1.0, "domains": [2.0]}],
        [{"instanceId": "1", "domains": ["2"]}],
    ),
    ("rebuildTriggers", {"run": 7.0, "on": "true"}, {"run": 7.0, "on": "true"}),
]


@pytest.mark.parametrize(("name", "value", "wanted"), CONVERTED)
def test_scalars_are_converted_alike_for_state_and_service(
    name: str, value: object, wanted: object
) -> None:
    bag = {**GOOD, name: value}
    stored = converted(bag)
    assert stored[name] == wanted
    assert type(stored[name]) is type(wanted)
    assert converted(stored) == stored
    assert parse(bag) == parse(stored)
    assert parse(bag).problems == ()


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("tags", {"id": 2.0**53}, "tags.id"),
        ("tags", {"id": math.nan}, "tags.id"),
        ("connection", {"accountId": 1e17}, "connection.accountId"),
        ("imageCacheName", math.inf, "imageCacheName"),
        ("flash", "yes", "flash"),
        ("flash", 1.0, "flash"),
        ("images", [5.0], "images[0]"),
    ],
)
def test_a_value_that_cannot_be_converted_without_loss_is_a_problem(
    name: str, value: object, path: str
) -> None:
    assert paths(**{name: value}) == [path]


@pytest.mark.parametrize("value", ["", "LRU"])
def test_an_elimination_strategy_is_lru_or_empty(value: str) -> None:
    assert problems(eliminationStrategy=value) == []


@pytest.mark.parametrize("value", ["lru", "LRU ", "FIFO"])
def test_an_elimination_strategy_is_spelled_exactly(value: str) -> None:
    ((path, reason),) = problems(eliminationStrategy=value)
    assert path == "eliminationStrategy"
    assert reason.startswith("must be empty or LRU")


@pytest.mark.parametrize(
    "region", ["hangzhou", "cn hangzhou", "CN-Hangzhou", "cn-hangzhou.example.com/", "cn-", "-cn"]
)
def test_an_invalid_region_is_a_problem(region: str) -> None:
    (problem,) = problems(region=region)
    assert problem == ("region", "must be the id of a region, such as cn-hangzhou")


@pytest.mark.parametrize("region", ["us-east-1", "cn-shanghai-finance-1", "me-central-1"])
def test_every_real_region_is_valid(region: str) -> None:
    assert problems(region=region) == []


def test_an_empty_region_is_missing() -> None:
    assert problems(region="") == [("region", NO_REGION)]


def test_triggers_may_be_any_json() -> None:
    assert problems(rebuildTriggers={"a": [1, None, True, {"b": 2.5}]}) == []


@pytest.mark.parametrize("value", [math.nan, [math.inf], {"a": object()}, {1, 2}])
def test_triggers_must_be_json(value: object) -> None:
    assert problems(rebuildTriggers=value) == [("rebuildTriggers", "must be a JSON value")]
