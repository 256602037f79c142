"""The pack behind the policy SDK: unknown values, secrets and remediations."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_policy import proxy

from eci_policies.cache import BRIDGED, NATIVE
from tests.support.policies import HAPPY, UNKNOWN
from tests.support.served import Served, secret

LOGIN = {"server": "r.example.com", "userName": "web", "password": "hunter2"}
BARE = {"region": "cn-hangzhou", "images": HAPPY["images"], "imageCacheName": "web-1"}
SENTINELS = [value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_")]
TEAM = {"tags": {"team": {"pattern": "x"}}}


def test_a_cache_as_it_should_be_violates_nothing() -> None:
    assert Served().analyze(HAPPY) == []
    assert Served().analyze_stack([HAPPY]) == []


def test_other_resources_are_ignored() -> None:
    bucket = {"tags": {str(number): "" for number in range(21)}}
    kind = "aws:s3/bucket:Bucket"
    assert Served().analyze(bucket, kind=kind) == []
    assert Served().analyze_stack([bucket], kind=kind) == []
    assert Served("remediate").remediate(bucket, kind=kind) is None


def test_a_cache_of_the_plugin_is_checked_like_one_of_the_dynamic_provider() -> None:
    broken = {**HAPPY, "images": ["nginx"] * 21, "tags": {}, "eliminationStrategy": ""}
    strict: dict[str, Any] = {"required_tags": TEAM}
    assert Served(**strict).analyze(broken, kind=NATIVE) == Served(**strict).analyze(broken) != []
    assert Served().analyze_stack([broken], kind=NATIVE) == Served().analyze_stack([broken])
    fixed = Served("remediate").remediate(broken, kind=NATIVE)
    assert fixed == Served("remediate").remediate(broken) is not None


# -- unknown values


@pytest.mark.parametrize("sentinel", SENTINELS)
def test_an_unknown_property_causes_no_message(sentinel: str) -> None:
    assert len(SENTINELS) == 7
    strict: dict[str, Any] = {
        "required_tags": TEAM,
        "elimination_strategy": {"exceptTags": {"pinned": "true"}, "exceptNames": ["x"]},
        "allowed_registries": {"registries": ["x"]},
        "copy_counts": {"instances": 9000},
    }
    names = {*HAPPY, "flash", "flashCopyCount", "imageRegistryCredentials", "eipInstanceId"}
    served = Served(**strict)
    before = {said.policy for said in served.analyze({**HAPPY, "tags": {"team": "x"}})}
    for name in names - {"vswitchId", "securityGroupId"}:
        after = served.analyze({**HAPPY, "tags": {"team": "x"}, name: sentinel})
        assert not {said.policy for said in after} - before - {"copy-counts"}, name
        assert "can't run policy" not in str(after)
        assert sentinel not in str(after)


# -- secrets


@pytest.mark.parametrize(
    ("credentials", "plain"),
    [
        ([LOGIN], True),
        ([{**LOGIN, "password": secret("hunter2")}], False),
        ([secret(LOGIN)], False),
        (secret([LOGIN]), False),
        ([{**LOGIN, "password": UNKNOWN}], False),
    ],
)
def test_the_engine_s_mark_of_a_secret_is_recognized(credentials: Any, plain: bool) -> None:  # noqa: ANN401
    said = Served().analyze({**HAPPY, "imageRegistryCredentials": credentials}, kind=BRIDGED)
    assert ("credentials-secret" in {found.policy for found in said}) == plain
    assert "hunter2" not in str(said)


def test_a_message_quotes_no_secret() -> None:
    hosts = ["r.hidden.example.com", "R.HIDDEN.example.com", "registry.hidden.aliyuncs.com"]
    props = {
        **HAPPY,
        "images": [secret(f"{host}/hidden:hidden") for host in hosts],
        "imageCacheName": secret("Hidden"),
        "tags": secret({"team": "hidden"}),
        "retentionDays": secret(4711),
        "imageCacheSize": secret(40711),
        "standardCopyCount": secret(4712),
        "eliminationStrategy": secret("hidden"),
    }
    said = Served(
        allowed_registries={"registries": ["x"]},
        images_pinned={"floatingTags": ["*"]},
        required_tags=TEAM,
    ).analyze(props)
    assert {found.policy for found in said} == {
        "required-tags",
        "elimination-strategy",
        "retention",
        "cache-size",
        "images-pinned",
        "allowed-registries",
        "vpc-registry",
        "public-egress",
        "copy-counts",
        "naming",
    }
    assert all("[secret]" in found.message for found in said)
    assert not [word for word in ("hidden", "471") if word in str(said).lower()]


def test_a_message_about_the_stack_quotes_no_secret() -> None:
    twin = {
        **HAPPY,
        "imageCacheName": secret("hidden"),
        "region": secret("hidden"),
        "connection": {"profile": secret("hidden")},
        "imageCacheSize": secret(4711),
    }
    said = Served(cache_quota={"quota": 1}).analyze_stack([twin, twin])
    policies = {found.policy for found in said}
    assert {"unique-names", "cache-quota", "storage-budget"} <= policies
    assert "hidden" not in str(said)
    assert "9422" not in str(said)
    named = next(found for found in said if found.policy == "unique-names")
    assert named.message == (
        "`cache-0` has the same imageCacheName `[secret]` in [secret] of `[secret]`."
    )


def test_a_secret_replaces_no_other_text_of_a_message() -> None:
    tags = {**dict.fromkeys(["c", "a", "image", "the", "docker"], "io"), "team": "web"}
    plain = {**HAPPY, "images": ["docker.io/team/web"]}
    expected = Served(required_tags=TEAM).analyze({**plain, "tags": {"team": "[secret]"}})
    assert {"images-pinned", "public-egress", "required-tags"} == {said.policy for said in expected}
    said = Served(required_tags=TEAM).analyze({**plain, "tags": secret(tags)})
    assert said == expected


def test_server_and_user_of_a_login_are_not_hidden() -> None:
    props = {
        **HAPPY,
        "images": ["r.example.com/web"],
        "imageRegistryCredentials": secret([LOGIN]),
    }
    assert "`r.example.com/web`" in Served().analyze(props)[0].message


def test_without_a_request_every_value_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eci_policies.request._REQUESTS", ())
    props = {**HAPPY, "images": ["hidden"], "imageRegistryCredentials": [LOGIN]}
    said = Served(retentoin={}).analyze(props)
    assert {found.policy for found in said} == {"images-pinned", "public-egress"}
    assert "hidden" not in str(said)
    assert Served(retentoin={}).analyze_stack([props]) == []


def test_many_violations_are_reported_in_time() -> None:
    twins = [{**HAPPY, "imageRegistryCredentials": secret([LOGIN])} for _ in range(400)]
    said = Served().analyze_stack(twins)
    assert len([found for found in said if found.policy == "unique-names"]) == 399


# -- remediations


def test_remediations_set_missing_properties() -> None:
    served = Served(
        "remediate",
        required_tags={"tags": {"team": {"default": "web"}, "stage": {"pattern": "dev|prod"}}},
        retention={"days": 9},
    )
    left = served.remediate(BARE)
    assert left == {
        **BARE,
        "tags": {"team": "web"},
        "eliminationStrategy": "LRU",
        "retentionDays": 9.0,
    }
    assert served.remediate(left) is None


DEFAULT = {"tags": {"team": {"pattern": "a", "default": "a"}}}


def test_remediations_keep_chosen_values() -> None:
    served = Served("remediate", required_tags=DEFAULT)
    chosen = {**BARE, "tags": {"team": "b"}, "eliminationStrategy": "lru", "retentionDays": 4000}
    assert served.remediate(chosen) is None
    assert {"required-tags", "elimination-strategy", "retention"} <= {
        found.policy for found in served.analyze(chosen)
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tags", UNKNOWN),  # in the engine's encoding
        ("eliminationStrategy", UNKNOWN),
        ("retentionDays", UNKNOWN),
        ("tags", {f"key-{number}": "" for number in range(20)}),  # a 21st tag is not possible
    ],
)
def test_remediations_keep_values_that_they_cannot_correct(name: str, value: object) -> None:
    left = Served("remediate", required_tags=DEFAULT).remediate({**BARE, name: value}) or {}
    assert left[name] == value


def test_remediations_keep_secrets() -> None:
    props = {
        **BARE,
        "imageRegistryCredentials": secret([LOGIN]),
        "tags": secret({"a": "hidden"}),
        "annotations": secret("hidden"),
    }
    left = Served("remediate", required_tags=DEFAULT).remediate(props) or {}
    assert left["imageRegistryCredentials"] == secret([LOGIN])
    assert left["annotations"] == secret("hidden")
    assert left["tags"] == secret({"a": "hidden", "team": "a"})


def test_a_bridged_cache_only_gets_its_password_marked_as_secret() -> None:
    props = {"images": HAPPY["images"], "imageRegistryCredentials": [LOGIN, {"server": "x"}]}
    served = Served("remediate")
    left = served.remediate(props, kind=BRIDGED)
    marked = {**LOGIN, "password": secret("hunter2")}
    assert left == {**props, "imageRegistryCredentials": [marked, {"server": "x"}]}
    assert served.remediate(left, kind=BRIDGED) is None


@pytest.mark.parametrize("level", ["advisory", "mandatory", "disabled"])
def test_remediations_only_run_at_level_remediate(level: str) -> None:
    assert Served(level).remediate(BARE) is None
