"""Updates without a rebuild, with the local API in process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pulumi_eci.api.errors import ApiError, IncompleteError
from pulumi_eci.model.plan import Action
from tests.support.cloud import SPEC, Cloud

# -- metadata

METADATA = {
    "update_omitted": ["keep", "reset"],
    "update_without_image": ["immediate", "updating"],
    "update_tags": ["merge", "replace"],
    "update_name": ["required", "optional"],
    "update_unchanged": ["no_need_update", "accept"],
    "update_vswitches": ["several", "one"],
    "retention_counts_from": ["creation", "update"],
}


@pytest.mark.parametrize(
    "switches",
    [
        pytest.param({name: value}, id=f"{name} is {value}")
        for name, values in METADATA.items()
        for value in values
    ],
)
def test_metadata_keeps_the_snapshot_and_sends_no_image(
    cloud_with: Callable[..., Cloud], switches: dict[str, str]
) -> None:
    cloud = cloud_with(switches=switches)
    cache_id = cloud.create(replace(SPEC, vswitch_id="vsw-1,vsw-2"))
    before = cloud.shown(cache_id)
    spec = replace(SPEC, vswitch_id="vsw-1,vsw-2", retention_days=30, tags={"team": "ops"})
    cloud.update(cache_id, spec)
    shown = cloud.shown(cache_id)
    assert shown["snapshot_id"] == before["snapshot_id"]
    assert (shown["retention_days"], shown["tags"]) == (30, {"team": "ops"})
    assert (shown["elimination_strategy"], shown["name"]) == ("LRU", "web")
    assert [
        name for sent in cloud.sent("UpdateImageCache") for name in sent if "Image." in name
    ] == []
    assert cloud.plan(spec) is Action.KEEP


IDS: dict[str, Any] = {"security_group_id": "sg-1", "vswitch_id": "vsw-1,vsw-2"}


@pytest.mark.parametrize("vswitches", ["several", "one"])
@pytest.mark.parametrize("code", ["by_name", "MissingParameter"])
def test_ids_that_the_service_requires_in_an_update_are_sent(
    cloud_with: Callable[..., Cloud], code: str, vswitches: str
) -> None:
    switches = {
        "update_network": "required",
        "missing_parameter": code,
        "update_vswitches": vswitches,
    }
    cloud = cloud_with(switches=switches)
    spec = replace(SPEC, eip_instance_id="eip-1", **IDS)
    cache_id = cloud.create(spec)
    cloud.update(cache_id, replace(spec, retention_days=30))
    refused = len(cloud.sent("UpdateImageCache")) - 1
    cloud.update(cache_id, replace(spec, retention_days=31))
    (sent,) = cloud.sent("UpdateImageCache")[refused + 1 :]
    expected = "vsw-1,vsw-2" if vswitches == "several" else "vsw-1"
    assert (sent["SecurityGroupId"], sent["VSwitchId"]) == ("sg-1", expected)
    assert "Image.1" not in sent
    assert ("EipInstanceId" in sent) == (code == "MissingParameter")  # this code names no parameter
    assert cloud.shown(cache_id)["retention_days"] == 31


def test_ids_that_the_service_requires_and_the_program_lacks_are_an_error(
    cloud_with: Callable[..., Cloud],
) -> None:
    cloud = cloud_with(switches={"update_network": "required"})
    cache_id = cloud.create(SPEC)
    with pytest.raises(ApiError, match="MissingSecurityGroupId"):
        cloud.update(cache_id, replace(SPEC, retention_days=30))
    assert len(cloud.sent("UpdateImageCache")) == 1


@pytest.mark.parametrize("omitted", ["keep", "reset"])
@pytest.mark.parametrize(
    ("edit", "attribute", "empty"),
    [
        ({"retention_days": 0}, "retention_days", 0),
        ({"elimination_strategy": ""}, "elimination_strategy", None),
        ({"resource_group_id": ""}, "resource_group_id", None),
        ({"eip_instance_id": ""}, "eip_instance_id", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_cleared_field_is_empty(
    cloud_with: Callable[..., Cloud],
    edit: dict[str, Any],
    attribute: str,
    empty: object,
    omitted: str,
) -> None:
    cloud = cloud_with(switches={"update_omitted": omitted})
    spec = replace(SPEC, resource_group_id="rg-1", eip_instance_id="eip-1")
    cache_id = cloud.create(spec)
    cloud.update(cache_id, replace(spec, **edit))
    assert (cloud.shown(cache_id)[attribute] or empty) == empty
    assert cloud.plan(replace(spec, **edit)) is Action.KEEP


@pytest.mark.parametrize("unchanged", ["no_need_update", "accept"])
def test_an_update_without_changes_is_a_success(
    cloud_with: Callable[..., Cloud], unchanged: str
) -> None:
    cloud = cloud_with(switches={"update_unchanged": unchanged})
    cache_id = cloud.create()
    before = dict(cloud.outputs)
    spec = replace(SPEC, retention_days=30)
    cloud.update(cache_id, spec)
    cloud.outputs = before
    assert cloud.update(cache_id, spec)["retentionDays"] == 30


def test_a_cache_that_already_has_the_spec_is_not_updated(cloud: Cloud) -> None:
    cache_id = cloud.create()
    cloud.outputs["imageCacheName"] = "drifted"
    cloud.update(cache_id, SPEC)
    assert cloud.sent("UpdateImageCache") == []


def test_drift_is_repaired(cloud: Cloud) -> None:
    cache_id = cloud.create()
    cloud.emulator.edit(cache_id, {"name": "drifted", "elimination_strategy": None})
    cloud.update(cache_id, SPEC)
    shown = cloud.shown(cache_id)
    assert (shown["name"], shown["elimination_strategy"]) == ("web", "LRU")


def test_a_refused_update_changes_nothing_in_state(cloud: Cloud) -> None:
    cache_id = cloud.create()
    cloud.gateway.refuse("UpdateImageCache", "Forbidden.RAM")
    with pytest.raises(ApiError) as caught:
        cloud.update(cache_id, replace(SPEC, retention_days=30))
    assert not isinstance(caught.value, IncompleteError)


def test_an_update_whose_reply_was_lost_is_retried_with_the_same_token(cloud: Cloud) -> None:
    cache_id = cloud.create()
    cloud.gateway.lose_replies("UpdateImageCache")
    cloud.update(cache_id, replace(SPEC, retention_days=30))
    first, second = cloud.sent("UpdateImageCache")
    assert first == second


# -- tags


@pytest.mark.parametrize("tags", ["merge", "replace"])
def test_only_tags_of_this_resource_are_removed(
    cloud_with: Callable[..., Cloud], tags: str
) -> None:
    cloud = cloud_with(switches={"update_tags": tags})
    cache_id = cloud.create(replace(SPEC, tags={"team": "web", "stage": "live"}))
    cloud.emulator.edit(cache_id, {"tags": {"team": "web", "stage": "live", "cost": "7"}})
    spec = replace(SPEC, tags={"team": "ops"})
    outputs = cloud.update(cache_id, spec)
    assert cloud.shown(cache_id)["tags"] == {"team": "ops", "cost": "7"}
    assert outputs["tags"] == {"team": "ops"}
    assert cloud.plan(spec) is Action.KEEP


def test_a_removed_tag_is_only_sent_to_untag_resources(cloud: Cloud) -> None:
    cache_id = cloud.create(replace(SPEC, tags={"team": "web", "stage": "live"}))
    cloud.update(cache_id, SPEC)
    (sent,) = cloud.sent("UntagResources")
    assert [value for name, value in sent.items() if name.startswith("TagKey.")] == ["stage"]
    assert "All" not in sent


def test_a_tag_that_is_already_removed_is_not_removed_again(cloud: Cloud) -> None:
    cache_id = cloud.create(replace(SPEC, tags={"team": "web", "stage": "live"}))
    cloud.emulator.edit(cache_id, {"tags": {"team": "web"}})
    cloud.update(cache_id, SPEC)
    assert cloud.sent("UntagResources") == []


def test_after_a_partial_update_the_state_has_the_applied_part(cloud: Cloud) -> None:
    cache_id = cloud.create(replace(SPEC, tags={"team": "web", "stage": "live"}))
    cloud.gateway.refuse("UntagResources", "NoPermission.Tag")
    spec = replace(SPEC, retention_days=30)
    with pytest.raises(IncompleteError, match=r"NoPermission\.Tag"):
        cloud.update(cache_id, spec)
    assert cloud.outputs["retentionDays"] == 30
    assert cloud.outputs["tags"] == {"team": "web", "stage": "live"}
    assert cloud.plan(spec) is Action.METADATA
    cloud.update(cache_id, spec)
    assert cloud.shown(cache_id)["tags"] == {"team": "web"}
