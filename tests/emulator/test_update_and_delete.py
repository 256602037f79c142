"""UpdateImageCache and DeleteImageCache: what they refuse and leave alone."""

from __future__ import annotations

from tests.emulator.driver import Driver


def test_refused_update_changes_nothing(eci: Driver) -> None:
    cache_id = eci.ready()
    before = eci.stored(cache_id)
    eci.refuse(
        "UpdateImageCache",
        ImageCacheId=cache_id,
        ImageCacheName="other",
        RetentionDays="5",
        Flash="perhaps",
    )
    assert eci.stored(cache_id) == before


def test_the_size_that_it_has_is_no_change(eci: Driver) -> None:
    eci.switch(update_size_alone="refuse")
    cache_id = eci.ready(ImageCacheSize="40")
    eci.update(cache_id, ImageCacheSize="40", RetentionDays="8")
    assert "ExpireDateTime" in eci.show(cache_id)


def test_a_second_deletion_does_not_postpone_the_first(eci: Driver) -> None:
    eci.switch(delete_removal="asynchronous")
    cache_id = eci.ready()
    eci.call("DeleteImageCache", ImageCacheId=cache_id)
    eci.advance(0.75)
    eci.call("DeleteImageCache", ImageCacheId=cache_id)
    eci.advance(0.75)
    assert eci.caches() == []


def test_the_roles_of_a_registry_are_set_at_creation_only(eci: Driver) -> None:
    registry = {"AcrRegistryInfo_1_InstanceId": "cri-1"}
    cache_id = eci.ready(AcrRegistryInfo_1_ArnUser="acs:ram::1:role/a", **registry)
    eci.update(
        cache_id,
        AcrRegistryInfo_1_ArnUser="acs:ram::1:role/b",
        AcrRegistryInfo_1_Domain_1="a.example",
        AcrRegistryInfo_2_InstanceId="cri-2",
        AcrRegistryInfo_2_ArnUser="acs:ram::1:role/c",
        **registry,
    )
    first, second = eci.stored(cache_id)["acr_registries"]
    assert (first["domains"], first["arn_user"]) == (("a.example",), "acs:ram::1:role/a")
    assert second["arn_user"] is None
