"""CreateImageCache: its answer, the stored parameters, and the refusals."""

from __future__ import annotations

import re

import pytest

from tests.emulator.driver import REGION, Driver

MANY_TAGS = {f"Tag_{n}_Key": f"k{n}" for n in range(1, 22)}
CREATE = {"ImageCacheName": "web", "Image_1": "nginx"}


def test_creation_answers_with_ids(eci: Driver) -> None:
    answer = eci.call("CreateImageCache", **CREATE)
    assert set(answer) == {"RequestId", "ImageCacheId", "ContainerGroupId"}
    assert re.fullmatch(r"imc-[0-9a-z]{20}", answer["ImageCacheId"])
    assert re.fullmatch(r"eci-[0-9a-z]{20}", answer["ContainerGroupId"])
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", answer["RequestId"])


def test_a_ready_cache_is_shown_in_full(eci: Driver) -> None:
    cache_id = eci.ready(
        Image_2="redis:7",
        ImageCacheSize="40",
        RetentionDays="7",
        EliminationStrategy="LRU",
        ResourceGroupId="rg-1",
        Tag_1_Key="team",
        Tag_1_Value="web",
        Tag_2_Key="empty",
        Image_1="nginx",
    )
    cache = eci.show(cache_id)
    events = cache.pop("Events")
    assert len(events) == 6
    assert cache.pop("SnapshotId").startswith("s-")
    assert cache.pop("ContainerGroupId").startswith("eci-")
    assert cache == {
        "ImageCacheId": cache_id,
        "ImageCacheName": "web",
        "RegionId": REGION,
        "ResourceGroupId": "rg-1",
        "Status": "Ready",
        "Progress": "100%",
        "Images": ["nginx", "redis:7"],
        "ImageCacheSize": 40,
        "CreationTime": "2026-01-01T00:00:00Z",
        "ExpireDateTime": "2026-01-08T00:00:00Z",
        "EliminationStrategy": "LRU",
        "Tags": [{"Key": "team", "Value": "web"}, {"Key": "empty", "Value": ""}],
    }


def test_write_only_parameters_are_stored(eci: Driver) -> None:
    cache_id = eci.create(
        VSwitchId="vsw-1,vsw-2",
        SecurityGroupId="sg-1",
        ZoneId="cn-hangzhou-b",
        AutoMatchImageCache="True",
        StandardCopyCount="2",
        InsecureRegistry="a.example",
        ImageRegistryCredential_1_Server="a.example",
        ImageRegistryCredential_1_UserName="me",
        ImageRegistryCredential_1_Password="hunter2",
        AcrRegistryInfo_1_InstanceId="cri-1",
        AcrRegistryInfo_1_Domain_1="a.example",
        AcrRegistryInfo_1_Domain_2="b.example",
    )
    stored = eci.stored(cache_id)
    assert stored["vswitch_id"] == "vsw-1,vsw-2"
    assert stored["zone_id"] == "cn-hangzhou-b"
    assert stored["auto_match_image_cache"] is True
    assert stored["standard_copy_count"] == 2
    assert stored["acr_registries"][0]["domains"] == ("a.example", "b.example")
    (credential,) = stored["credentials"]
    assert (credential["server"], credential["user_name"]) == ("a.example", "me")
    assert len(credential["password_sha256"]) == 64
    assert "hunter2" not in repr(stored)
    assert "VSwitchId" not in eci.show(cache_id)


REFUSED_CREATIONS: list[tuple[dict[str, str], str]] = [
    ({"Image_1": "nginx"}, "MissingImageCacheName"),
    ({"ImageCacheName": "web"}, "MissingImage"),
    ({**CREATE, "RegionId": ""}, "MissingRegionId"),
    ({**CREATE, "RegionId": "../etc"}, "InvalidParameter"),
    ({**CREATE, "ImageCacheName": "Web"}, "InvalidParameter"),
    ({**CREATE, "ImageCacheName": "w-"}, "InvalidParameter"),
    (
        {"ImageCacheName": "web", **{f"Image_{n}": f"i{n}" for n in range(1, 22)}},
        "InvalidParameter.LengthExceeded",
    ),
    ({**CREATE, "Image_3": "redis"}, "InvalidParameter"),
    ({"ImageCacheName": "web", "Image_0": "a"}, "InvalidParameter"),
    ({"ImageCacheName": "web", "Image_x": "a"}, "InvalidParameter"),
    ({**CREATE, "Image_2": ""}, "MissingImage"),
    ({**CREATE, "Image_1": "https://a/b"}, "InvalidParameter"),
    ({**CREATE, "Image_1": "a b"}, "InvalidParameter"),
    ({**CREATE, "ImageCacheSize": "big"}, "InvalidParameter"),
    ({**CREATE, "ImageCacheSize": "20.0"}, "InvalidParameter"),
    ({**CREATE, "ImageCacheSize": "19"}, "InvalidParameter.ValueExceeded"),
    ({**CREATE, "ImageCacheSize": "32769"}, "InvalidParameter.ValueExceeded"),
    ({**CREATE, "ImageCacheSize": "9" * 40}, "InvalidParameter"),
    ({**CREATE, "RetentionDays": "-1"}, "InvalidParameter.ValueExceeded"),
    ({**CREATE, "Flash": "yes"}, "InvalidParameter"),
    ({**CREATE, "EliminationStrategy": "FIFO"}, "InvalidParameter"),
    ({**CREATE, **MANY_TAGS}, "NumberExceed.Tags"),
    ({**CREATE, "Tag_1_Value": "v"}, "MissingTag"),
    ({**CREATE, "Tag_1_Key": "a", "Tag_2_Key": "a"}, "InvalidParameter"),
    ({**CREATE, "Tag_1_Key": "k" * 129}, "InvalidParameter.LengthExceeded"),
    ({**CREATE, "Tag_1_Key": "acs:a"}, "InvalidParameter"),
    ({**CREATE, "Tag_1_Key": "a", "Tag_1_Value": "see http://b"}, "InvalidParameter"),
    ({**CREATE, "ImageRegistryCredential_1_Server": "https://a"}, "InvalidParameter"),
    ({**CREATE, "ImageRegistryCredential_1_UserName": "me"}, "MissingImageRegistryCredential"),
    ({**CREATE, "AcrRegistryInfo_1_InstanceName": "x"}, "MissingAcrRegistryInfo"),
    ({**CREATE, "VSwitchId": ",".join("abcdefghijk")}, "InvalidParameter"),
    ({**CREATE, "ClientToken": "t" * 65}, "InvalidParameter.LengthExceeded"),
    ({**CREATE, "ClientToken": "ü"}, "InvalidParameter"),
    ({**CREATE, "VSwitchId": "a\0b"}, "InvalidParameter"),
    ({**CREATE, "VSwitchId": "\ud800"}, "InvalidParameter"),
    ({**CREATE, "Annotations": "x" * 2**20}, "InvalidParameter.LengthExceeded"),
]


@pytest.mark.parametrize(("params", "code"), REFUSED_CREATIONS)
def test_creations_that_are_refused(eci: Driver, params: dict[str, str], code: str) -> None:
    error = eci.refuse("CreateImageCache", **params)
    assert (error.status, error.code) == (400, code)
    assert error.request_id
    assert eci.caches() == []
