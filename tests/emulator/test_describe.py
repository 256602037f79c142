"""DescribeImageCaches: pages and filters."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import pytest

from tests.emulator.driver import Driver

if TYPE_CHECKING:
    from collections.abc import Iterator


def pages(eci: Driver, limit: str, **params: str) -> Iterator[list[str]]:
    """Yield the names on each page of a listing."""
    token = ""
    while True:
        page = eci.call("DescribeImageCaches", Limit=limit, NextToken=token, **params)
        yield [cache["ImageCacheName"] for cache in page["ImageCaches"]]
        token = page.get("NextToken", "")
        if not token:
            return


def test_paging_returns_every_cache_once(eci: Driver) -> None:
    names = [f"web-{number:02}" for number in range(45)]
    for name in names:
        eci.create(ImageCacheName=name)
    default = eci.call("DescribeImageCaches")
    assert (len(default["ImageCaches"]), default["TotalCount"]) == (20, 45)
    for limit in ("1", "7", "45", "100"):
        assert list(chain.from_iterable(pages(eci, limit))) == names
    assert [len(page) for page in pages(eci, "20")] == [20, 20, 5]


def test_paging_survives_changes_between_pages(eci: Driver) -> None:
    ids = [eci.create(ImageCacheName=f"web-{number}") for number in range(4)]
    first = eci.call("DescribeImageCaches", Limit="2")
    eci.call("DeleteImageCache", ImageCacheId=ids[0])
    rest = eci.call("DescribeImageCaches", Limit="2", NextToken=first["NextToken"])
    assert [cache["ImageCacheId"] for cache in rest["ImageCaches"]] == ids[2:]


@pytest.mark.parametrize("params", [{"Limit": "0"}, {"Limit": "101"}, {"NextToken": "zzz!"}])
def test_invalid_paging_is_refused(eci: Driver, params: dict[str, str]) -> None:
    assert eci.refuse("DescribeImageCaches", **params).status == 400


FILTERS: dict[str, tuple[dict[str, str], set[str]]] = {
    "name": ({"ImageCacheName": "beta"}, {"beta"}),
    "part of a name": ({"ImageCacheName": "bet"}, set()),
    "image": ({"Image": "redis"}, {"alpha", "beta"}),
    "resource group": ({"ResourceGroupId": "rg-1"}, {"alpha"}),
    "tag": ({"Tag_1_Key": "team", "Tag_1_Value": "web"}, {"alpha"}),
    "tag key": ({"Tag_1_Key": "team"}, {"alpha", "beta"}),
    "two tags": (
        {"Tag_1_Key": "team", "Tag_2_Key": "stage", "Tag_2_Value": "prod"},
        {"beta"},
    ),
    "unknown snapshot": ({"SnapshotId": "s-none"}, set()),
    "any of two images": ({"MatchImage_1": "nginx", "MatchImage_2": "redis"}, {"alpha", "beta"}),
    "both of two images": (
        {"MatchImage_1": "nginx", "MatchImage_2": "redis", "ImageFullMatch": "true"},
        {"alpha"},
    ),
    "at least two images": (
        {
            "MatchImage_1": "nginx",
            "MatchImage_2": "redis",
            "MatchImage_3": "go",
            "ImageMatchCountRequest": "2",
        },
        {"alpha"},
    ),
    "name and image": ({"ImageCacheName": "beta", "Image": "redis"}, {"beta"}),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filters(eci: Driver, name: str) -> None:
    eci.create(
        ImageCacheName="alpha",
        Image_1="nginx",
        Image_2="redis",
        ResourceGroupId="rg-1",
        Tag_1_Key="team",
        Tag_1_Value="web",
    )
    eci.create(
        ImageCacheName="beta",
        Image_1="redis",
        Tag_1_Key="team",
        Tag_1_Value="data",
        Tag_2_Key="stage",
        Tag_2_Value="prod",
    )
    eci.create(ImageCacheName="gamma", Image_1="busybox")
    params, expected = FILTERS[name]
    assert set(chain.from_iterable(pages(eci, "1", **params))) == expected


def test_filter_by_snapshot(eci: Driver) -> None:
    eci.ready(ImageCacheName="other")
    cache_id = eci.ready()
    found = eci.caches(SnapshotId=eci.show(cache_id)["SnapshotId"])
    assert [cache["ImageCacheId"] for cache in found] == [cache_id]
