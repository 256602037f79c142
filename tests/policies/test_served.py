"""The pack behind the policy SDK: unknown values, secrets, and remediations as the engine sees."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_policy import proxy

from eci_policies.cache import BRIDGED
from eci_policies.request import WITHHELD
from tests.support.policies import HAPPY, UNKNOWN
from tests.support.served import Said, Served, secret

LOGIN = {"server": "r.example.com", "userName": "web", "password": "hunter2"}
BARE = {"region": "cn-hangzhou", "images": HAPPY["images"], "imageCacheName": "web-1"}
SENTINELS = [value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_")]


def test_a_happy_cache_violates_nothing() -> None:
    """Nor does a stack of one."""
    assert Served().analyze(HAPPY) == []
    assert Served().analyze_stack([HAPPY]) == []


def test_other_resources_are_none_of_the_packs_business() -> None:
    """A bucket with 21 tags is for others to judge."""
    bucket = {"tags": {str(number): "" for number in range(21)}}
    assert Served().analyze(bucket, kind="aws:s3/bucket:Bucket") == []
    assert Served().analyze_stack([bucket], kind="aws:s3/bucket:Bucket") == []
    assert Served("remediate").remediate(bucket, kind="aws:s3/bucket:Bucket") is None


@pytest.mark.parametrize("sentinel", SENTINELS)
def test_a_property_that_is_unknown_makes_no_message(sentinel: str) -> None:
    """Whatever the property is: not even the SDK's own message that a policy cannot run."""
    assert len(SENTINELS) == 7
    strict: dict[str, Any] = {
        "required_tags": {"tags": {"team": {"pattern": "x"}}},
        "elimination_strategy": {"exceptTags": {"pinned": "true"}, "exceptNames": ["x"]},
        "allowed_registries": {"registries": ["x"]},
        "copy_counts": {"instances": 9000},
    }
    names = {*HAPPY, "flash", "flashCopyCount", "imageRegistryCredentials", "eipInstanceId"}
    for name in names - {"vswitchId", "securityGroupId"}:
        served = Served(**strict)
        before = {said.policy for said in served.analyze({**HAPPY, "tags": {"team": "x"}})}
        after = served.analyze({**HAPPY, "tags": {"team": "x"}, name: sentinel})
        assert not {said.policy for said in after} - before - {"copy-counts"}, name
        assert "can't run policy" not in str(after)
        assert sentinel not in str(after)


def test_nothing_at_all_is_known() -> None:
    """A cache of unknown values alone says nothing, in either kind of policy."""
    nothing = dict.fromkeys(HAPPY, UNKNOWN)
    assert Served().analyze(nothing) == []
    assert Served().analyze_stack([nothing, nothing]) == []


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
def test_the_engines_mark_of_a_secret_is_seen(credentials: Any, plain: bool) -> None:  # noqa: ANN401
    """The SDK shows secrets in clear; the mark is in the request, at any depth."""
    said = Served().analyze({**HAPPY, "imageRegistryCredentials": credentials}, kind=BRIDGED)
    assert ("credentials-secret" in {found.policy for found in said}) == plain
    assert "hunter2" not in str(said)


def test_a_message_quotes_no_secret() -> None:
    """Images, names, numbers, keys and values of tags that are marked secret are hidden."""
    said = Served(
        cache_quota={"quota": 1},
        required_tags={"tags": {"team": {"pattern": "x"}}},
        retention={"maximum": 5},
    ).analyze(
        {
            **HAPPY,
            "images": [secret("nginx-hidden"), "seen"],
            "imageCacheName": secret("Hidden"),
            "tags": secret({"team": "hidden-team"}),
            "retentionDays": secret(17),
        }
    )
    assert said == [
        Said("required-tags", "The tag `[secret]` is `[secret]`, which does not match `x`."),
        Said("retention", "The retentionDays are [secret]; 1 to 5 are allowed."),
        Said("images-pinned", "The image `[secret]` has no tag, which means `latest`."),
        Said("images-pinned", "The image `seen` has no tag, which means `latest`."),
        Said(
            "public-egress",
            "The images of `docker.io` are pulled through the internet, and nothing says how: the "
            "cache has no eipInstanceId, and its vSwitch is not known to have a NAT gateway.",
        ),
        Said(
            "naming",
            "The imageCacheName `[secret]` does not match `[a-z0-9](?:[a-z0-9-]{0,126}[a-z0-9])`.",
        ),
    ]


@pytest.mark.parametrize(
    "image",
    ["r.hidden.example.com/web", "R.HIDDEN.example.com/web:latest", "  hidden/web  ", "web:hidden"],
)
def test_a_message_quotes_no_part_of_a_secret(image: str) -> None:
    """Registry, repository and tag of a secret image are secret, in any spelling."""
    said = Served(
        allowed_registries={"registries": ["x"]}, images_pinned={"floatingTags": ["*"]}
    ).analyze({**HAPPY, "images": [secret(image)]})
    assert {"allowed-registries", "images-pinned"} <= {found.policy for found in said}
    assert "hidden" not in str(said).lower()


