"""The parameters of CreateImageCache and UpdateImageCache."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pulumi_eci.model.plan import make_plan
from pulumi_eci.model.request import (
    create_parameters,
    demanded_parameters,
    list_parameters,
    update_parameters,
)
from pulumi_eci.model.spec import AcrRegistryInfo, ImageCacheSpec, RegistryCredential
from pulumi_eci.model.state import State
from tests.support.full_spec import FULL

BASE = ImageCacheSpec(region="cn-hangzhou", images=("nginx", "redis"), image_cache_name="web")

CREDENTIALS_ON_WIRE = [{"Server": "r.example.com", "UserName": "robot", "Password": "hunter2"}]
ACR_ON_WIRE = {
    "InstanceId": "cri-1",
    "InstanceName": "main",
    "RegionId": "cn-hangzhou",
    "Domain": ["a", "b"],
}
SET_METADATA: dict[str, Any] = {
    "ImageCacheName": "web",
    "ResourceGroupId": "rg-1",
    "ImageCacheSize": 40,
    "RetentionDays": 7,
    "EliminationStrategy": "LRU",
    "AutoMatchImageCache": True,
    "Flash": True,
    "StandardCopyCount": 2,
    "FlashCopyCount": 3,
    "Tag": [{"Key": "team", "Value": "web"}],
}


def update(
    old: ImageCacheSpec,
    current_tags: dict[str, str] | None = None,
    status: str = "Ready",
    **edit: Any,  # noqa: ANN401 - members of a spec
) -> dict[str, Any]:
    """Return the parameters of an update from *old* to its *edit*."""
    new = replace(old, **edit)
    plan = make_plan(State(old, status, "s-1"), new)
    return update_parameters(new, plan, current_tags=current_tags or {})


# -- creation


def test_creation_of_a_plain_cache_sends_two_parameters() -> None:
    assert create_parameters(BASE) == {"Image": ["nginx", "redis"], "ImageCacheName": "web"}


def test_creation_sends_every_field_that_is_set() -> None:
    assert create_parameters(FULL) == {
        **SET_METADATA,
        "Image": ["nginx", "redis"],
        "SecurityGroupId": "sg-1",
        "VSwitchId": "vsw-1",
        "ZoneId": "cn-hangzhou-h",
        "EipInstanceId": "eip-1",
        "ImageRegistryCredential": CREDENTIALS_ON_WIRE,
        "AcrRegistryInfo": [{**ACR_ON_WIRE, "ArnService": "role/s", "ArnUser": "role/u"}],
        "InsecureRegistry": "10.0.0.1:5000",
        "PlainHttpRegistry": "10.0.0.2:5000",
        "Annotations": "{}",
    }


def test_creation_sends_no_empty_member_of_a_registry_instance() -> None:
    spec = replace(BASE, acr_registry_infos=(AcrRegistryInfo("cri-1"),))
    assert create_parameters(spec)["AcrRegistryInfo"] == [{"InstanceId": "cri-1"}]


# -- updates without rebuild


def test_metadata_is_sent_without_images() -> None:
    assert update(BASE, retention_days=7) == {"ImageCacheName": "web", "RetentionDays": 7}


def test_a_change_of_one_field_sends_all_set_fields() -> None:
    assert update(FULL, retention_days=30) == {**SET_METADATA, "RetentionDays": 30}


@pytest.mark.parametrize(
    ("edit", "name", "sent"),
    [
        ({"security_group_id": "sg-2"}, "SecurityGroupId", "sg-2"),
        ({"vswitch_id": "vsw-2"}, "VSwitchId", "vsw-2"),
        ({"vswitch_id": "vsw-2,vsw-3"}, "VSwitchId", "vsw-2,vsw-3"),
        ({"eip_instance_id": "eip-2"}, "EipInstanceId", "eip-2"),
        (
            {"image_registry_credentials": (RegistryCredential("s", "u", "p"),)},
            "ImageRegistryCredential",
            [{"Server": "s", "UserName": "u", "Password": "p"}],
        ),
        (
            {"acr_registry_infos": (AcrRegistryInfo("cri-1", "x", "", (), "role/s", "role/u"),)},
            "AcrRegistryInfo",
            [{"InstanceId": "cri-1", "InstanceName": "x"}],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_reference_is_only_sent_if_it_changed(
    edit: dict[str, Any], name: str, sent: object
) -> None:
    assert update(FULL, **edit) == {**SET_METADATA, name: sent}


def test_a_rotated_password_is_not_sent_with_metadata() -> None:
    rotated = (RegistryCredential("r.example.com", "robot", "rotated"),)
    assert update(FULL, image_registry_credentials=rotated, retention_days=8) == {
        **SET_METADATA,
        "RetentionDays": 8,
    }


# -- clearing


@pytest.mark.parametrize(
    ("edit", "name", "empty"),
    [
        ({"security_group_id": ""}, "SecurityGroupId", ""),
        ({"vswitch_id": ""}, "VSwitchId", ""),
        ({"eip_instance_id": ""}, "EipInstanceId", ""),
        ({"resource_group_id": ""}, "ResourceGroupId", ""),
        ({"retention_days": 0}, "RetentionDays", 0),
        ({"elimination_strategy": ""}, "EliminationStrategy", ""),
        ({"image_cache_size": 20}, "ImageCacheSize", 20),
        ({"auto_match_image_cache": False}, "AutoMatchImageCache", False),
        ({"flash": False}, "Flash", False),
        ({"standard_copy_count": 1}, "StandardCopyCount", 1),
        ({"flash_copy_count": 1}, "FlashCopyCount", 1),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_clearing_a_field_sends_its_default(edit: dict[str, Any], name: str, empty: object) -> None:
    assert update(FULL, **edit)[name] == empty


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("image_registry_credentials", "ImageRegistryCredential"),
        ("acr_registry_infos", "AcrRegistryInfo"),
        ("tags", "Tag"),
    ],
)
def test_an_empty_list_is_not_sent(name: str, wire: str) -> None:
    assert wire not in update(FULL, **{name: type(getattr(FULL, name))()})


# -- tags


def test_tags_are_sent_together_with_foreign_tags() -> None:
    sent = update(FULL, {"cost": "7", "team": "web"}, tags={"team": "ops"})
    assert sent["Tag"] == [{"Key": "cost", "Value": "7"}, {"Key": "team", "Value": "ops"}]


def test_foreign_tags_are_sent_even_without_own_tags() -> None:
    assert update(BASE, {"cost": "7"}, retention_days=1)["Tag"] == [{"Key": "cost", "Value": "7"}]


@pytest.mark.parametrize("key", ["aliyun", "aliyun-ack", "acs:rm:rgId"])
def test_tags_of_the_service_are_not_sent(key: str) -> None:
    assert "Tag" not in update(BASE, {key: "x"}, retention_days=1)


def test_several_unchanged_vswitches_are_not_sent_with_a_rebuild() -> None:
    several = replace(BASE, vswitch_id="vsw-1,vsw-2")
    assert update(several, images=("caddy",)) == {"Image": ["caddy"], "ImageCacheName": "web"}


# -- rebuilds


@pytest.mark.parametrize(
    "edit",
    [
        {"images": ("redis", "caddy")},
        {"image_cache_size": 60},
        {"flash": False},
        {"auto_match_image_cache": False},
        {"standard_copy_count": 3},
        {"flash_copy_count": 2},
        {"rebuild_triggers": {"run": 2}},
    ],
    ids=lambda edit: next(iter(edit)),
)
def test_a_rebuild_names_the_images(edit: dict[str, Any]) -> None:
    assert update(FULL, **edit)["Image"] == list(edit.get("images", ("nginx", "redis")))


def test_a_rebuild_sends_everything_that_a_build_needs() -> None:
    assert update(FULL, rebuild_triggers={"run": 2}) == {
        **SET_METADATA,
        "Image": ["nginx", "redis"],
        "SecurityGroupId": "sg-1",
        "VSwitchId": "vsw-1",
        "EipInstanceId": "eip-1",
        "ImageRegistryCredential": CREDENTIALS_ON_WIRE,
        "AcrRegistryInfo": [ACR_ON_WIRE],
    }


def test_a_rebuild_sends_the_rotated_password() -> None:
    rotated = (RegistryCredential("r.example.com", "robot", "rotated"),)
    sent = update(FULL, image_registry_credentials=rotated, images=("caddy",))
    assert sent["ImageRegistryCredential"] == [
        {"Server": "r.example.com", "UserName": "robot", "Password": "rotated"}
    ]


def test_the_repair_of_a_failed_update_names_the_images() -> None:
    assert update(BASE, status="UpdateFailed") == {
        "Image": ["nginx", "redis"],
        "ImageCacheName": "web",
    }


@pytest.mark.parametrize("several", ["vsw-1", "vsw-1,vsw-2,vsw-3"])
def test_an_update_may_send_only_the_first_of_several_vswitches(several: str) -> None:
    old = replace(BASE, vswitch_id=several)
    new = replace(old, images=("caddy",))
    plan = make_plan(State(old, "Ready", "s-1"), new)
    demanded = {
        "VSwitchId",
        *demanded_parameters("InvalidParameter", new, plan, {"VSwitchId": "a,b"}),
    }
    sent = update_parameters(new, plan, current_tags={}, demanded=demanded)
    assert sent["VSwitchId"] == "vsw-1"


@pytest.mark.parametrize(
    ("sent", "new"),
    [({}, "vsw-1,vsw-2"), ({"VSwitchId": "vsw-1"}, "vsw-1,vsw-2"), ({"VSwitchId": "a,b"}, "a,b")],
    ids=["none sent", "one sent", "changed"],
)
def test_one_vswitch_is_sent_only_after_several_that_did_not_change(
    sent: dict[str, Any], new: str
) -> None:
    old = replace(BASE, vswitch_id="vsw-1,vsw-2")
    spec = replace(old, images=("caddy",), vswitch_id=new)
    plan = make_plan(State(old, "Ready", "s-1"), spec)
    assert demanded_parameters("InvalidParameter", spec, plan, sent) == frozenset()


def test_a_list_is_requested_by_page_and_by_tag() -> None:
    assert list_parameters("", "") == {}
    assert list_parameters("t", "team") == {"NextToken": "t", "Tag": [{"Key": "team"}]}
