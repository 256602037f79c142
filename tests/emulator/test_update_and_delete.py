"""UpdateImageCache and DeleteImageCache, and the operations on tags."""

from __future__ import annotations

from typing import Any

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


def test_an_update_to_the_same_size_is_no_change(eci: Driver) -> None:
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


def test_roles_of_a_registry_are_only_set_at_creation(eci: Driver) -> None:
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


MANY_TAGS = {f"Tag_{n}_Key": f"k{n}" for n in range(1, 22)}


def tag(eci: Driver, action: str, *ids: str, **params: str) -> dict[str, Any]:
    """Run a tag operation on image caches."""
    resources = {f"ResourceId_{number}": each for number, each in enumerate(ids, 1)}
    return eci.call(action, ResourceType="ImageCache", **resources, **params)


def test_tags_are_added_changed_and_removed(eci: Driver) -> None:
    one, two = eci.create(Tag_1_Key="a", Tag_1_Value="1"), eci.create()
    tag(eci, "TagResources", one, two, Tag_1_Key="a", Tag_1_Value="2", Tag_2_Key="b")
    listed = tag(eci, "ListTagResources", one)["TagResources"]
    assert listed == [
        {"ResourceId": one, "ResourceType": "ImageCache", "TagKey": "a", "TagValue": "2"},
        {"ResourceId": one, "ResourceType": "ImageCache", "TagKey": "b", "TagValue": ""},
    ]
    tag(eci, "UntagResources", one, TagKey_1="a", TagKey_2="never")
    assert eci.show(one)["Tags"] == [{"Key": "b", "Value": ""}]
    tag(eci, "UntagResources", two, TagKey_1="a", All="true")
    assert eci.show(two)["Tags"] == [{"Key": "b", "Value": ""}], "All counts without keys only"
    tag(eci, "UntagResources", two, All="true")
    assert eci.show(two)["Tags"] == []


def test_tags_are_listed_by_tag_and_page(eci: Driver) -> None:
    ids = [eci.create(Tag_1_Key="team", Tag_1_Value=str(number)) for number in range(3)]
    by_tag = tag(eci, "ListTagResources", Tag_1_Key="team", Tag_1_Value="1")
    assert [entry["ResourceId"] for entry in by_tag["TagResources"]] == [ids[1]]
    first = tag(eci, "ListTagResources", Limit="2")
    rest = tag(eci, "ListTagResources", Limit="2", NextToken=first["NextToken"])
    found = [entry["ResourceId"] for entry in first["TagResources"] + rest["TagResources"]]
    assert found == ids
    assert "NextToken" not in rest


def test_tag_operations_that_are_refused(eci: Driver) -> None:
    cache_id = eci.create(**{key: value for key, value in MANY_TAGS.items() if key != "Tag_21_Key"})
    cases = [
        ("TagResources", {"ResourceType": "Volcano", "ResourceId_1": cache_id}, "InvalidParameter"),
        ("TagResources", {"ResourceType": "ImageCache"}, "MissingResourceId"),
        ("TagResources", {"ResourceType": "ImageCache", "ResourceId_1": cache_id}, "MissingTag"),
        (
            "UntagResources",
            {"ResourceType": "ImageCache", "ResourceId_1": cache_id},
            "MissingTagKey",
        ),
    ]
    for action, params, code in cases:
        assert eci.refuse(action, **params).code == code
    other = eci.create()
    error = eci.refuse(
        "TagResources",
        ResourceType="ImageCache",
        ResourceId_1=other,
        ResourceId_2=cache_id,
        Tag_1_Key="one-more",
    )
    assert error.code == "NumberExceed.Tags"
    assert eci.show(other)["Tags"] == []
    unknown = eci.refuse(
        "TagResources", ResourceType="ImageCache", ResourceId_1="imc-no", Tag_1_Key="a"
    )
    assert (unknown.status, unknown.code) == (404, "InvalidParameter.NotFound")
