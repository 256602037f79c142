"""The lifecycle of a cache through the real engine and the vendor's SDK."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.support.pulumi_stack import REGION, PulumiStack

IMAGES = ["nginx:1.27", "redis:7"]


def test_a_cache_is_created_and_awaited(stack: PulumiStack) -> None:
    stack.declare(images=IMAGES, tags={"team": "web"}, retention_days=7)
    run = stack.up()
    (cache,) = stack.cloud()
    outputs = stack.outputs()
    assert stack.resource()["id"] == cache["ImageCacheId"]
    assert outputs["status"] == cache["Status"] == "Ready"
    assert outputs["snapshotId"] == cache["SnapshotId"]
    assert outputs["imageCacheName"] == cache["ImageCacheName"]
    assert outputs["imageCacheName"].startswith("web-")
    assert "Ready after" in run.text


def test_a_second_up_has_nothing_to_do(stack: PulumiStack) -> None:
    stack.declare(images=IMAGES, tags={"team": "web"}, image_cache_size=40)
    stack.up()
    stack.service.journal.clear()
    stack.preview("--expect-no-changes")
    stack.up("--expect-no-changes")
    assert stack.service.journal.entries() == []


def test_metadata_changes_keep_the_snapshot(stack: PulumiStack) -> None:
    stack.declare(images=IMAGES, tags={"team": "web", "old": "1"})
    stack.up()
    before = stack.cloud()[0]
    stack.edit(tags={"team": "api", "new": "2"}, retention_days=30, elimination_strategy="LRU")
    assert "the snapshot stays" in stack.preview().text
    stack.up()
    (after,) = stack.cloud()
    (update,) = stack.calls("UpdateImageCache")
    assert not [name for name in update if name.startswith("Image.")]
    assert update["RetentionDays"] == "30"
    assert after["SnapshotId"] == before["SnapshotId"]
    assert after["EliminationStrategy"] == "LRU"
    assert {t["Key"]: t["Value"] for t in after["Tags"]} == {"team": "api", "new": "2"}
    stack.up("--expect-no-changes")


def test_equivalent_images_are_no_change(stack: PulumiStack) -> None:
    switches = stack.service.settings.switches
    odd = replace(switches, image_names="canonical", update_network="required")
    stack.service.configure(switches=odd)
    network = {"vswitch_id": "vsw-1", "security_group_id": "sg-1"}
    stack.declare(images=IMAGES, tags={"team": "web"}, **network)
    stack.up()
    stack.refresh("--expect-no-changes")
    stack.edit(images=["redis:7", "docker.io/library/nginx:1.27"])
    stack.up("--expect-no-changes")
    stack.edit(tags={"team": "api"})
    stack.up()
    assert not [
        name for sent in stack.calls("UpdateImageCache") for name in sent if "Image." in name
    ]
    stack.edit(images=["nginx:1.28", "redis:7"])
    stack.up()
    assert stack.outputs()["images"] == ["nginx:1.28", "redis:7"]
    stack.refresh("--expect-no-changes")
    stack.up("--expect-no-changes")


def test_an_image_change_rebuilds_in_place(stack: PulumiStack) -> None:
    stack.declare(images=IMAGES)
    stack.up()
    before = stack.cloud()[0]
    stack.edit(images=["nginx:1.28", "redis:7"])
    assert "rebuild in place" in stack.preview().text
    run = stack.up()
    (after,) = stack.cloud()
    assert after["ImageCacheId"] == before["ImageCacheId"]
    assert after["SnapshotId"] != before["SnapshotId"]
    assert after["Images"] == ["nginx:1.28", "redis:7"]
    assert "Updating" in run.text
    assert "Ready after" in run.text
    assert stack.outputs()["snapshotId"] == after["SnapshotId"]


def test_a_replacement_creates_the_new_cache_first(stack: PulumiStack) -> None:
    stack.declare(images=IMAGES)
    stack.up()
    old, old_name = stack.resource()["id"], stack.outputs()["imageCacheName"]
    stack.edit(insecure_registry="registry.example.com")
    stack.up()
    (cache,) = stack.cloud()
    assert cache["ImageCacheId"] == stack.resource()["id"] != old
    assert cache["ImageCacheName"] == stack.outputs()["imageCacheName"] != old_name
    changes = [
        entry["action"]
        for entry in stack.service.journal.entries()
        if entry["action"] in {"CreateImageCache", "DeleteImageCache"}
    ]
    assert changes == ["CreateImageCache", "CreateImageCache", "DeleteImageCache"]


def test_up_replace_leaves_one_live_cache(stack: PulumiStack) -> None:
    stack.declare(images=IMAGES)
    stack.up()
    old = stack.resource()
    stack.up("--replace", old["urn"])
    (cache,) = stack.cloud()
    assert cache["ImageCacheId"] == stack.resource()["id"] != old["id"]
    assert cache["Status"] == "Ready"
    stack.up("--expect-no-changes")


def test_drift_is_found_by_refresh_and_repaired_by_up(stack: PulumiStack) -> None:
    stack.declare(images=IMAGES, tags={"team": "web", "keep": "1"}, elimination_strategy="LRU")
    stack.up()
    before = stack.cloud()[0]
    stack.service.edit(
        before["ImageCacheId"],
        {"tags": {"team": "other", "foreign": "x"}, "elimination_strategy": "", "name": "renamed"},
    )
    stack.refresh()
    stack.refresh("--expect-no-changes")
    outputs = stack.outputs()
    assert outputs["tags"] == {"team": "other"}
    assert outputs["imageCacheName"] == "renamed"
    assert "eliminationStrategy" not in outputs
    stack.up()
    (after,) = stack.cloud()
    tags = {tag["Key"]: tag["Value"] for tag in after["Tags"]}
    assert tags == {"team": "web", "keep": "1", "foreign": "x"}
    assert after["EliminationStrategy"] == "LRU"
    assert after["ImageCacheName"] == before["ImageCacheName"]
    assert after["SnapshotId"] == before["SnapshotId"]
    stack.up("--expect-no-changes")


def test_refresh_of_an_untouched_stack_finds_nothing(stack: PulumiStack) -> None:
    stack.declare(
        images=IMAGES,
        tags={"team": "web"},
        retention_days=7,
        vswitch_id="vsw-1",
        security_group_id="sg-1",
        rebuild_triggers={"nightly": 1},
    )
    stack.up()
    stack.refresh("--expect-no-changes")
    # Matches of pods and the passage of time are no drift.
    stack.service.edit(stack.resource()["id"], {"last_matched": stack.service.clock.now()})
    stack.service.advance(86_400)
    stack.refresh("--expect-no-changes")
    stack.up("--expect-no-changes")


def test_a_missing_cache_is_recreated(stack: PulumiStack) -> None:
    stack.declare(images=IMAGES)
    stack.up()
    stack.service.remove(stack.resource()["id"])
    stack.refresh()
    assert not stack.has_resource()
    stack.up()
    (cache,) = stack.cloud()
    assert cache["ImageCacheId"] == stack.resource()["id"]


def test_the_failed_update_of_a_missing_cache_says_what_to_do(stack: PulumiStack) -> None:
    stack.declare(images=IMAGES)
    stack.up()
    stack.service.remove(stack.resource()["id"])
    stack.edit(retention_days=7)
    run = stack.try_up()
    assert not run.ok
    assert "no longer exists" in run.text
    assert "pulumi refresh" in run.text
    assert not run.tracebacks


def test_an_existing_cache_is_read_by_id(stack: PulumiStack) -> None:
    made = stack.service.call(
        "CreateImageCache",
        {"RegionId": REGION, "ImageCacheName": "theirs", "Image.1": "nginx:1", "Tag.1.Key": "by"},
    )
    stack.service.configure(build_seconds=0.0)
    stack.program = (
        "import pulumi\nimport pulumi_eci as eci\n"
        f"cache = eci.ImageCache.get('theirs', {made['ImageCacheId']!r})\n"
        "pulumi.export('images', cache.images)\npulumi.export('size', cache.image_cache_size)\n"
    )
    run = stack.up()
    assert "nginx:1" in run.text
    assert stack.outputs("theirs")["imageCacheName"] == "theirs"
    assert stack.outputs("theirs")["tags"] == {"by": ""}
    stack.destroy()
    assert len(stack.cloud()) == 1
    assert stack.calls("UpdateImageCache") == stack.calls("DeleteImageCache") == []


def test_after_destroy_the_service_holds_nothing(stack: PulumiStack) -> None:
    stack.declare("one", images=IMAGES)
    stack.declare("two", images=IMAGES)
    stack.up()
    stack.service.remove(stack.resource("two")["id"])
    stack.destroy()
    assert stack.cloud() == []
    assert not stack.has_resource("one")


@pytest.mark.parametrize("stack", ["dynamic"], indirect=True)
def test_the_dynamic_provider_needs_no_plugin(stack: PulumiStack) -> None:
    run = stack.up("--logtostderr", "-v=7")
    assert "gatherPackagesFromProgram" in run.text
    assert "plugin eci" not in run.text


def test_the_list_uses_the_configuration_of_the_selected_stack(stack: PulumiStack) -> None:
    assert stack.run("config", "set", "eci:region", "cn-beijing").ok
    run = stack.shell("pulumi-eci list --json")
    found = json.loads(run.text)
    assert (found["region"], found["endpoint"]) == ("cn-beijing", stack.api.url)


def test_the_list_marks_the_caches_of_stacks(stack: PulumiStack) -> None:
    stack.service.configure(build_seconds=0.0)
    stack.declare("kept", images=IMAGES)
    stack.declare("lost", images=IMAGES)
    stack.up()
    kept, lost = (stack.resource(name)["id"] for name in ("kept", "lost"))
    stack.service.remove(lost)
    params = {"RegionId": REGION, "ImageCacheName": "theirs", "Image.1": "nginx:1"}
    theirs = stack.service.call("CreateImageCache", params)["ImageCacheId"]
    exported = "pulumi stack export | pulumi-eci list --json"
    found = json.loads(stack.shell(f"{exported} --region {REGION} --state - 2>/dev/null").text)
    stacks = {each["id"]: [of["resource"] for of in each["stacks"]] for each in found["caches"]}
    assert stacks == {kept: ["kept"], theirs: []}
    assert [(each["id"], each["resource"]) for each in found["gone"]] == [(lost, "lost")]
