"""Regions, quotas, unknown operations, ClientToken, and the record of requests."""

from __future__ import annotations

from eci_emulator.settings import Settings
from tests.emulator.driver import REGION, Driver


def test_regions_do_not_see_each_other(eci: Driver) -> None:
    cache_id = eci.create()
    assert eci.caches(RegionId="cn-beijing", ImageCacheId=cache_id) == []
    error = eci.refuse("DeleteImageCache", RegionId="cn-beijing", ImageCacheId=cache_id)
    assert error.code == "InvalidParameter.NotFound"


def test_a_region_that_is_not_configured_is_refused() -> None:
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


CREATE = {"ImageCacheName": "web", "Image_1": "nginx"}


def test_a_repeated_token_takes_effect_once(eci: Driver) -> None:
    first = eci.call("CreateImageCache", ClientToken="t-1", **CREATE)
    second = eci.call("CreateImageCache", ClientToken="t-1", **CREATE)
    assert second["ImageCacheId"] == first["ImageCacheId"]
    assert second["RequestId"] != first["RequestId"]
    assert len(eci.caches()) == 1
    third = eci.call("CreateImageCache", ClientToken="T-1", **CREATE)
    assert third["ImageCacheId"] != first["ImageCacheId"]


def test_a_repeated_token_deletes_once(eci: Driver) -> None:
    cache_id = eci.create()
    for _ in range(2):
        eci.call("DeleteImageCache", ImageCacheId=cache_id, ClientToken="t-1")


def test_a_refused_request_does_not_use_up_its_token(eci: Driver) -> None:
    eci.refuse("CreateImageCache", ClientToken="t-1", ImageCacheName="web")
    eci.call("CreateImageCache", ClientToken="t-1", **CREATE)
    assert len(eci.caches()) == 1


def test_a_token_counts_per_operation_and_region(eci: Driver) -> None:
    first = eci.call("CreateImageCache", ClientToken="t-1", **CREATE)
    other = eci.call("CreateImageCache", ClientToken="t-1", RegionId="cn-beijing", **CREATE)
    assert other["ImageCacheId"] != first["ImageCacheId"]
    eci.call("DeleteImageCache", ClientToken="t-1", ImageCacheId=first["ImageCacheId"])
    assert eci.caches() == []


def test_the_journal_hides_passwords(eci: Driver) -> None:
    eci.create(
        ImageRegistryCredential_1_Server="a.example",
        ImageRegistryCredential_1_Password="hunter2",
        ClientToken="t-1",
    )
    eci.refuse("DeleteImageCache", ImageCacheId="imc-none")
    good, bad = eci.emulator.journal.entries()
    assert (good["action"], good["status"], good["code"]) == ("CreateImageCache", 200, None)
    assert good["params"]["ClientToken"] == "t-1"
    assert good["params"]["ImageRegistryCredential.1.Password"] == "***"
    assert (bad["status"], bad["code"]) == (404, "InvalidParameter.NotFound")
    assert "hunter2" not in repr(eci.emulator.journal.entries())


def test_a_huge_request_is_shortened_in_the_journal(eci: Driver) -> None:
    eci.call("DescribeImageCaches", **{f"X_{number}": "1" for number in range(10_000)})
    (entry,) = eci.emulator.journal.entries()
    assert entry["params"]["RegionId"] == "cn-hangzhou"
    assert len(entry["params"]) == 500
