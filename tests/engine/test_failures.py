"""Failures through the real engine: the messages and the state."""

from __future__ import annotations

import pytest

from tests.support.pulumi_stack import PulumiStack

PASSWORD = "hunter2-registry-password"  # made-up password that no output may contain


def test_a_failed_build_is_kept_and_replaced_by_the_next_up(stack: PulumiStack) -> None:
    stack.service.configure(failing_images=("broken*",))
    stack.declare(images=["broken:1"])
    run = stack.try_up()
    assert not run.ok
    assert "ended Failed" in run.text
    assert 'Failed to pull image "broken:1"' in run.text
    assert not run.tracebacks
    (failed,) = stack.cloud()
    assert stack.resource()["id"] == failed["ImageCacheId"]
    assert stack.outputs()["status"] == "Failed"
    stack.edit(images=["mended:1"])
    # the reason is the status, not the new image
    assert "status Failed: needs a new cache" in stack.up().text
    (cache,) = stack.cloud()
    assert cache["ImageCacheId"] == stack.resource()["id"] != failed["ImageCacheId"]
    assert cache["Status"] == stack.outputs()["status"] == "Ready"


def test_a_failed_build_is_retried_without_a_change_of_the_program(stack: PulumiStack) -> None:
    stack.service.configure(failing_images=("broken*",))
    stack.declare(images=["broken:1"])
    assert not stack.try_up().ok
    stack.service.configure(failing_images=())
    stack.up()
    (cache,) = stack.cloud()
    assert cache["Status"] == "Ready"
    stack.up("--expect-no-changes")


def test_a_failed_rebuild_is_kept_and_rebuilt_by_the_next_up(stack: PulumiStack) -> None:
    stack.declare(images=["nginx:1"])
    stack.up()
    cache_id = stack.resource()["id"]
    stack.service.configure(failing_images=("broken*",))
    stack.edit(images=["broken:1"])
    run = stack.try_up()
    assert not run.ok
    assert "ended UpdateFailed" in run.text
    assert stack.outputs()["status"] == "UpdateFailed"
    stack.refresh()
    stack.edit(images=["nginx:1"])
    stack.up()
    (cache,) = stack.cloud()
    assert cache["ImageCacheId"] == cache_id
    assert cache["Images"] == ["nginx:1"]
    assert cache["Status"] == stack.outputs()["status"] == "Ready"
    stack.up("--expect-no-changes")


def test_a_build_slower_than_its_timeout_is_kept_and_awaited_by_the_next_up(
    stack: PulumiStack,
) -> None:
    stack.service.configure(build_seconds=3600)
    stack.declare(images=["nginx:1"], options={"custom_timeouts": {"create": "1s"}})
    run = stack.try_up()
    assert not run.ok
    assert "is not Ready after 1 s; last seen: Preparing 0 %" in run.text
    cache_id = stack.resource()["id"]
    stack.service.advance(3600)
    stack.up()
    assert stack.resource()["id"] == cache_id
    assert stack.outputs()["status"] == "Ready"
    assert len(stack.calls("CreateImageCache")) == 1


def test_every_problem_of_the_inputs_is_named_at_once(stack: PulumiStack) -> None:
    stack.declare(
        images=[f"image:{number}" for number in range(21)],
        imags=["typo"],
        tags={"acs:mine": "x"},
        elimination_strategy="lru",
        image_cache_size=19,
        retention_days=0,
        image_registry_credentials=[
            {"server": "https://r.example.com", "user_name": "me", "password": PASSWORD}
        ],
    )
    run = stack.run("preview")
    assert not run.ok
    for expected in (
        "images: 21 images: a cache takes at most 20",
        "imags: unknown argument; did you mean `images`?",
        'tags["acs:mine"]: the key must not start with aliyun or acs:',
        "eliminationStrategy: must be empty or LRU",
        "imageCacheSize: must be between 20 and 32768 (GiB)",
        "retentionDays: must be between 1 and 65536 (days)",
        "imageRegistryCredentials[0].server: must be a host without a scheme",
    ):
        assert expected in run.text
    assert PASSWORD not in run.text
    assert not run.tracebacks
    assert stack.service.journal.entries() == []


