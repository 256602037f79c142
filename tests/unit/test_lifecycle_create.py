"""Creation, with the local API in process and a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from pulumi_eci.api.errors import ApiError, GoneError, IncompleteError
from pulumi_eci.model.fields import PENDING_TAG
from pulumi_eci.model.plan import Action
from pulumi_eci.model.spec import RegistryCredential
from pulumi_eci.model.state import write_state
from pulumi_eci.operations.pending import Claim
from tests.support.cloud import SPEC, Cloud


def test_a_created_cache_is_ready(cloud: Cloud) -> None:
    cache_id = cloud.create()
    shown = cloud.shown(cache_id)
    assert (shown["status"], shown["images"]) == ("Ready", ("nginx", "redis"))
    assert cloud.outputs["status"] == "Ready"
    assert cloud.outputs["snapshotId"] == shown["snapshot_id"]


def test_creation_is_one_request_and_describe_calls(cloud: Cloud) -> None:
    cloud.create()
    actions = [entry["action"] for entry in cloud.emulator.journal.entries()]
    assert actions[0] == "CreateImageCache"
    assert set(actions[1:]) == {"DescribeImageCaches"}


def test_creation_reports_progress(cloud: Cloud) -> None:
    cloud.create()
    assert cloud.reported[0].startswith("Creating")
    assert not any(line.startswith("Ready") for line in cloud.reported)


def test_the_next_plan_after_creation_is_empty(cloud: Cloud) -> None:
    cloud.create()
    assert cloud.plan(SPEC) is Action.KEEP


def test_a_failed_build_is_kept_with_its_status(cloud_with: Callable[..., Cloud]) -> None:
    cloud = cloud_with(failing_images=("redis",))
    with pytest.raises(IncompleteError) as caught:
        cloud.create()
    (shown,) = cloud.emulator.caches()
    assert caught.value.cache_id == shown["id"]
    assert caught.value.outputs["status"] == "Failed"
    assert 'Failed to pull image "redis"' in str(caught.value)
    assert "a new cache replaces this one" in str(caught.value)


@pytest.mark.parametrize("failing", [(), ("redis",)], ids=["built", "failed"])
@pytest.mark.parametrize("is_active", [True, False])
def test_the_pending_tag_stays_if_the_engine_does_not_get_the_result(
    cloud_with: Callable[..., Cloud], failing: tuple[str, ...], *, is_active: bool
) -> None:
    cloud = cloud_with(failing_images=failing)
    with suppress(IncompleteError):
        cloud.create(claim=Claim("web", is_active=lambda: is_active))
    cloud.lifecycle.untag_finished()
    (shown,) = cloud.emulator.caches()
    assert (PENDING_TAG in shown["tags"]) is not is_active


def test_a_build_slower_than_its_deadline_is_kept(cloud_with: Callable[..., Cloud]) -> None:
    cloud = cloud_with(build_seconds=900.0)
    with pytest.raises(IncompleteError, match=r"is not Ready after 10 min; last seen: ") as caught:
        cloud.create(timeout=600.0)
    assert caught.value.outputs["status"] == "Creating"
    assert cloud.time.now() == pytest.approx(600.0)


def test_a_wait_that_ends_before_its_first_describe_call_makes_one(cloud: Cloud) -> None:
    with pytest.raises(IncompleteError, match=r"is not Ready after 0 s; last seen: Preparing"):
        cloud.create(timeout=0.1)
    cloud.gateway.refuse("DescribeImageCaches", "Forbidden.RAM")
    with pytest.raises(IncompleteError, match="Forbidden"):
        cloud.create(timeout=0.1)


def test_a_refused_creation_has_no_partial_result(cloud: Cloud) -> None:
    cloud.gateway.refuse("CreateImageCache", "QuotaExceeded")
    with pytest.raises(ApiError, match="QuotaExceeded") as caught:
        cloud.create()
    assert not isinstance(caught.value, IncompleteError)
    assert cloud.emulator.caches() == []


def test_throttled_creation_is_tried_again(cloud: Cloud) -> None:
    cloud.gateway.refuse("CreateImageCache", "Throttling.User", "ServiceUnavailable")
    cloud.create()
    assert len(cloud.emulator.caches()) == 1


@pytest.mark.parametrize("mismatch", ["refuse", "replay"])
def test_a_lost_reply_is_retried_with_the_same_token(
    cloud_with: Callable[..., Cloud], mismatch: str
) -> None:
    cloud = cloud_with(switches={"idempotency_mismatch": mismatch})
    cloud.gateway.lose_replies("CreateImageCache")
    cache_id = cloud.create()
    first, second = cloud.sent("CreateImageCache")
    assert first == second
    assert [cache["id"] for cache in cloud.emulator.caches()] == [cache_id]


def test_two_creations_have_different_tokens(cloud: Cloud) -> None:
    assert cloud.create() != cloud.create()
    first, second = cloud.sent("CreateImageCache")
    assert first["ClientToken"] != second["ClientToken"]


def test_a_cache_that_disappears_during_its_build_has_no_partial_result(cloud: Cloud) -> None:
    cloud.gateway.after["DescribeImageCaches"] = [
        lambda: cloud.emulator.remove(cloud.emulator.caches()[0]["id"])
    ]
    with pytest.raises(GoneError, match="no longer exists"):
        cloud.create()


def test_a_tag_that_creation_did_not_apply_is_added(cloud: Cloud) -> None:
    cloud.gateway.after["CreateImageCache"] = [
        lambda: cloud.edit(tags={}),
    ]
    cache_id = cloud.create()
    assert cloud.shown(cache_id)["tags"] == {"team": "web"}
    assert cloud.outputs["tags"] == {"team": "web"}


@pytest.mark.parametrize(
    ("edit", "name"),
    [
        ({"size": 40}, "imageCacheSize"),
        ({"name": "other"}, "imageCacheName"),
        ({"elimination_strategy": None}, "eliminationStrategy"),
        ({"images": ["caddy"]}, "images"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_property_that_was_not_applied_is_named(
    cloud: Cloud, edit: dict[str, Any], name: str
) -> None:
    cloud.gateway.after["CreateImageCache"] = [lambda: cloud.edit(**edit)]
    with pytest.raises(IncompleteError, match=f"did not apply: {name}\\.") as caught:
        cloud.create()
    cloud.outputs = caught.value.outputs
    assert cloud.plan(SPEC) is not Action.KEEP


def test_an_instant_cache_shows_no_drift_after_its_snapshot(cloud: Cloud) -> None:
    spec = replace(SPEC, flash=True)
    cache_id = cloud.create(spec)
    cloud.time.sleep(60.0)
    assert cloud.shown(cache_id)["snapshot_id"]
    assert write_state(spec, cloud.read(cache_id)) == cloud.outputs


def test_a_creation_with_skip_await_ends_at_once(cloud: Cloud) -> None:
    started = cloud.time.now()
    spec = replace(SPEC, skip_await=True)
    cloud.create(spec)
    assert cloud.time.now() == started
    assert cloud.outputs["status"] == "Creating"
    assert cloud.plan(spec) is Action.KEEP


def test_no_password_is_in_outputs_messages_or_failures(
    cloud_with: Callable[..., Cloud],
) -> None:
    login = RegistryCredential("r.example.com", "robot", "pa55-w0rd")
    cloud = cloud_with(failing_images=("redis",))
    with pytest.raises(IncompleteError) as caught:
        cloud.create(replace(SPEC, image_registry_credentials=(login,)))
    error = caught.value
    chain = f"{error!r} {error.outputs} {error.__cause__!r} {error.__context__!r} {cloud.reported}"
    assert "pa55-w0rd" not in chain
    assert "r.example.com" in chain
