"""Caches that exist before the program, and caches that disappear without it."""

from __future__ import annotations

import pytest

from tests.engine.conftest import one_door
from tests.support.pulumi_stack import REGION, PulumiStack


def make(stack: PulumiStack, **params: str) -> str:
    """Create a Ready cache without the provider."""
    stack.service.configure(build_seconds=0.0)
    fixed = {"RegionId": REGION, "ImageCacheName": "theirs", "Image.1": "nginx:1"}
    made: str = stack.service.call("CreateImageCache", fixed | params)["ImageCacheId"]
    stack.service.configure(build_seconds=0.4)
    stack.service.journal.clear()
    return made


def test_a_matching_cache_is_adopted_without_an_update(stack: PulumiStack) -> None:
    cache_id = make(stack)
    stack.declare(adopt=cache_id, images=["nginx:1"], image_cache_name="theirs")
    stack.up()
    assert stack.resource()["id"] == cache_id
    assert stack.calls("CreateImageCache") == stack.calls("UpdateImageCache") == []
    stack.up("--expect-no-changes")
    stack.destroy()
    assert stack.cloud() == []


@one_door
def test_an_adopted_cache_keeps_its_name_if_the_program_gives_none(stack: PulumiStack) -> None:
    cache_id = make(stack)
    stack.declare(adopt=cache_id, images=["nginx:1"])
    stack.up()
    stack.edit(adopt=None)
    stack.up()
    stack.up("--expect-no-changes")
    assert stack.calls("CreateImageCache") == stack.calls("UpdateImageCache") == []
    stack.service.edit(cache_id, {"name": "by-hand"})
    stack.refresh()
    stack.up("--expect-no-changes")
    stack.edit(image_cache_name="ours")
    stack.up()
    assert [cache["ImageCacheName"] for cache in stack.cloud()] == ["ours"]
    assert stack.outputs()["imageCacheName"] == "ours"


def test_an_adopted_cache_is_changed_by_one_update(stack: PulumiStack) -> None:
    cache_id = make(stack, **{"Tag.1.Key": "owner", "Tag.1.Value": "them"})
    stack.declare(
        adopt=cache_id, images=["nginx:2"], tags={"team": "web"}, insecure_registry="r.example.com"
    )
    stack.up()
    (cache,) = stack.cloud()
    assert cache["ImageCacheId"] == stack.resource()["id"] == cache_id
    assert cache["Images"] == ["nginx:2"]
    tags = {tag["Key"]: tag["Value"] for tag in cache["Tags"]}
    assert {key: tags[key] for key in ("owner", "team")} == {"owner": "them", "team": "web"}
    assert len(stack.calls("UpdateImageCache")) == 1
    stack.up("--expect-no-changes")


@one_door
def test_a_cache_that_cannot_be_adopted_is_reported(stack: PulumiStack) -> None:
    stack.service.configure(failing_images=("broken*",))
    failed = make(stack, **{"Image.1": "broken:1"})
    elsewhere = make(stack, RegionId="cn-beijing")
    for name, cache_id in {"a": "imc-unknown", "b": elsewhere, "c": failed}.items():
        stack.declare(name, adopt=cache_id, images=["nginx:1"])
    run = stack.try_up()
    assert not run.ok
    assert "cannot adopt imc-unknown: there is none in cn-hangzhou" in run.text
    assert f"cannot adopt {elsewhere}: there is none in cn-hangzhou" in run.text
    assert f"cannot adopt {failed}: its build failed" in run.text
    assert not stack.has_resource("a")
    assert stack.calls("UpdateImageCache") == stack.calls("DeleteImageCache") == []


@one_door
def test_two_resources_cannot_adopt_the_same_cache(stack: PulumiStack) -> None:
    cache_id = make(stack)
    for name in ("one", "two"):
        stack.declare(name, adopt=cache_id, images=["nginx:1"])
    run = stack.try_up()
    assert not run.ok
    first = "one" if stack.has_resource("one") else "two"
    assert f"cannot adopt {cache_id}: the resource {first} of this program adopts it" in run.text
    assert [stack.has_resource("one"), stack.has_resource("two")].count(True) == 1


