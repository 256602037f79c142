"""Every policy reports its violations and nothing else: in a preview, an update, and on a state
file.
"""

from __future__ import annotations

from typing import Any

from eci_policies.pack import ABOUT
from tests.support.policies import VPC
from tests.support.policy_stack import Judged, PolicyStack

CONFIG: dict[str, Any] = {
    "all": "advisory",
    "retentoin": "mandatory",  # the engine ignores this name
    "tag-count": {"maximum": 3},
    "tag-headroom": {"warnFrom": 3},
    "required-tags": {"tags": {"team": {}}},
    "cache-size": {"maximum": 100},
    "image-count": {"maximum": 2},
    "allowed-registries": {"registries": ["*.aliyuncs.com", "*.example.com"]},
    "copy-counts": {"maximumStandardCopies": 2},
    "naming": {"pattern": "[a-z0-9-]{2,20}"},
    "cache-quota": {"quota": 2},
    "pinned-caches": {"quota": 2},
    "storage-budget": {"gib": 100},
}
LOGIN = {"server": "web-registry-vpc.cn-hangzhou.cr.aliyuncs.com", "userName": "web"}
PASSWORD = "hunter2"

# Changes to a cache without violations, and the policies that they violate.
OURS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "happy": ({}, set()),
    "many-tags": (
        {"tags": dict.fromkeys(["team", "b", "c", "d"], "x")},
        {"tag-count", "tag-headroom"},
    ),
    "some-tags": ({"tags": dict.fromkeys(["team", "b", "c"], "x")}, {"tag-headroom"}),
    "no-tags": ({"tags": {}}, {"required-tags"}),
    "no-lru": ({"elimination_strategy": None}, {"elimination-strategy"}),
    "no-retention": ({"retention_days": None}, {"retention"}),
    "large": ({"image_cache_size": 120}, {"cache-size"}),
    "many-images": ({"images": [f"{VPC}/{n}:1" for n in "xyz"]}, {"image-count"}),
    "latest": ({"images": [f"{VPC}/web:latest"]}, {"images-pinned"}),
    "far": ({"images": ["evil.org/a:1"], "eip_instance_id": "eip-1"}, {"allowed-registries"}),
    "public": (
        {"images": ["registry.cn-hangzhou.aliyuncs.com/a:1"], "eip_instance_id": "eip-1"},
        {"vpc-registry"},
    ),
    "no-way": ({"images": ["r.example.com/a:1"]}, {"public-egress"}),
    "login": (
        {"image_registry_credentials": [{**LOGIN, "password": PASSWORD}]},
        {"acr-over-password"},
    ),
    "copies": ({"standard_copy_count": 3}, {"copy-counts"}),
    "named": ({"image_cache_name": "a-name-that-is-too-long"}, {"naming"}),
    "twin-1": ({"image_cache_name": "twin"}, {"unique-names"}),
    "twin-2": ({"image_cache_name": "twin"}, {"unique-names"}),
    "within": ({"images": [f"{VPC}/both:1"]}, {"overlapping-images"}),
    "around": ({"images": [f"{VPC}/both:1", f"{VPC}/other:1"]}, set()),
}
BRIDGED: dict[str, tuple[dict[str, Any], set[str]]] = {
    "bridged-happy": ({}, set()),
    "bridged-no-retention": ({"retentionDays": None}, {"retention"}),
    "bridged-large": ({"imageCacheSize": 120}, {"cache-size"}),
    "bridged-many-images": ({"images": [f"{VPC}/{n}:1" for n in "uvw"]}, {"image-count"}),
    "bridged-latest": ({"images": [f"{VPC}/api:latest"]}, {"images-pinned"}),
    "bridged-far": ({"images": ["evil.org/b:1"], "eipInstanceId": "e"}, {"allowed-registries"}),
    "bridged-public": (
        {"images": ["registry.cn-hangzhou.aliyuncs.com/b:1"], "eipInstanceId": "eip-1"},
        {"vpc-registry"},
    ),
    "bridged-no-way": ({"images": ["r.example.com/b:1"]}, {"public-egress"}),
    "bridged-plain": (
        {"imageRegistryCredentials": [{**LOGIN, "password": PASSWORD}]},
        {"credentials-secret", "acr-over-password"},
    ),
    "bridged-secret": (
        {"imageRegistryCredentials": [{**LOGIN, "password": {"$secret": PASSWORD}}]},
        {"acr-over-password"},
    ),
    "bridged-named": ({"imageCacheName": "another-name-too-long"}, {"naming"}),
    # the policy reports the other cache of this name, whose URN comes later
    "bridged-twin": ({"imageCacheName": "twin"}, set()),
}
OF_THE_STACK = {"pack-configuration", "cache-quota", "pinned-caches", "storage-budget"}


def declare(stack: PolicyStack) -> None:
    """Declare all of these caches."""
    for name, (broken, _) in OURS.items():
        args = {
            "images": [f"{VPC}/{name}:1"],
            "elimination_strategy": "LRU",
            "retention_days": 7,
            "tags": {"team": "web"},
            **broken,
        }
        stack.declare(name, **{key: value for key, value in args.items() if value is not None})
    for name, (broken, _) in BRIDGED.items():
        bridged = {
            "imageCacheName": name,
            "images": [f"{VPC}/{name}:1"],
            "vswitchId": "vsw-1",
            "securityGroupId": "sg-1",
            "retentionDays": 7,
            **broken,
        }
        stack.bridge(name, **{key: value for key, value in bridged.items() if value is not None})


def assert_as_expected(run: Judged, way: str, hidden: str = "") -> None:
    """Check that each cache violates its policies and no others, and the stack its own."""
    assert run.ok, run.text
    expected = {name: policies for name, (_, policies) in {**OURS, **BRIDGED}.items()}
    if hidden:
        expected[hidden] = set()
    assert {name: run.of(name) for name in expected} == expected, way
    of_the_stack = {f.policy for f in run.violations if f.resource == "engine-test-test"}
    assert of_the_stack == OF_THE_STACK, way
    assert PASSWORD not in str(run.violations), way
    assert PASSWORD not in run.text, way


def test_each_cache_violates_its_policies_and_no_others(stack: PolicyStack) -> None:
    declare(stack)
    assert_as_expected(stack.judge("preview", CONFIG), "preview")
    assert stack.service.journal.entries() == []
    assert_as_expected(stack.judge("up", CONFIG), "up")
    state = stack.export()
    assert_as_expected(stack.analyze(state, CONFIG), "analyze")
    redacted = stack.analyze(state, CONFIG, with_passphrase=False)
    # All credentials of this provider's caches are secret, so the policy cannot read them.
    assert_as_expected(redacted, "analyze without the passphrase", hidden="login")


def test_the_caches_violate_every_policy_of_the_pack() -> None:
    tables = {**OURS, **BRIDGED}.values()
    fired = set().union(*(policies for _, policies in tables)) | OF_THE_STACK
    assert fired == {about.id for about in ABOUT}


def test_a_stack_without_violations_has_no_messages_at_default_levels(stack: PolicyStack) -> None:
    declare(stack)
    stack.caches = {name: stack.caches[name] for name in ("happy", "bridged-happy")}
    for command in ("preview", "up"):
        run = stack.judge(command)
        assert (run.ok, run.violations) == (True, ()), run.text
    assert stack.analyze(stack.export()).violations == ()
