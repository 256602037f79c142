"""ClientToken: the same request again."""

from __future__ import annotations

from tests.emulator.driver import Driver

CREATE = {"ImageCacheName": "web", "Image_1": "nginx"}


def test_a_repeated_token_is_answered_once(eci: Driver) -> None:
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