def test_replacing_an_adopted_cache_keeps_the_live_one(stack: PulumiStack) -> None:
    cache_id = make(stack)
    stack.declare(adopt=cache_id, images=["nginx:1"])
    stack.up()
    run = stack.up("--replace", stack.resource()["urn"])
    assert "is not deleted: another resource adopted the cache" in run.text
    (cache,) = stack.cloud()
    assert cache["ImageCacheId"] == stack.resource()["id"] == cache_id
    stack.destroy()
    assert stack.cloud() == []


@one_door
def test_a_property_that_the_api_cannot_change_replaces_an_adopted_cache(
    stack: PulumiStack,
) -> None:
    cache_id = make(stack)
    stack.declare(adopt=cache_id, images=["nginx:1"])
    stack.up()
    stack.edit(insecure_registry="r.example.com")
    stack.up()
    (cache,) = stack.cloud()
    assert cache["ImageCacheId"] == stack.resource()["id"] != cache_id
    stack.up("--expect-no-changes")


@one_door
def test_a_cache_moves_to_the_resource_that_adopts_it(stack: PulumiStack) -> None:
    stack.declare("old", images=["nginx:1"])
    stack.up()
    cache_id = stack.resource("old")["id"]
    del stack.caches["old"]
    stack.declare("new", adopt=cache_id, images=["nginx:1"])
    stack.up()
    assert not stack.has_resource("old")
    (cache,) = stack.cloud()
    assert cache["ImageCacheId"] == stack.resource("new")["id"] == cache_id


def test_with_on_missing_ignore_a_missing_cache_is_kept_as_evicted(stack: PulumiStack) -> None:
    stack.declare(images=["nginx:1"], elimination_strategy="LRU", on_missing="ignore")
    stack.up()
    stack.service.remove(stack.resource()["id"])
    assert "stays in state as Evicted" in stack.refresh().text
    assert stack.outputs()["status"] == "Evicted"
    stack.up("--expect-no-changes")
    stack.refresh("--expect-no-changes")
    assert stack.cloud() == []
    stack.edit(rebuild_triggers="again")
    stack.up()
    (cache,) = stack.cloud()
    assert cache["ImageCacheId"] == stack.resource()["id"]
    assert stack.outputs()["status"] == "Ready"


@one_door
def test_a_cache_that_was_never_built_is_not_evicted(stack: PulumiStack) -> None:
    stack.service.configure(failing_images=("nginx:1",))
    stack.declare(images=["nginx:1"], on_missing="ignore")
    assert not stack.try_up().ok
    stack.service.configure(failing_images=())
    stack.service.advance(2 * 86_400)
    stack.refresh()
    stack.up()
    assert stack.outputs()["status"] == "Ready"


@one_door
def test_an_evicted_cache_is_recreated_when_on_missing_is_removed(stack: PulumiStack) -> None:
    stack.declare(images=["nginx:1"], on_missing="ignore")
    stack.up()
    stack.service.remove(stack.resource()["id"])
    stack.refresh()
    stack.edit(on_missing=None)
    stack.up()
    (cache,) = stack.cloud()
    assert cache["ImageCacheId"] == stack.resource()["id"]


def test_an_expired_cache_is_found_by_refresh(stack: PulumiStack) -> None:
    stack.declare(images=["nginx:1"], retention_days=7)
    stack.up()
    old = stack.resource()["id"]
    stack.service.advance(8 * 86_400)
    stack.refresh()
    assert not stack.has_resource()
    stack.up()
    assert stack.resource()["id"] != old


