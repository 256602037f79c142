"""Common idioms of Python and Pulumi, through the real engine."""

from __future__ import annotations

import json

import pytest

from tests.engine.test_fleet import Fleet, fleet, images, sizes
from tests.support.pulumi_stack import PulumiStack

__all__ = ["fleet"]  # the fixture

# These idioms of Python only concern the dynamic resource.
pytestmark = pytest.mark.parametrize("stack", ["dynamic"], indirect=True)


def test_stack_transformations_tag_every_cache(stack: PulumiStack) -> None:
    stack.program = """\
import pulumi
import pulumi_eci as eci

def auto_tag(args):
    if hasattr(args.resource, "tags"):
        args.props["tags"] = {**(args.props["tags"] or {}), "cost": 5}
        args.props["retention_days"] = "7"
        options = pulumi.ResourceOptions(ignore_changes=["image_cache_size"])
        merged = pulumi.ResourceOptions.merge(args.opts, options)
        return pulumi.ResourceTransformationResult(args.props, merged)

def stamp(args):
    if args.type_.endswith(":ImageCache"):
        args.props["tags"]["stamp"] = 1.5
        return pulumi.ResourceTransformResult(args.props, args.opts)

pulumi.runtime.register_stack_transformation(auto_tag)
pulumi.runtime.register_stack_transform(stamp)
eci.ImageCache("web", images={"b:1", "a:1"}, tags={"prod": True})
eci.ImageCacheFleet("apps", images=(f"app:{n}" for n in range(21)), placements={"cn-hangzhou": {}})
"""
    stack.up()
    tags = {"cost": "5", "stamp": "1.5"}
    caches = stack.service.caches()
    assert [cache["tags"] for cache in caches if "apps" in cache["name"]] == [tags, tags]
    assert stack.resource()["inputs"]["tags"] == {**tags, "prod": "true"}
    assert {cache["retention_days"] for cache in caches} == {7}
    stack.program = stack.program.replace('"b:1", "a:1"}', '"b:1", "a:1"}, image_cache_size=40')
    for command in (stack.up, stack.refresh, stack.preview):
        command("--expect-no-changes")


def test_scalars_are_converted_alike_for_state_and_service(stack: PulumiStack) -> None:
    stack.declare(
        images=["nginx:1"],
        tags={"cost": 5, "prod": True, "v": 1.2},
        retention_days="7",
        flash="true",
        image_cache_size="40",
        connection={"account_id": 1234567890123456},
    )
    stack.up()
    (cache,) = stack.cloud()
    shown = {tag["Key"]: tag["Value"] for tag in cache["Tags"]}
    assert shown == {"cost": "5", "prod": "true", "v": "1.2"}
    assert stack.outputs()["tags"] == stack.resource()["inputs"]["tags"] == shown
    assert stack.outputs()["retentionDays"] == stack.resource()["inputs"]["retentionDays"] == 7
    stack.edit(tags={"cost": "5", "prod": "true", "v": "1.2"}, retention_days=7, flash=True)
    for command in (stack.refresh, stack.up, stack.preview):
        command("--expect-no-changes")


def test_the_text_of_an_output_is_rejected_by_preview(stack: PulumiStack) -> None:
    program = """\
import pulumi
import pulumi_eci as eci

first = eci.ImageCache("first", images=["nginx:1"])
eci.ImageCache("web", images=["nginx:1"], ARGS)
"""
    for args, place, argument in [
        ('vswitch_id=f"{first.id}"', "web: vswitch_id: holds", "vswitch_id"),
        ('tags={"of": f"{first.id!r}"}', "web: tags.of: holds", "tags"),
        ('zone_id=pulumi.Output.concat("a", f"{first.id}")', "zoneId: holds", "zone_id"),
    ]:
        stack.program = program.replace("ARGS", args)
        run = stack.run("preview")
        assert not run.ok
        assert place in run.text
        assert f"`{argument}` with pulumi.Output.concat" in run.text


