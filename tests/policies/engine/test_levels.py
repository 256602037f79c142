"""Enforcement levels: a mandatory violation stops a run before it creates the resource."""

from __future__ import annotations

from typing import Any

from tests.support.policies import VPC
from tests.support.policy_stack import PRESETS, PolicyStack

GOOD: dict[str, Any] = {
    "images": [f"{VPC}/web:1"],
    "elimination_strategy": "LRU",
    "retention_days": 7,
    "tags": {"team": "web"},
}


def test_a_mandatory_violation_in_a_preview_costs_no_call(stack: PolicyStack) -> None:
    stack.declare("web", **{**GOOD, "images": [f"{VPC}/web:latest"]})
    run = stack.judge("preview", {"images-pinned": "mandatory"})
    assert not run.ok
    (message,) = run.messages("images-pinned")
    assert f"`{VPC}/web:latest`" in message
    assert stack.service.journal.entries() == []


def test_an_update_does_not_create_a_cache_that_violates_a_policy(stack: PolicyStack) -> None:
    stack.declare("good", **GOOD)
    stack.declare("bad", **{**GOOD, "images": ["evil.org/web:1"]})
    run = stack.judge("up", {"allowed-registries": {"registries": ["*.aliyuncs.com"]}})
    assert not run.ok
    assert run.of("bad") >= {"allowed-registries"}
    images = [call["Image.1"] for call in stack.calls("CreateImageCache")]
    assert "evil.org/web:1" not in images
    assert not stack.has_resource("bad")


def test_policies_of_the_stack_run_after_the_creations(stack: PolicyStack) -> None:
    for number in range(2):
        args = {**GOOD, "images": [f"{VPC}/{number}:1"]}
        stack.declare(f"web-{number}", **args, image_cache_name="twin")
    preview = stack.judge("preview", {"unique-names": "mandatory"})
    assert not preview.ok
    assert stack.service.journal.entries() == []
    assert not stack.judge("up", {"unique-names": "mandatory"}).ok
    assert len(stack.cloud()) == 2


def test_a_setting_that_the_schema_forbids_is_refused(stack: PolicyStack) -> None:
    stack.declare("web", **GOOD)
    run = stack.judge("preview", {"tag-count": {"maximum": 21}, "naming": {"pattern": "("}})
    assert not run.ok
    assert "tag-count: maximum: Must be less than or equal to 20" in run.text
    assert "naming: pattern" in run.text


def test_one_level_for_all_policies_and_levels_for_single_policies(stack: PolicyStack) -> None:
    stack.declare("web", images=["nginx:latest"], image_cache_name="Web")
    config = {"all": "disabled", "naming": "advisory", "images-pinned": "mandatory"}
    run = stack.judge("preview", config)
    assert not run.ok
    assert {(found.policy, found.level) for found in run.violations} == {
        ("naming", "advisory"),
        ("images-pinned", "mandatory"),
    }


def test_the_preset_for_development_remediates_and_warns(stack: PolicyStack) -> None:
    stack.declare("web", images=["nginx:latest"])
    run = stack.judge("up", PRESETS / "development.json")
    assert run.ok, run.text
    assert run.of("web") == {"images-pinned", "public-egress"}
    (call,) = stack.calls("CreateImageCache")
    assert (call["EliminationStrategy"], call["RetentionDays"]) == ("LRU", "7")


def test_the_preset_for_production_is_strict(stack: PolicyStack) -> None:
    stack.declare("web", images=["nginx:latest"])
    stack.declare("pinned", images=[f"{VPC}/base:1"], tags={"team": "web", "pinned": "true"})
    stack.declare("good", **GOOD)
    run = stack.judge("preview", PRESETS / "production.json")
    assert not run.ok
    mandatory = {found.policy for found in run.violations if found.level == "mandatory"}
    assert mandatory == {"images-pinned", "elimination-strategy", "retention", "required-tags"}
    assert run.of("pinned") == set()
    assert run.of("good") == set()


def test_unknown_values_in_a_preview_cause_no_message(stack: PolicyStack) -> None:
    unknown = {"$unknown": True}
    stack.declare(
        "web",
        images=[unknown, f"{VPC}/web:1"],
        image_cache_name=unknown,
        tags={"team": unknown},
        eip_instance_id=unknown,
        vswitch_id=unknown,
        elimination_strategy=unknown,
        annotations=unknown,
    )
    stack.bridge(
        "bridged",
        imageCacheName=unknown,
        images=unknown,
        vswitchId=unknown,
        securityGroupId=unknown,
        retentionDays=unknown,
        imageCacheSize=unknown,
        imageRegistryCredentials=[{"server": "s", "userName": "u", "password": unknown}],
    )
    config = {"required-tags": {"tags": {"team": {"pattern": "web"}}}}
    run = stack.judge("preview", config)
    assert run.of("bridged") == set()
    assert run.of("web") == {"retention"}  # `region` is not set, and the preview knows this
    assert "can't run policy" not in run.text
