"""Policies for all caches of a stack."""

from __future__ import annotations

from typing import Any

import pytest

from eci_policies.cache import BRIDGED, Cache
from tests.support.policies import UNKNOWN, cache, findings


def caches(count: int, **args: Any) -> list[Cache]:  # noqa: ANN401 - any property
    """Return *count* caches, each with its own name and image."""
    return [
        cache(imageCacheName=f"c-{number}", images=[f"r.example.com/{number}:1"], **args)
        for number in range(count)
    ]


ELSEWHERE = [
    {"region": "cn-beijing"},
    {"connection": {"accountId": "1"}},
    {"connection": {"roleArn": "acs:ram::1:role/a"}},
    # The region is not known yet.
    {"region": UNKNOWN},
    {"connection": UNKNOWN},
]


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_the_quota_applies_to_each_region_and_account(elsewhere: dict[str, Any]) -> None:
    assert findings("cache-quota", caches(3) + caches(3, **elsewhere), quota=3) == []


@pytest.mark.parametrize(
    ("judged", "place"),
    [
        (caches(3), "in cn-hangzhou,"),
        (caches(3, connection={"accountId": "1"}), "in cn-hangzhou of `1`,"),
        ([*caches(2), cache(bridged=True)], "in cn-hangzhou,"),
        ([Cache({"imageCacheName": "a"}, type=BRIDGED)] * 3, "in the provider's region,"),
    ],
)
def test_a_cache_above_the_quota_is_reported_with_its_number(
    judged: list[Cache], place: str
) -> None:
    (found,) = findings("cache-quota", judged, quota=2)
    assert f"3 image caches {place}" in found.message


def test_pinned_caches_must_not_fill_the_quota() -> None:
    pinned = caches(2, eliminationStrategy=None)
    assert findings("pinned-caches", [*pinned, *caches(9)], quota=3) == []
    assert len(findings("pinned-caches", [*pinned, *caches(1)], quota=2)) == 1
    assert findings("pinned-caches", caches(5, eliminationStrategy=UNKNOWN), quota=2) == []


def test_the_second_cache_of_a_name_is_reported_with_the_first() -> None:
    twins = [cache(imageCacheName="web") for _ in range(2)]
    (found,) = findings("unique-names", [*twins, cache(imageCacheName="api")])
    assert "`web`" in found.message
    assert found.urn == "urn:web"


@pytest.mark.parametrize("other", [{"region": "x"}, {"imageCacheName": UNKNOWN}])
def test_names_in_another_region_or_that_are_unknown_are_unique(other: dict[str, Any]) -> None:
    judged = cache(**{"imageCacheName": "web", **other})
    assert findings("unique-names", [cache(imageCacheName="web"), judged]) == []
    assert findings("unique-names", [cache(imageCacheName=None) for _ in range(2)]) == []


def test_a_cache_whose_images_are_in_another_is_reported_with_the_largest() -> None:
    small = cache(imageCacheName="small", images=["docker.io/library/a:1"])
    middle = cache(imageCacheName="middle", images=["b", "a:1"])
    large = cache(imageCacheName="large", images=["a:1", "b:latest", "c:1"])
    other = cache(imageCacheName="other", images=["a:1", "d:1"])
    found = {
        f.urn: f.message for f in findings("overlapping-images", [small, middle, large, other])
    }
    assert set(found) == {"urn:small", "urn:middle"}
    assert all("`large`" in message for message in found.values())


def test_the_same_images_are_reported_once() -> None:
    first = cache(imageCacheName="first", images=["a:1", "b:1"])
    second = cache(imageCacheName="second", images=["library/b:1", "a:1"])
    (found,) = findings("overlapping-images", [first, second])
    assert found.urn == "urn:second"
    assert "`first`" in found.message


@pytest.mark.parametrize(
    "other",
    [
        cache(images=["a:1", "b:1"], region="cn-beijing"),
        cache(images=["a:1", UNKNOWN]),
        cache(images=UNKNOWN),
        cache(images=[]),
        cache(images=None),
    ],
)
def test_caches_with_unknown_images_are_not_compared(other: Cache) -> None:
    assert findings("overlapping-images", [cache(images=["a:1"]), other]) == []


def test_many_caches_with_a_base_image_are_compared_quickly() -> None:
    many = [cache(images=["base:1", "side:1", f"own:{number}"]) for number in range(1000)]
    assert findings("overlapping-images", many) == []


def test_the_sum_of_all_sizes_must_be_within_the_budget() -> None:
    judged = [cache(imageCacheSize=size) for size in (None, 80, UNKNOWN)]
    assert findings("storage-budget", judged, gib=100) == []
    (found,) = findings("storage-budget", judged, gib=99)
    assert "100 GiB" in found.message


@pytest.mark.parametrize(
    "policy",
    ["cache-quota", "pinned-caches", "unique-names", "overlapping-images", "storage-budget"],
)
def test_a_stack_without_caches_violates_nothing(policy: str) -> None:
    assert findings(policy, []) == []
