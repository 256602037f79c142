"""Policies about all caches of a stack together."""

from __future__ import annotations

from typing import Any

import pytest

from eci_policies.cache import BRIDGED, Cache
from tests.support.policies import UNKNOWN, cache, findings


def caches(count: int, **args: Any) -> list[Cache]:  # noqa: ANN401 - any property
    """Return so many caches, each with a name and an image of its own."""
    return [
        cache(imageCacheName=f"c-{number}", images=[f"r.example.com/{number}:1"], **args)
        for number in range(count)
    ]


def test_the_quota_is_for_a_region() -> None:
    """As many caches as the quota allows are no violation, one more is."""
    assert findings("cache-quota", caches(3) + caches(3, region="cn-beijing"), quota=3) == []
    (found,) = findings("cache-quota", caches(4), quota=3)
    assert found.message == (
        "The stack has 4 image caches in cn-hangzhou, and the quota is 3: creating more fails, or "
        "evicts some of the 4 that are LRU."
    )


def test_the_quota_is_for_an_account() -> None:
    """Caches of another connection count against another quota."""
    others = caches(3, connection={"accountId": "1"})
    assert findings("cache-quota", caches(3) + others, quota=3) == []
    (found,) = findings("cache-quota", others, quota=2)
    assert "in cn-hangzhou of `1`" in found.message


def test_a_bridged_cache_is_in_the_region_of_its_provider() -> None:
    """It counts with the others, and is never LRU."""
    bridged = cache(bridged=True)
    (found,) = findings("cache-quota", [*caches(1), bridged], quota=1)
    assert found.message.startswith("The stack has 2 image caches in cn-hangzhou")
    assert found.message.endswith("evicts some of the 1 that are LRU.")


@pytest.mark.parametrize("unknown", [{"region": UNKNOWN}, {"connection": UNKNOWN}])
def test_a_cache_somewhere_counts_nowhere(unknown: dict[str, str]) -> None:
    """Where it will be is not known yet."""
    assert findings("cache-quota", caches(3, **unknown), quota=1) == []


def test_without_any_region_there_is_one_all_the_same() -> None:
    """The provider's own default, whatever it is."""
    nowhere = [Cache({"imageCacheName": "a"}, type=BRIDGED) for _ in range(2)]
    (found,) = findings("cache-quota", nowhere, quota=1)
    assert "in the provider's region" in found.message


def test_pinned_caches_must_not_fill_the_quota() -> None:
    """One place is enough for evictions to make room."""
    pinned = caches(2, eliminationStrategy=None)
    assert findings("pinned-caches", [*pinned, *caches(9)], quota=3) == []
    (found,) = findings("pinned-caches", [*pinned, *caches(1)], quota=2)
    assert found.message == (
        "2 of 3 image caches in cn-hangzhou are not LRU, and fill the quota of 2: no eviction can "
        "make room for another."
    )


def test_a_strategy_that_is_unknown_pins_nothing() -> None:
    """It may be LRU."""
    assert findings("pinned-caches", caches(5, eliminationStrategy=UNKNOWN), quota=2) == []


def test_names_are_unique_in_a_region() -> None:
    """The second one of a name is told, with the first."""
    twins = [cache(imageCacheName="web") for _ in range(2)]
    (found,) = findings("unique-names", [*twins, cache(imageCacheName="api")])
    assert found.message == "The imageCacheName `web` is also that of `web`, in cn-hangzhou."
    assert found.urn == "urn:web"
    assert findings("unique-names", [twins[0], cache(imageCacheName="web", region="x")]) == []


@pytest.mark.parametrize("name", [UNKNOWN, None])
def test_names_that_are_unknown_are_unique(name: str | None) -> None:
    """The service, or the provider, will choose."""
    assert findings("unique-names", [cache(imageCacheName=name) for _ in range(2)]) == []


def test_a_cache_within_another_is_told() -> None:
    """The smaller one is, with the largest that holds all of its images."""
    small = cache(imageCacheName="small", images=["a:1"])
    middle = cache(imageCacheName="middle", images=["b:1", "a:1"])
    large = cache(imageCacheName="large", images=["a:1", "b:1", "c:1"])
    other = cache(imageCacheName="other", images=["a:1", "d:1"])
    found = {
        f.urn: f.message for f in findings("overlapping-images", [small, middle, large, other])
    }
    holds = "`large` holds all of its images too."
    assert found == {"urn:small": holds, "urn:middle": holds}


def test_the_same_images_are_told_once() -> None:
    """Order is of no matter, and the first cache of them is left alone."""
    first = cache(imageCacheName="first", images=["a:1", "b:1"])
    second = cache(imageCacheName="second", images=["b:1", "a:1"])
    (found,) = findings("overlapping-images", [first, second])
    assert (found.urn, found.message) == ("urn:second", "`first` holds the same images.")


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
def test_caches_that_cannot_be_compared_are_not(other: Cache) -> None:
    """In another region, or with images that are not known."""
    assert findings("overlapping-images", [cache(images=["a:1"]), other]) == []


def test_many_caches_with_a_base_image_are_compared_quickly() -> None:
    """A thousand that share two images, each with one of its own, overlap nowhere."""
    many = [cache(images=["base:1", "side:1", f"own:{number}"]) for number in range(1000)]
    assert findings("overlapping-images", many) == []


def test_all_sizes_together_are_within_the_budget() -> None:
    """An absent size is 20 GiB, one that is unknown counts as nothing."""
    absent, known = cache(imageCacheSize=None), cache(imageCacheSize=80)
    unknown = cache(imageCacheSize=UNKNOWN)
    assert findings("storage-budget", [absent, known, unknown], gib=100) == []
    (found,) = findings("storage-budget", [absent, known, unknown], gib=99)
    assert found.message == (
        "The image caches of the stack have 100 GiB together, and the budget is 99 GiB."
    )


@pytest.mark.parametrize(
    "policy",
    ["cache-quota", "pinned-caches", "unique-names", "overlapping-images", "storage-budget"],
)
def test_a_stack_without_caches_violates_nothing(policy: str) -> None:
    """There is nothing to judge."""
    assert findings(policy, []) == []
