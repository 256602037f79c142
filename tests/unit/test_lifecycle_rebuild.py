"""Rebuilds in place, with the local API in process and a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pulumi_eci.api.errors import ApiError, EciError, GoneError, IncompleteError
from pulumi_eci.model.plan import Action
from tests.support.cloud import SPEC, Cloud


@pytest.mark.parametrize("snapshot", ["new_snapshot", "same_snapshot"])
def test_a_rebuild_keeps_the_id(cloud_with: Callable[..., Cloud], snapshot: str) -> None:
    cloud = cloud_with(switches={"update_with_image": snapshot})
    cache_id = cloud.create()
    old = cloud.outputs["snapshotId"]
    outputs = cloud.update(cache_id, replace(SPEC, images=("caddy",)))
    (shown,) = cloud.emulator.caches()
    assert (shown["id"], shown["images"], shown["status"]) == (cache_id, ("caddy",), "Ready")
    assert (outputs["snapshotId"] != old) is (snapshot == "new_snapshot")
    assert outputs["images"] == ["caddy"]


def test_a_rebuild_reports_the_status_updating(cloud: Cloud) -> None:
    cache_id = cloud.create()
    cloud.reported.clear()
    cloud.update(cache_id, replace(SPEC, images=("caddy",)))
    assert cloud.reported[0].startswith("Updating")
    assert cloud.reported[-1].startswith("Updating")


def test_another_trigger_rebuilds_the_same_images(cloud: Cloud) -> None:
    cache_id = cloud.create()
    old = cloud.outputs["snapshotId"]
    outputs = cloud.update(cache_id, replace(SPEC, rebuild_triggers={"run": 1}))
    assert outputs["snapshotId"] != old
    assert outputs["rebuildTriggers"] == {"run": 1}


def test_a_rebuild_that_the_service_declines_is_an_error_with_advice(
    cloud_with: Callable[..., Cloud],
) -> None:
    cloud = cloud_with(switches={"update_same_images": "no_need_update"})
    cache_id = cloud.create()
    spec = replace(SPEC, rebuild_triggers={"run": 1})
    with pytest.raises(EciError, match="NoNeedUpdate") as caught:
        cloud.update(cache_id, spec)
    assert 'replace_on_changes=["images", "rebuildTriggers"]' in str(caught.value)
    assert cloud.plan(spec) is Action.REBUILD


def test_a_rebuild_that_the_service_does_not_show_keeps_the_old_triggers(
    cloud_with: Callable[..., Cloud],
) -> None:
    cloud = cloud_with(build_seconds=0.0, switches={"update_with_image": "same_snapshot"})
    cache_id = cloud.create(replace(SPEC, rebuild_triggers={"run": 1}))
    started = cloud.time.now()
    spec = replace(SPEC, rebuild_triggers={"run": 2}, retention_days=30)
    with pytest.raises(IncompleteError, match="was not rebuilt: the service accepted") as caught:
        cloud.update(cache_id, spec)
    assert "replace_on_changes" in str(caught.value)
    assert cloud.outputs["rebuildTriggers"] == {"run": 1}
    assert cloud.outputs["retentionDays"] == 30
    assert 30 <= cloud.time.now() - started <= 45
    assert cloud.plan(spec) is Action.REBUILD


def test_a_rebuild_that_begins_late_is_awaited(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache_id = cloud.create()
    real = cloud.gateway.describe
    stale = [real(cache_id)] * 3

    def describe(asked: str) -> Any:  # noqa: ANN401 - an observation
        return stale.pop() if stale and cloud.sent("UpdateImageCache") else real(asked)

    monkeypatch.setattr(cloud.gateway, "describe", describe)
    outputs = cloud.update(cache_id, replace(SPEC, images=("caddy",)))
    assert (outputs["status"], outputs["images"]) == ("Ready", ["caddy"])


def test_a_failed_rebuild_is_kept_as_update_failed(cloud_with: Callable[..., Cloud]) -> None:
    cloud = cloud_with(failing_images=("broken",))
    cache_id = cloud.create()
    with pytest.raises(IncompleteError, match="rebuilt in place"):
        cloud.update(cache_id, replace(SPEC, images=("broken",)))
    assert cloud.outputs["status"] == "UpdateFailed"
    assert cloud.plan(SPEC) is Action.REBUILD
    assert cloud.update(cache_id, SPEC)["status"] == "Ready"
    assert cloud.plan(SPEC) is Action.KEEP


def test_an_updating_cache_is_awaited(cloud: Cloud) -> None:
    cache_id = cloud.create()
    name = {"ImageCacheName": "web", "Image": ["nginx", "redis"]}
    cloud.gateway.update(cache_id, name, "token")
    assert cloud.update(cache_id, replace(SPEC, retention_days=30))["status"] == "Ready"
    assert len(cloud.sent("UpdateImageCache")) == 2


def test_a_cache_that_was_too_slow_is_awaited_by_the_next_run(
    cloud_with: Callable[..., Cloud],
) -> None:
    cloud = cloud_with(build_seconds=900.0)
    with pytest.raises(IncompleteError) as caught:
        cloud.create(timeout=60.0)
    cloud.outputs = caught.value.outputs
    assert cloud.plan(SPEC) is Action.WAIT
    assert cloud.update(caught.value.cache_id, SPEC)["status"] == "Ready"
    assert cloud.sent("UpdateImageCache") == []


def test_a_failed_cache_cannot_be_updated(cloud: Cloud) -> None:
    cache_id = cloud.create()
    cloud.emulator.edit(cache_id, {"status": "Failed"})
    with pytest.raises(IncompleteError, match="ended Failed"):
        cloud.update(cache_id, replace(SPEC, retention_days=30))
    assert cloud.outputs["status"] == "Failed"
    assert cloud.plan(SPEC) is Action.REPLACE


def test_a_rebuild_slower_than_its_deadline_is_kept(cloud_with: Callable[..., Cloud]) -> None:
    cloud = cloud_with()
    cache_id = cloud.create()
    cloud.emulator.configure(build_seconds=900.0)
    spec = replace(SPEC, images=("caddy",))
    with pytest.raises(IncompleteError, match=r"is not Ready after 1 min; last seen: Updating"):
        cloud.update(cache_id, spec, timeout=60.0)
    assert (cloud.outputs["status"], cloud.outputs["images"]) == ("Updating", ["caddy"])
    assert cloud.plan(spec) is Action.WAIT


def test_an_update_of_a_missing_cache_says_what_to_run(cloud: Cloud) -> None:
    cache_id = cloud.create()
    cloud.emulator.remove(cache_id)
    with pytest.raises(GoneError, match="`pulumi refresh` and then `pulumi up`"):
        cloud.update(cache_id, replace(SPEC, retention_days=30))


def test_a_cache_that_disappears_during_a_rebuild_says_what_to_run(cloud: Cloud) -> None:
    cache_id = cloud.create()
    cloud.gateway.after["UpdateImageCache"] = [lambda: cloud.emulator.remove(cache_id)]
    with pytest.raises(GoneError, match="no longer exists"):
        cloud.update(cache_id, replace(SPEC, images=("caddy",)))


@pytest.mark.parametrize("code", ["IncorrectStatus", "ImageCache.IncorrectStatus"])
def test_a_wrong_status_is_retried(cloud_with: Callable[..., Cloud], code: str) -> None:
    cloud = cloud_with(switches={"update_wrong_status": code})
    cache_id = cloud.create()

    def rebuild() -> None:
        cloud.gateway.update(cache_id, {"ImageCacheName": "web", "Image": ["redis"]}, "theirs")

    cloud.gateway.before["UpdateImageCache"] = [rebuild]
    spec = replace(SPEC, retention_days=30, images=("redis",))
    cloud.update(cache_id, spec)
    theirs, refused, accepted = cloud.sent("UpdateImageCache")
    assert (theirs["ClientToken"], refused["ImageCacheId"]) == ("theirs", cache_id)
    assert refused["ClientToken"] != accepted["ClientToken"]
    assert cloud.shown(cache_id)["retention_days"] == 30


def test_a_wrong_status_until_the_deadline_is_the_error(cloud: Cloud) -> None:
    cache_id = cloud.create()
    cloud.gateway.before["UpdateImageCache"] = [
        lambda: cloud.edit(status="Updating"),
    ]
    with pytest.raises(ApiError, match="IncorrectStatus"):
        cloud.update(cache_id, replace(SPEC, retention_days=30), timeout=60.0)


@pytest.mark.parametrize("alone", ["ignore", "apply"])
def test_a_new_size_rebuilds(cloud_with: Callable[..., Cloud], alone: str) -> None:
    cloud = cloud_with(switches={"update_size_alone": alone})
    cache_id = cloud.create()
    assert cloud.update(cache_id, replace(SPEC, image_cache_size=40))["imageCacheSize"] == 40


def test_an_update_that_was_not_applied_names_the_field(cloud: Cloud) -> None:
    cache_id = cloud.create()
    cloud.gateway.after["UpdateImageCache"] = [lambda: cloud.edit(name="web")]
    spec = replace(SPEC, image_cache_name="shop")
    with pytest.raises(IncompleteError, match=r"did not apply: imageCacheName\."):
        cloud.update(cache_id, spec)
    assert cloud.outputs["imageCacheName"] == "web"
    assert cloud.plan(spec) is Action.METADATA


def test_a_rebuild_that_times_out_at_once_is_in_state_as_updating(
    cloud_with: Callable[..., Cloud],
) -> None:
    cloud = cloud_with()
    cache_id = cloud.create()
    cloud.emulator.configure(build_seconds=900.0)
    with pytest.raises(IncompleteError, match=r"last seen: Updating"):
        cloud.update(cache_id, replace(SPEC, images=("caddy",)), timeout=0.1)
    assert (cloud.outputs["status"], cloud.outputs["images"]) == ("Updating", ["caddy"])


def test_a_rebuild_with_skip_await_ends_at_once(cloud: Cloud) -> None:
    cache_id = cloud.create()
    started = cloud.time.now()
    outputs = cloud.update(cache_id, replace(SPEC, images=("caddy",), skip_await=True))
    assert cloud.time.now() < started + 1.0
    assert outputs["status"] == "Updating"
