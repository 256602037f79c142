"""Remediations change the inputs that reach the provider, and keep secrets secret."""

from __future__ import annotations

import json
from typing import Any

from tests.support.policies import VPC
from tests.support.policy_stack import PolicyStack

CONFIG = {
    "required-tags": {
        "enforcementLevel": "remediate",
        "tags": {"team": {"default": "web"}},
    },
    "elimination-strategy": "remediate",
    "retention": {"enforcementLevel": "remediate", "days": 9},
    "credentials-secret": "remediate",
}
LOGIN = {"server": "r.example.com", "userName": "web", "password": "hunter2"}


def test_the_missing_properties_reach_the_provider(stack: PolicyStack) -> None:
    stack.declare("web", images=[f"{VPC}/web:1"], tags={"mine": "1"})
    run = stack.judge("up", CONFIG)
    assert (run.ok, run.violations) == (True, ()), run.text
    (call,) = stack.calls("CreateImageCache")
    tags = {call[f"Tag.{number}.Key"]: call[f"Tag.{number}.Value"] for number in (1, 2)}
    assert tags == {"mine": "1", "team": "web"}
    assert (call["EliminationStrategy"], call["RetentionDays"]) == ("LRU", "9")
    assert stack.judge("up", CONFIG).ok
    assert len(stack.calls("CreateImageCache")) == 1
    assert stack.calls("UpdateImageCache") == []


def test_an_existing_cache_is_updated_in_place(stack: PolicyStack) -> None:
    stack.declare("web", images=[f"{VPC}/web:1"])
    run = stack.judge("up", {"all": "advisory"})
    assert run.of("web") == {"elimination-strategy", "retention"}
    snapshot = stack.outputs("web")["snapshotId"]
    run = stack.judge("up", CONFIG)
    assert (run.ok, run.violations) == (True, ()), run.text
    (call,) = stack.calls("UpdateImageCache")
    assert (call["EliminationStrategy"], call["RetentionDays"]) == ("LRU", "9")
    assert stack.outputs("web")["snapshotId"] == snapshot


def test_a_bridged_cache_is_reported_and_not_changed(stack: PolicyStack) -> None:
    bridged: dict[str, Any] = {"imageCacheName": "bridged", "images": [f"{VPC}/b:1"]}
    stack.bridge("bridged", **bridged, vswitchId="v", securityGroupId="s")
    assert stack.judge("up").ok
    run = stack.judge("preview", CONFIG)
    assert not run.ok
    assert [(found.policy, found.level) for found in run.violations] == [("retention", "mandatory")]
    assert "replace" not in run.text


def test_secrets_stay_secret_in_the_state(stack: PolicyStack) -> None:
    secret = {"$secret": "hunter2"}
    stack.declare("web", images=[f"{VPC}/web:1"], image_registry_credentials=[LOGIN])
    stack.declare(
        "hidden",
        images=[f"{VPC}/hidden:1"],
        tags={"$secret": {"key": "hunter2"}},
        annotations=secret,
    )
    base: dict[str, Any] = {"vswitchId": "v", "securityGroupId": "s", "retentionDays": 7}
    for name, password in (("plain", "hunter2"), ("marked", secret)):
        login = [{**LOGIN, "password": password}]
        args: dict[str, Any] = {"imageCacheName": name, "images": [f"{VPC}/{name}:1"]}
        stack.bridge(name, **base, **args, imageRegistryCredentials=login)
    run = stack.judge("up", CONFIG)
    assert run.ok, run.text
    state = json.loads(stack.export().read_text())
    assert len(state["deployment"]["resources"]) > 4
    assert "hunter2" not in json.dumps(state)
    assert "hunter2" not in run.text
    assert {call["EliminationStrategy"] for call in stack.calls("CreateImageCache")} == {"LRU"}


def test_violations_in_a_state_file_are_reported_only(stack: PolicyStack) -> None:
    stack.declare("web", images=[f"{VPC}/web:1"])
    assert stack.judge("up", {"all": "advisory"}).ok
    run = stack.analyze(stack.export(), CONFIG)
    assert not run.ok
    assert run.of("web") == {"required-tags", "elimination-strategy", "retention"}
    assert run.text.count('"policyRemediationEvent"') == 3
    assert stack.outputs("web").get("retentionDays") is None


def test_all_policies_on_remediate_cause_no_panic(stack: PolicyStack) -> None:
    for number in range(2):
        args = {"images": [f"{VPC}/{number}:1"], "image_cache_name": "twin"}
        stack.declare(f"web-{number}", **args)
    run = stack.judge("preview", {"all": "remediate"})
    assert not run.ok
    assert "panic" not in run.text
    assert [(found.policy, found.level) for found in run.violations] == [
        ("unique-names", "mandatory")
    ]