def test_a_refusal_of_the_service_is_one_line(stack: PulumiStack) -> None:
    stack.service.configure(access_keys={"testid": "another-secret"})
    stack.declare(images=["nginx:1"])
    run = stack.try_up()
    assert not run.ok
    assert "DescribeImageCaches answered SignatureDoesNotMatch" in run.text
    assert "RequestId" in run.text
    assert "Check ALIBABA_CLOUD_ACCESS_KEY_ID" in run.text
    assert not run.tracebacks
    assert not stack.has_resource()


def test_values_unknown_in_preview_cause_no_problem(stack: PulumiStack) -> None:
    stack.program = """\
import pulumi
import pulumi_eci as eci

first = eci.ImageCache("first", images=["nginx:1"])
second = eci.ImageCache(
    "second",
    images=[first.snapshot_id.apply(lambda s: f"nginx:{s}"), "redis:7"],
    tags={"from": first.id},
    retention_days=first.id.apply(lambda _: 7),
)
"""
    run = stack.preview()
    assert "04da6b54" not in run.text
    stack.up()
    assert stack.outputs("second")["tags"] == {"from": stack.resource("first")["id"]}


@pytest.mark.parametrize("fails", [False, True], ids=["a good build", "a failed build"])
def test_a_registry_password_is_nowhere(stack: PulumiStack, fails: bool) -> None:
    if fails:
        stack.service.configure(failing_images=("private*",))
    stack.declare(
        images=["private:1"],
        image_registry_credentials=[
            {"server": "r.example.com", "user_name": "me", "password": PASSWORD}
        ],
    )
    texts = [stack.run("preview", "--diff").text]
    texts.append(stack.try_up("--diff", "--logtostderr", "-v=3").text)
    texts.append(stack.refresh("--diff").text)
    if not fails:
        stack.edit(retention_days=3)
        texts.append(stack.up("--diff").text)
        stack.refresh("--expect-no-changes")
    texts.append(stack.run("stack", "export").text)
    texts.append(str(stack.service.journal.entries()))
    texts.append(str(stack.service.caches()))
    texts += [
        file.read_text(errors="replace")
        for file in stack.folder.rglob("*")
        if file.is_file() and file.name != "caches.json"
    ]
    assert not [text for text in texts if PASSWORD in text]
    secret = stack.resource()["inputs"]["imageRegistryCredentials"]
    assert set(secret) == {"4dabf18193072939515e22adb298388d", "ciphertext"}
    if not stack.native:  # if an SDK marks the credentials as secret, the logins are secret too
        assert stack.outputs()["registryLogins"] == [{"server": "r.example.com", "userName": "me"}]


def test_a_rotated_password_changes_nothing_until_the_next_rebuild_sends_it(
    stack: PulumiStack,
) -> None:
    login = {"server": "r.example.com", "user_name": "me"}
    stack.declare(images=["p:1"], image_registry_credentials=[{**login, "password": "one"}])
    stack.up()
    stack.edit(image_registry_credentials=[{**login, "password": "two"}])
    stack.up("--expect-no-changes")
    assert stack.calls("UpdateImageCache") == []
    stack.edit(images=["p:2"])
    stack.up()
    (update,) = stack.calls("UpdateImageCache")
    assert update["ImageRegistryCredential.1.UserName"] == "me"
    assert update["ImageRegistryCredential.1.Password"] == "***"