def test_resources_that_are_not_targeted_cause_no_failure(fleet: Fleet) -> None:
    fleet.declare(images=images(20))
    program = fleet.stack.program
    web = 'eci.ImageCache("web", images=["nginx:1"], retention_days=DAYS)\n'
    fleet.stack.program = program + web.replace("DAYS", "7")
    fleet.stack.up()
    fleet.declare(images=images(21), tags={"new": "yes"})
    fleet.stack.program = program + web.replace("DAYS", "8")
    fleet.stack.preview("--target", "**::web")
    run = fleet.stack.up("--target", "**::web")
    assert fleet.costs() == (0, 1, 0)
    assert "layout" not in run.text
    fleet.stack.up("--exclude", "**::apps-*")
    assert fleet.costs() == (0, 1, 0)
    run = fleet.stack.up("--target", "**::apps-cn-beijing-2")
    assert "--target '**::apps-layout'" in run.text
    assert fleet.costs() == (1, 1, 0)
    fleet.stack.up("--exclude", "**::apps-layout")
    assert fleet.costs() == (2, 3, 0)
    assert sizes(fleet) == {"cn-hangzhou": [1, 1, 20], "cn-beijing": [1, 20]}
    fleet.stack.up()
    assert fleet.costs() == (2, 3, 0)
    fleet.stack.up("--expect-no-changes")
    fleet.declare(images=images(5))
    fleet.stack.up("--target", "**::web")
    assert fleet.costs() == (0, 0, 0)


def test_options_of_a_fleet_apply_to_its_caches(fleet: Fleet) -> None:
    fleet.stack.program = """\
import json, pathlib
import pulumi
import pulumi_eci as eci

declared = json.loads(pathlib.Path("fleet.json").read_text())
hook = pulumi.ResourceHook("told", lambda args: pulumi.log.info(f"made {args.name}"))
options = pulumi.ResourceOptions(
    hooks=pulumi.ResourceHookBinding(after_create=[hook]),
    replacement_trigger=declared.pop("trigger"),
    hide_diffs=["retention_days"],
    additional_secret_outputs=["snapshot_id"],
)
eci.ImageCacheFleet("应用/apps", options, **declared)
"""
    fleet.declare(images=images(1), trigger=1, placements={"cn-hangzhou": {}})
    run = fleet.stack.up()
    assert [line.split()[1] for line in run.text.splitlines() if line.startswith("    made ")] == [
        "应用/apps-cn-hangzhou-1"
    ]
    (before,) = fleet.stack.service.caches()
    assert before["name"].startswith("apps-cn-hangzhou-1-")
    fleet.stack.up("--expect-no-changes")
    fleet.declare(trigger=2, retention_days=7)
    preview = fleet.stack.preview("--diff")
    assert "retentionDays: 7" not in preview.text
    fleet.stack.up()
    (after,) = fleet.stack.service.caches()
    assert after["id"] != before["id"]
    state = json.loads(fleet.stack.run("stack", "export").text)["deployment"]["resources"]
    (cache,) = (found for found in state if found["type"].endswith(":ImageCache"))
    assert isinstance(cache["outputs"]["snapshotId"], dict)


def test_an_explicit_provider_uses_its_own_settings(stack: PulumiStack) -> None:
    stack.environment["ALIBABA_CLOUD_REGION_ID"] = ""
    stack.run("config", "set", "eci:region", "cn-hangzhou")
    stack.run("config", "set", "--path", "pulumi:disable-default-providers[0]", "*")
    program = """\
import pulumi
import pulumi_eci as eci

dynamic = pulumi.ProviderResource("pulumi-python", "dynamic", SETTINGS)
options = pulumi.ResourceOptions(provider=dynamic)
eci.ImageCache("web", options, images=["nginx:1"])
eci.ImageCacheFleet("apps", options, images=["nginx:1"], placements={"cn-beijing": {}})
"""
    stack.program = program.replace("SETTINGS", "{}")
    run = stack.run("preview")
    assert "no region" in run.text
    assert '{"eci:region":' in run.text
    settings = json.dumps({"eci:region": "cn-shanghai", "eci:endpoint": stack.api.url})
    stack.program = program.replace("SETTINGS", settings)
    stack.up()
    assert {cache["region"] for cache in stack.service.caches()} == {"cn-shanghai", "cn-beijing"}
    stack.up("--expect-no-changes")
    stack.destroy()
    assert stack.service.caches() == []
