"""Adoption, with the local API in process."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pulumi_eci.api.errors import EciError, GoneError
from pulumi_eci.model.plan import Action
from tests.support.cloud import LONG, SPEC, Cloud

MARK = "pulumi-eci-adopted"


def test_an_adopted_cache_as_wanted_is_not_changed(cloud: Cloud) -> None:
    cache_id = cloud.create()
    spec = replace(SPEC, retention_days=0, adopt=cache_id)
    adopted, outputs = cloud.lifecycle.adopt(spec, LONG, cloud.reported.append)
    assert (adopted, outputs["status"]) == (cache_id, "Ready")
    assert cloud.sent("UpdateImageCache") == []
    assert len(cloud.sent("CreateImageCache")) == 1


@pytest.mark.parametrize(
    ("edit", "rebuilds"),
    [
        ({"image_cache_name": "shop", "tags": {"team": "ops"}}, False),
        ({"images": ("caddy",)}, True),
    ],
    ids=["metadata", "images"],
)
def test_an_adopted_cache_is_changed_by_one_update(
    cloud: Cloud, edit: dict[str, Any], rebuilds: bool
) -> None:
    cache_id = cloud.create()
    cloud.emulator.edit(cache_id, {"tags": {"cost": "7"}})
    spec = replace(SPEC, **edit, adopt=cache_id)
    _, cloud.outputs = cloud.lifecycle.adopt(spec, LONG, cloud.reported.append)
    (sent,) = cloud.sent("UpdateImageCache")
    shown = cloud.shown(cache_id)
    assert ("Image.1" in sent) is rebuilds
    assert (shown["name"], shown["images"]) == (spec.image_cache_name, spec.images)
    assert shown["tags"] == {"cost": "7", **spec.tags, MARK: cloud.outputs["adoption"]}
    assert cloud.plan(spec) is Action.KEEP


def test_updates_keep_the_tag_of_an_adoption(cloud: Cloud) -> None:
    spec = replace(SPEC, adopt=cloud.create())
    cache_id, cloud.outputs = cloud.lifecycle.adopt(spec, LONG, cloud.reported.append)
    cloud.update(cache_id, replace(spec, tags={}, images=("caddy",)))
    assert cloud.shown(cache_id)["tags"] == {MARK: cloud.outputs["adoption"]}


def test_the_former_owner_does_not_delete_an_adopted_cache(cloud: Cloud) -> None:
    cache_id = cloud.create()
    cloud.lifecycle.adopt(replace(SPEC, adopt=cache_id), LONG, cloud.reported.append)
    cloud.delete(cache_id)
    assert [cache["id"] for cache in cloud.emulator.caches()] == [cache_id]
    assert cache_id in cloud.reported[-1]


def test_the_former_owner_does_not_change_an_adopted_cache(cloud: Cloud) -> None:
    cache_id = cloud.create()
    cloud.lifecycle.adopt(replace(SPEC, adopt=cache_id), LONG, cloud.reported.append)
    spec = replace(SPEC, images=("caddy",))
    with pytest.raises(GoneError, match="another resource adopted it"):
        cloud.update(cache_id, spec)
    assert cloud.shown(cache_id)["images"] == SPEC.images
    cloud.update(cache_id, replace(spec, adopt=cache_id))
    assert cloud.shown(cache_id)["images"] == ("caddy",)


def test_an_adopted_cache_is_deleted_by_its_new_owner(cloud: Cloud) -> None:
    spec = replace(SPEC, adopt=cloud.create())
    cache_id, cloud.outputs = cloud.lifecycle.adopt(spec, LONG, cloud.reported.append)
    cloud.delete(cache_id)
    assert cloud.emulator.caches() == []


def test_adopting_an_unknown_cache_is_an_error(cloud: Cloud) -> None:
    with pytest.raises(EciError, match="cannot adopt imc-x: there is none in cn-hangzhou"):
        cloud.lifecycle.adopt(replace(SPEC, adopt="imc-x"), LONG, cloud.reported.append)


def test_adopting_a_failed_cache_is_an_error(cloud: Cloud) -> None:
    cache_id = cloud.create()
    cloud.emulator.edit(cache_id, {"status": "Failed"})
    with pytest.raises(EciError, match=r"cannot adopt imc-.*: its build failed"):
        cloud.lifecycle.adopt(replace(SPEC, adopt=cache_id), LONG, cloud.reported.append)


def test_adopting_a_cache_with_20_tags_explains_the_tag(cloud: Cloud) -> None:
    cache_id = cloud.create(replace(SPEC, tags={f"key-{number}": "x" for number in range(20)}))
    with pytest.raises(EciError, match=rf"resource tag {MARK}.*NumberExceed\.Tags") as caught:
        cloud.lifecycle.adopt(replace(SPEC, adopt=cache_id), LONG, cloud.reported.append)
    assert "remove some" in str(caught.value)


def test_a_tag_whose_reply_was_lost_is_removed(cloud: Cloud) -> None:
    cache_id = cloud.create()
    cloud.gateway.lose_replies("TagResources", 100)
    with pytest.raises(EciError, match="cannot adopt"):
        cloud.lifecycle.adopt(replace(SPEC, adopt=cache_id), LONG, cloud.reported.append)
    assert MARK not in cloud.shown(cache_id)["tags"]
