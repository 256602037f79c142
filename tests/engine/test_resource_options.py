"""Standard resource options work as people expect, through the real engine."""

from __future__ import annotations

from dataclasses import replace

from tests.support.pulumi_stack import PulumiStack

IMAGES = ["nginx:1"]


def test_rebuild_triggers_rebuild_in_place(stack: PulumiStack) -> None:
    stack.declare(images=["nginx:latest"], rebuild_triggers={"week": 1})
    stack.up()
    before = stack.cloud()[0]
    stack.edit(rebuild_triggers={"week": 2})
    assert "rebuild in place" in stack.preview().text
    stack.up()
    (after,) = stack.cloud()
    assert after["ImageCacheId"] == before["ImageCacheId"]
    assert after["SnapshotId"] != before["SnapshotId"]


def test_a_declined_rebuild_names_a_solution_that_works(stack: PulumiStack) -> None:
    switches = stack.service.settings.switches
    stack.service.configure(switches=replace(switches, update_same_images="no_need_update"))
    stack.declare(images=["nginx:latest"], rebuild_triggers=1)
    stack.up()
    old = stack.resource()["id"]
    stack.edit(rebuild_triggers=2)
    run = stack.try_up()
    assert not run.ok
    assert "was not rebuilt" in run.text
    assert "NoNeedUpdate" in run.text
    assert 'replace_on_changes=["images", "rebuildTriggers"]' in run.text
    stack.caches["web"]["options"] = {"replace_on_changes": ["rebuild_triggers"]}
    assert "needs a new cache (replace_on_changes)" in stack.preview().text
    stack.up()
    (cache,) = stack.cloud()
    assert cache["ImageCacheId"] == stack.resource()["id"] != old


def test_ignore_changes_takes_python_names(stack: PulumiStack) -> None:
    stack.declare(images=IMAGES, elimination_strategy="LRU", tags={"team": "web"})
    stack.up()
    stack.caches["web"]["options"] = {"ignore_changes": ["elimination_strategy"]}
    stack.edit(elimination_strategy=None, tags={"team": "api"})
    stack.up()
    (cache,) = stack.cloud()
    assert cache["EliminationStrategy"] == "LRU"
    assert cache["Tags"] == [{"Key": "team", "Value": "api"}]
    stack.up("--expect-no-changes")


def test_target_does_not_change_other_caches(stack: PulumiStack) -> None:
    stack.declare("one", images=IMAGES)
    stack.declare("two", images=IMAGES)
    stack.up()
    stack.edit("one", retention_days=7)
    stack.edit("two", retention_days=7)
    stack.up("--target", stack.resource("one")["urn"])
    (update,) = stack.calls("UpdateImageCache")
    assert update["ImageCacheId"] == stack.resource("one")["id"]


def test_retain_on_delete_keeps_the_cache(stack: PulumiStack) -> None:
    stack.declare(images=IMAGES, options={"retain_on_delete": True})
    stack.up()
    stack.destroy()
    assert len(stack.cloud()) == 1


def test_delete_before_replace_allows_an_explicit_name(stack: PulumiStack) -> None:
    stack.declare(images=IMAGES, image_cache_name="fixed", options={"delete_before_replace": True})
    stack.up()
    stack.edit(insecure_registry="r.example.com")
    stack.up()
    (cache,) = stack.cloud()
    assert cache["ImageCacheName"] == "fixed"
    deletes_and_creates = [
        entry["action"]
        for entry in stack.service.journal.entries()
        if entry["action"] in {"CreateImageCache", "DeleteImageCache"}
    ]
    assert deletes_and_creates == ["CreateImageCache", "DeleteImageCache", "CreateImageCache"]


def test_a_protected_cache_is_not_deleted(stack: PulumiStack) -> None:
    stack.declare(images=IMAGES, options={"protect": True})
    stack.up()
    run = stack.run("destroy", "--yes", "--skip-preview")
    assert not run.ok
    assert len(stack.cloud()) == 1


def test_unknown_members_replace_no_protected_cache(stack: PulumiStack) -> None:
    stack.program = f"""\
import pulumi
import pulumi_eci as eci

text = "{stack.api.url}"
eci.ImageCache("web", pulumi.ResourceOptions(protect=True), images=["nginx:1"],
    connection={{"endpoint": text, "account_id": "1"}},
    acr_registry_infos=[{{"instance_id": "cri-1", "domains": [text]}}],
    image_registry_credentials=[{{"server": "s", "user_name": "u", "password": text}}])
"""
    stack.up()
    before = stack.resource()["id"]
    unknown = 'text = eci.ImageCache("new", images=["redis:7"]).id.apply(lambda _: '
    stack.program = stack.program.replace("text = ", unknown).replace('"\n', '")\n', 1)
    preview = stack.preview().text
    assert "replace" not in preview
    assert "1 to update" in preview
    stack.up()
    assert stack.resource()["id"] == before


def test_caches_in_nested_components_and_under_an_alias(stack: PulumiStack) -> None:
    stack.program = """\
import pulumi
import pulumi_eci as eci

class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("test:index:Group", name, None, opts)

class Team(pulumi.ComponentResource):
    def __init__(self, name, former=None):
        aliases = [pulumi.Alias(name=former)] if former else []
        super().__init__("test:index:Team", name, None, pulumi.ResourceOptions(aliases=aliases))
        inner = Group(f"{name}-group", pulumi.ResourceOptions(parent=self))
        eci.ImageCache("web", pulumi.ResourceOptions(parent=inner), images=["nginx:1"])

Team("api")
"""
    run = stack.up()
    assert "Ready after" in run.text
    before = stack.resource()
    stack.program = stack.program.replace('Team("api")', 'Team("backend", former="api")').replace(
        'inner = Group(f"{name}-group", pulumi.ResourceOptions(parent=self))',
        'inner = Group(f"{name}-group", pulumi.ResourceOptions(parent=self,'
        ' aliases=[pulumi.Alias(name="api-group")]))',
    )
    stack.up()
    assert stack.resource()["id"] == before["id"]
    assert len(stack.calls("CreateImageCache")) == 1


def test_two_regions_in_one_program(stack: PulumiStack) -> None:
    stack.declare("one", images=IMAGES, region="cn-hangzhou")
    stack.declare("two", images=IMAGES, connection={"region": "cn-beijing", "profile": ""})
    stack.up()
    regions = {call["RegionId"] for call in stack.calls("CreateImageCache")}
    assert regions == {"cn-hangzhou", "cn-beijing"}
    stack.edit("one", region="cn-shanghai")
    stack.up()
    assert stack.cloud() == []
    stack.destroy()
    assert stack.service.caches() == []
