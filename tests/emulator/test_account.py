"""Regions, quotas and unknown operations."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from eci_emulator.core import Emulator
from eci_emulator.settings import Settings
from tests.emulator.driver import REGION, Driver


def test_regions_do_not_see_each_other(eci: Driver) -> None:
    cache_id = eci.create()
    assert eci.caches(RegionId="cn-beijing", ImageCacheId=cache_id) == []
    error = eci.refuse("DeleteImageCache", RegionId="cn-beijing", ImageCacheId=cache_id)
    assert error.code == "InvalidParameter.NotFound"


def test_unknown_regions_are_refused_where_regions_are_set() -> None:
    eci = Driver(Settings(regions=(REGION,)))
    assert eci.caches() == []
    error = eci.refuse("DescribeImageCaches", RegionId="mars-1")
    assert (error.status, error.code) == (404, "InvalidRegionId.NotFound")


def test_unknown_action(eci: Driver) -> None:
    error = eci.refuse("CreateContainerGroup")
    assert (error.status, error.code) == (404, "InvalidApi.NotFound")


def test_usage_and_regions(eci: Driver) -> None:
    eci.create()
    usage = eci.call("ListUsage")["Attributes"]
    assert (usage["MaxImageCacheCount"], usage["UsedImageCacheCount"]) == (500, 1)
    regions = eci.emulator.call("DescribeRegions", {})["Regions"]
    (hangzhou,) = [region for region in regions if region["RegionId"] == REGION]
    assert hangzhou["RegionEndpoint"] == "eci.cn-hangzhou.aliyuncs.com"
    assert hangzhou["Zones"]
    (one,) = eci.call("DescribeRegions", RegionId="cn-beijing")["Regions"]
    assert one["RegionId"] == "cn-beijing"


def test_threads_share_an_emulator() -> None:
    eci = Driver()
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda number: eci.create(ImageCacheName=f"web-{number}"), range(200)))
    assert len(ids) == 200
    assert eci.call("ListUsage")["Attributes"]["UsedImageCacheCount"] == 200
    assert len(eci.emulator.journal.entries()) == 201


def test_emulators_are_apart() -> None:
    one, two = Driver(), Driver()
    one.create()
    assert two.caches() == []
    assert isinstance(two.emulator, Emulator)
