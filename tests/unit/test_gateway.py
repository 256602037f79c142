"""A reply of the service is decoded, whatever it contains."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from pulumi_eci.api.gateway import observe
from pulumi_eci.model.fields import snake_case
from pulumi_eci.model.state import Event, Observation

ENTRY: dict[str, Any] = {
    "ImageCacheId": "imc-1",
    "ImageCacheName": "web",
    "RegionId": "cn-hangzhou",
    "ResourceGroupId": "rg-1",
    "ContainerGroupId": "eci-1",
    "Status": "Creating",
    "Progress": "40%",
    "Images": ["nginx", "redis"],
    "ImageCacheSize": 20,
    "SnapshotId": "s-1",
    "FlashSnapshotId": "s-2",
    "CreationTime": "2026-01-01T00:00:00Z",
    "ExpireDateTime": "2026-01-08T00:00:00Z",
    "LastMatchedTime": "2026-01-02T00:00:00Z",
    "EliminationStrategy": "LRU",
    "Tags": [{"Key": "team", "Value": "web"}],
    "Events": [
        {
            "Name": "web.1661f31f",
            "Count": 1,
            "Type": "Normal",
            "Reason": "Pulled",
            "Message": "Success pull image nginx",
            "FirstTimestamp": "2026-01-01T00:00:01Z",
            "LastTimestamp": "2026-01-01T00:00:02Z",
        }
    ],
}


def member(name: str) -> str:
    """Return the name of the observation's member for a member of an entry."""
    return snake_case(name[0].lower() + name[1:])


def test_an_entry_is_decoded() -> None:
    assert observe(ENTRY) == Observation(
        image_cache_id="imc-1",
        status="Creating",
        progress="40%",
        snapshot_id="s-1",
        container_group_id="eci-1",
        image_cache_name="web",
        images=("nginx", "redis"),
        image_cache_size=20,
        resource_group_id="rg-1",
        elimination_strategy="LRU",
        tags={"team": "web"},
        events=(Event("Normal", "Pulled", "Success pull image nginx", "2026-01-01T00:00:02Z"),),
    )


def test_an_empty_entry_is_an_empty_observation() -> None:
    assert observe({}) == Observation(image_cache_id="", status="")


@pytest.mark.parametrize("name", ["ImageCacheName", "ResourceGroupId", "Images", "ImageCacheSize"])
@pytest.mark.parametrize("value", [None, 7.5, True, {"a": 1}], ids=repr)
def test_a_value_of_a_wrong_type_is_ignored(name: str, value: object) -> None:
    assert getattr(observe({**ENTRY, name: value}), member(name)) is None


@pytest.mark.parametrize("name", ["Status", "Progress", "SnapshotId", "EliminationStrategy"])
@pytest.mark.parametrize("value", [None, 7, ["Ready"]], ids=repr)
def test_a_text_of_a_wrong_type_is_empty(name: str, value: object) -> None:
    assert getattr(observe({**ENTRY, name: value}), member(name)) == ""


@pytest.mark.parametrize("name", ["Tags", "Events"])
@pytest.mark.parametrize("value", [None, "x", 7, {"Key": "a"}, ["x", None, 7]], ids=repr)
def test_a_value_that_is_not_a_list_is_an_empty_list(name: str, value: object) -> None:
    assert not getattr(observe({**ENTRY, name: value}), name.lower())


def test_images_that_are_not_text_are_ignored() -> None:
    assert observe({"Images": ["nginx", None, 7, "redis"]}).images == ("nginx", "redis")


def test_a_tag_without_value_is_empty() -> None:
    assert observe({"Tags": [{"Key": "team"}]}).tags == {"team": ""}


@pytest.mark.parametrize(
    "entry",
    [
        {"Status": "Rea\x1b[2Jdy"},
        {"Events": [{"Message": "a\nb\x07"}]},
        {"Images": ["ngi\x00nx"]},
        {"Tags": [{"Key": "a\rb", "Value": "c\x9bd"}]},
    ],
    ids=lambda entry: next(iter(entry)),
)
def test_text_of_the_service_is_printable(entry: dict[str, Any]) -> None:
    text = json.dumps(dataclasses.asdict(observe(entry)), ensure_ascii=False)
    assert not [char for char in text if ord(char) < 32 or 127 <= ord(char) < 160]
    assert "\\u00" not in text
    assert "\\n" not in text