def test_a_server_that_is_marked_by_itself_is_hidden() -> None:
    """The list is secret for its passwords; a single value is for itself. So is a tag `server`."""
    login = {**LOGIN, "server": secret("r.hidden.example.com")}
    said = Served(required_tags={"tags": {"server": {"pattern": "x"}}}).analyze(
        {
            **HAPPY,
            "images": ["r.hidden.example.com/web"],
            "tags": {"server": secret("hidden")},
            "imageRegistryCredentials": [login],
        },
        kind=BRIDGED,
    )
    assert {"images-pinned", "required-tags"} <= {found.policy for found in said}
    assert "hidden" not in str(said)


def test_a_message_about_the_stack_quotes_no_secret() -> None:
    """Names that are secret are hidden there, too."""
    twin = {**HAPPY, "imageCacheName": secret("hidden")}
    said = Served().analyze_stack([twin, twin])
    assert said[0] == Said(
        "unique-names",
        "The imageCacheName `[secret]` is also that of `cache-0`, in cn-hangzhou.",
        "urn:1",
    )


def test_many_findings_are_reported_as_quickly_as_few() -> None:
    """What is secret is looked up once for all of them."""
    twins = [{**HAPPY, "imageRegistryCredentials": secret([LOGIN])} for _ in range(400)]
    said = Served().analyze_stack(twins)
    assert len([found for found in said if found.policy == "unique-names"]) == 399


def test_server_and_user_of_a_login_are_not_hidden() -> None:
    """Their list is secret whole, for its passwords; an image may name the server."""
    said = Served().analyze(
        {
            **HAPPY,
            "images": ["r.example.com/web"],
            "imageRegistryCredentials": secret([LOGIN]),
        }
    )
    assert said[0].message == "The image `r.example.com/web` has no tag, which means `latest`."


def test_without_a_request_details_are_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    """An SDK that keeps its request elsewhere costs details, not secrets."""
    monkeypatch.setattr("eci_policies.request._REQUESTS", ())
    props = {**HAPPY, "images": ["nginx"], "imageRegistryCredentials": [LOGIN]}
    said = Served().analyze(props)
    assert {found.message for found in said} == {WITHHELD}
    assert {found.policy for found in said} == {"images-pinned", "public-egress"}


def test_remediations_set_what_is_missing() -> None:
    """Required tags with a default, LRU and a retention; what is there stays."""
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


def test_remediations_touch_nothing_that_somebody_chose() -> None:
    """A value that is not allowed is a violation; it is not replaced."""
    served = Served("remediate", required_tags={"tags": {"team": {"pattern": "a", "default": "a"}}})
    chosen = {**BARE, "tags": {"team": "b"}, "eliminationStrategy": "lru", "retentionDays": 4000}
    assert served.remediate(chosen) is None
    assert {"required-tags", "elimination-strategy", "retention"} <= {
        found.policy for found in served.analyze(chosen)
    }


@pytest.mark.parametrize("unknown", ["tags", "eliminationStrategy", "retentionDays"])
def test_remediations_touch_nothing_that_is_unknown(unknown: str) -> None:
    """The SDK hands a remediation the engine's own spelling of an unknown value."""
    served = Served("remediate", required_tags={"tags": {"team": {"default": "web"}}})
    left = served.remediate({**BARE, unknown: UNKNOWN}) or {}
    assert left[unknown] == UNKNOWN


def test_a_required_tag_is_not_added_as_the_twenty_first() -> None:
    """A remediation must not make another violation."""
    served = Served("remediate", required_tags={"tags": {"team": {"default": "web"}}})
    full = {f"key-{number}": "" for number in range(20)}
    left = served.remediate({**BARE, "tags": full}) or {}
    assert left["tags"] == full


def test_remediations_keep_secrets() -> None:
    """A copy of the properties would hold them in clear; what comes back is marked as it came."""
    props = {
        **BARE,
        "imageRegistryCredentials": secret([LOGIN]),
        "tags": secret({"a": "hidden"}),
        "annotations": secret("hidden"),
    }
    served = Served("remediate", required_tags={"tags": {"team": {"default": "web"}}})
    left = served.remediate(props) or {}
    assert left["imageRegistryCredentials"] == secret([LOGIN])
    assert left["annotations"] == secret("hidden")
    assert left["tags"] == secret({"a": "hidden", "team": "web"})


def test_a_remediation_marks_a_plain_password() -> None:
    """Of a bridged cache, too: its value stays, so nothing is replaced."""
    props = {"images": HAPPY["images"], "imageRegistryCredentials": [LOGIN, {"server": "x"}]}
    left = Served("remediate").remediate(props, kind=BRIDGED)
    marked = {**LOGIN, "password": secret("hunter2")}
    assert left == {**props, "imageRegistryCredentials": [marked, {"server": "x"}]}
    assert Served("remediate").remediate(left, kind=BRIDGED) is None


def test_bridged_caches_are_not_changed_otherwise() -> None:
    """Any change of a value replaces such a cache."""
    props = {"images": HAPPY["images"], "imageCacheName": "web-1"}
    assert Served("remediate").remediate(props, kind=BRIDGED) is None


def test_remediations_are_off_unless_the_level_says_so() -> None:
    """With the levels of the pack nothing is changed."""
    for level in ("advisory", "mandatory", "disabled"):
        assert Served(level).remediate(BARE) is None