def test_a_cache_is_created_without_waiting(stack: PulumiStack) -> None:
    stack.service.configure(build_seconds=3600)
    stack.declare(images=["nginx:1"], skip_await=True)
    stack.up()
    assert stack.outputs()["status"] == "Creating"
    stack.up("--expect-no-changes")
    stack.service.advance(3600)
    stack.refresh()
    assert stack.outputs()["status"] == "Ready"
    assert stack.outputs()["snapshotId"] == stack.cloud()[0]["SnapshotId"]
    stack.up("--expect-no-changes")


def test_a_cache_that_failed_without_being_awaited_is_replaced(stack: PulumiStack) -> None:
    stack.service.configure(failing_images=("broken*",), build_seconds=0.0)
    stack.declare(images=["broken:1"], skip_await=True)
    stack.up()
    assert "Failed to pull image" in stack.refresh().text
    assert stack.outputs()["status"] == "Failed"
    stack.service.configure(failing_images=())
    stack.up()
    stack.refresh()
    assert [cache["Status"] for cache in stack.cloud()] == ["Ready"]


def test_a_failed_adoption_releases_the_cache(stack: PulumiStack) -> None:
    tags = {f"key-{number}": "x" for number in range(15)}
    stack.declare("owner", images=["nginx:1"], tags=tags)
    stack.up()
    cache_id = stack.resource("owner")["id"]
    more = {f"more-{number}": "x" for number in range(15)}
    stack.declare("thief", adopt=cache_id, images=["nginx:1"], tags=more)
    assert "NumberExceed.Tags" in stack.try_up().text
    del stack.caches["thief"]
    stack.up("--expect-no-changes")
    stack.destroy()
    assert stack.cloud() == []


@one_door
def test_delete_before_replace_of_an_adopted_cache_creates_a_new_one(stack: PulumiStack) -> None:
    cache_id = make(stack)
    options = {"delete_before_replace": True}
    stack.declare(adopt=cache_id, images=["nginx:1"], options=options)
    stack.up()
    stack.up("--replace", stack.resource()["urn"])
    (cache,) = stack.cloud()
    assert cache["ImageCacheId"] == stack.resource()["id"] != cache_id


@one_door
def test_on_missing_takes_effect_with_the_update_that_sets_it(stack: PulumiStack) -> None:
    stack.declare(images=["nginx:1"])
    stack.up()
    stack.edit(on_missing="ignore")
    stack.up()
    stack.service.remove(stack.resource()["id"])
    stack.refresh()
    assert stack.outputs()["status"] == "Evicted"


@one_door
def test_a_new_endpoint_takes_effect_with_the_update_that_sets_it(stack: PulumiStack) -> None:
    stack.declare(images=["nginx:1"], connection={"endpoint": stack.api.url, "account_id": "123"})
    stack.up()
    elsewhere = stack.api.url.replace("127.0.0.1", "localhost")
    stack.edit(connection={"endpoint": elsewhere, "account_id": "123"})
    stack.up()
    assert len(stack.calls("CreateImageCache")) == 1
    stack.edit(connection={"endpoint": elsewhere, "account_id": "456"})
    assert "needs a new cache" in stack.preview().text
    stack.edit(connection={"endpoint": elsewhere, "account_id": "123"})
    stack.destroy()
    assert stack.cloud() == []


def test_reading_a_cache_that_does_not_exist_is_an_error(stack: PulumiStack) -> None:
    stack.program = "import pulumi_eci as eci\neci.ImageCache.get('theirs', 'imc-nowhere')\n"
    run = stack.try_up()
    assert not run.ok
    assert "imc-nowhere does not exist in cn-hangzhou" in run.text
    assert not run.tracebacks


@pytest.mark.parametrize("stack", ["dynamic"], indirect=True)
def test_import_is_refused_and_alternatives_are_named(stack: PulumiStack) -> None:
    stack.declare(images=["nginx:1"], options={"import_": "imc-1"})
    run = stack.run("preview")
    assert not run.ok
    assert "use the argument `adopt` to adopt" in run.text
    assert not run.tracebacks