def test_a_partial_update_is_in_state_and_completed_by_the_next_up(stack: PulumiStack) -> None:
    stack.declare(images=["nginx:1"], tags={"team": "web", "old": "1"})
    stack.up()
    denied = {"action": "UntagResources", "status": 403, "code": "Forbidden.RAM"}
    stack.service.faults.add({"kind": "error", "message": "Not authorized.", "count": 1, **denied})
    stack.edit(tags={"team": "api"}, elimination_strategy="LRU")
    run = stack.try_up()
    assert not run.ok
    assert "UntagResources answered Forbidden.RAM" in run.text
    assert stack.outputs()["eliminationStrategy"] == "LRU"
    assert stack.outputs()["tags"] == {"team": "api", "old": "1"}
    stack.up()
    (cache,) = stack.cloud()
    assert cache["Tags"] == [{"Key": "team", "Value": "api"}]
    stack.up("--expect-no-changes")


def test_every_clearable_field_is_cleared(stack: PulumiStack) -> None:
    stack.declare(
        images=["nginx:1"],
        retention_days=7,
        elimination_strategy="LRU",
        eip_instance_id="eip-1",
        resource_group_id="rg-1",
        tags={"team": "web"},
    )
    stack.up()
    snapshot = stack.cloud()[0]["SnapshotId"]
    stack.declare(images=["nginx:1"])
    stack.up()
    (cache,) = stack.service.caches()
    assert cache["retention_days"] in {0, None}
    assert not cache["elimination_strategy"]
    assert not cache["eip_instance_id"]
    assert not cache["tags"]
    assert stack.cloud()[0]["SnapshotId"] == snapshot
    stack.up("--expect-no-changes")
    stack.refresh("--expect-no-changes")


def test_a_lost_reply_causes_no_second_cache(stack: PulumiStack) -> None:
    lost = {"kind": "reset", "after_effect": True, "count": 1}
    stack.service.faults.add({"action": "CreateImageCache", **lost})
    stack.service.faults.add({"action": "DeleteImageCache", **lost})
    stack.declare(images=["nginx:1"])
    stack.up()
    (cache,) = stack.cloud()
    assert cache["ImageCacheId"] == stack.resource()["id"]
    assert len(stack.calls("CreateImageCache")) == 2
    stack.destroy()
    assert stack.cloud() == []


def test_a_secret_user_name_stays_secret(stack: PulumiStack) -> None:
    stack.program = """\
import pulumi
import pulumi_eci as eci

login = {"server": "r.example.com", "user_name": pulumi.Output.secret("hidden-user"),
         "password": "hidden-password"}
cache = eci.ImageCache("web", images=["nginx:1"], image_registry_credentials=[login])
pulumi.export("logins", cache.registry_logins)
"""
    texts = [stack.up("--diff").text, stack.run("stack", "export").text]
    texts += [f.read_text(errors="replace") for f in (stack.folder / "state").rglob("*.json")]
    assert not [text for text in texts if "hidden-user" in text]


def test_a_new_tag_can_take_the_place_of_an_old_one(stack: PulumiStack) -> None:
    stack.declare(images=["nginx:1"], tags={"mine": "1"})
    stack.up()
    foreign = {f"foreign-{number}": "x" for number in range(19)}
    stack.service.edit(stack.resource()["id"], {"tags": {"mine": "1", **foreign}})
    stack.edit(tags={"other": "1"})
    stack.up()
    (cache,) = stack.cloud()
    assert {tag["Key"] for tag in cache["Tags"]} == {"other", *foreign}


def test_a_service_that_stops_answering_is_named(stack: PulumiStack) -> None:
    stack.service.configure(build_seconds=3600)
    fault = {"kind": "error", "action": "DescribeImageCaches", "status": 503}
    fault |= {"match": {"ImageCacheId": "imc-*"}}
    stack.service.faults.add({"code": "ServiceUnavailable", "message": "Busy.", **fault})
    stack.declare(images=["nginx:1"], options={"custom_timeouts": {"create": "2s"}})
    run = stack.try_up()
    assert "trying again: DescribeImageCaches answered ServiceUnavailable: Busy." in run.text
    assert "failed: DescribeImageCaches answered ServiceUnavailable" in run.text
    assert stack.outputs()["status"] == "Creating"
