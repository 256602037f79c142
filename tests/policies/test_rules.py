"""The messages of each policy for one cache: their number, and the facts that they name."""

from __future__ import annotations

import re
from typing import Any

import pytest

from eci_policies.cache import BRIDGED, Cache, Path
from tests.support.policies import UNKNOWN, VPC, cache, messages
from tests.support.references import DIGEST

Row = tuple[dict[str, Any], dict[str, Any], list[str]]
"""What is broken of a happy cache, the policy's settings, and a fact for each message."""

TEAM = {"tags": {"team": {"pattern": "[a-z]+", "default": "web"}}}
NO_MAPS: list[Any] = [UNKNOWN, "team", 7, ["team"], True]
NO_LISTS: list[Any] = [[], None, UNKNOWN, "nginx", {"a": "b"}]
NO_NUMBERS: list[Any] = [UNKNOWN, "large", 20.5, float("nan"), float("inf"), True, [20]]
PUBLIC = "registry.cn-hangzhou.aliyuncs.com"
EE = "web-registry-vpc.cn-hangzhou.cr.aliyuncs.com"
LOGIN = {"server": "r.example.com", "userName": "web", "password": "hunter2"}


def tags(count: int, value: str = "value") -> dict[str, str]:
    return {f"key-{number}": value for number in range(count)}


def images(*names: object) -> dict[str, Any]:
    return {"images": list(names)}


def logins(**changes: object) -> dict[str, Any]:
    return {"imageRegistryCredentials": [{}, {**LOGIN, **changes}]}


# Only the resource of pulumi_eci has this argument.
OURS: dict[str, list[Row]] = {
    "tag-count": [
        ({"tags": tags(20)}, {}, []),
        ({"tags": tags(21)}, {}, ["21"]),
        ({"tags": tags(21, UNKNOWN)}, {}, ["21"]),
        ({"tags": tags(4)}, {"maximum": 3}, ["4"]),
        *(({"tags": value}, {}, []) for value in NO_MAPS),
    ],
    "tag-headroom": [
        ({"tags": tags(17)}, {"warnFrom": 18}, []),
        ({"tags": tags(18)}, {"warnFrom": 18}, ["18"]),
        ({"tags": tags(20)}, {"warnFrom": 18}, ["20"]),
        ({"tags": tags(21)}, {"warnFrom": 18}, []),
        *(({"tags": value}, {}, []) for value in NO_MAPS),
    ],
    "required-tags": [
        ({"tags": None}, {}, []),
        ({"tags": {"team": "web"}}, TEAM, []),
        ({"tags": {"team": UNKNOWN}}, TEAM, []),
        ({"tags": {"team": "web7"}}, TEAM, ["`web7`"]),
        *(({"tags": there}, TEAM, ["`team` is missing"]) for there in (None, {}, {"Team": "web"})),
        ({}, {"tags": {"team": {"pattern": "("}}}, ["regular expression"]),
        *(({"tags": value}, TEAM, []) for value in NO_MAPS),
    ],
    "elimination-strategy": [
        ({}, {}, []),
        *(({"eliminationStrategy": none}, {}, ["no eliminationStrategy"]) for none in (None, "")),
        ({"eliminationStrategy": "lru"}, {}, ["`lru`"]),
        ({"eliminationStrategy": UNKNOWN}, {}, []),
        ({"eliminationStrategy": 7}, {}, []),
        ({"eliminationStrategy": None}, {"allowed": [""]}, []),
        ({}, {"allowed": [""]}, ["`LRU`"]),
    ],
}
BOTH: dict[str, list[Row]] = {
    "retention": [
        *(({"retentionDays": days}, {}, []) for days in (1, 365.0, "30", *NO_NUMBERS)),
        *(({"retentionDays": days}, {}, ["for ever"]) for days in (None, 0)),
        *(({"retentionDays": days}, {}, [f"are {days}"]) for days in (366, -1)),
        ({"retentionDays": 7}, {"minimum": 10, "maximum": 20}, ["10 to 20"]),
    ],
    "cache-size": [
        *(({"imageCacheSize": size}, {}, []) for size in (None, 20, 32768.0, *NO_NUMBERS)),
        *(({"imageCacheSize": size}, {}, [f"is {size} GiB"]) for size in (19, 32769, "32769")),
        ({"imageCacheSize": None}, {"minimum": 50}, ["is 20 GiB"]),
    ],
    "image-count": [
        (images(*(f"r.example.com/{number}:1" for number in range(20))), {}, []),
        (images(*(f"r.example.com/{number}:1" for number in range(21))), {}, ["21"]),
        (images(*[UNKNOWN] * 21), {}, ["21"]),
        (images("a:1", "b:1"), {"maximum": 1}, ["2"]),
        *(({"images": none}, {}, []) for none in NO_LISTS),
    ],
    "images-pinned": [
        (images("nginx:1.27", f"nginx@{DIGEST}", f"nginx:latest@{DIGEST}"), {}, []),
        (images("nginx", UNKNOWN, 7, "", "b"), {}, ["`nginx` has no tag", "`b` has no tag"]),
        (images("nginx@sha256:short"), {}, ["no tag"]),
        (images("nginx:latest"), {}, ["the tag `latest`"]),
        (images("nginx:latest"), {"floatingTags": []}, []),
        (images("nginx:dev-7"), {"floatingTags": ["dev*"]}, ["`dev-7`"]),
        (images("nginx:1", f"nginx@{DIGEST}"), {"requireDigest": True}, ["no digest"]),
        (images("nginx", "a/b"), {"exceptImages": ["docker.io/library/*"]}, ["`a/b`"]),
        (images("nginx", "r.example.com/a"), {"exceptImages": ["docker.io"]}, ["r.example"]),
    ],
    "allowed-registries": [
        (images("nginx:1"), {"registries": []}, []),
        *(
            (images("nginx:1"), {"registries": [allowed]}, [])
            for allowed in ("docker.io", "Docker.io", "docker.*", "docker.io/library/*", "*/*")
        ),
        *(
            (images("nginx:1"), {"registries": [allowed]}, ["`docker.io`"])
            for allowed in ("docker.io/bitnami/*", "*.aliyuncs.com", "docker.io/")
        ),
        (images("EVIL/nginx:1"), {"registries": ["docker.io"]}, ["`evil`"]),
        (images("R.Example.com/a:1"), {"registries": ["r.example.com"]}, []),
        # Another port is another server, and a path is not a host.
        (images("r.example.com:5000/a"), {"registries": ["r.example.com"]}, [":5000"]),
        (images("evil.org/x.aliyuncs.com"), {"registries": ["*.aliyuncs.com"]}, ["evil.org"]),
        (images("evil.org/docker.io/library/x"), {"registries": ["*docker.io/library/*"]}, ["ev"]),
    ],
    "vpc-registry": [
        (images("nginx:1", UNKNOWN, f"{VPC}/a/b:1", f"{VPC}:443/a"), {}, []),
        (images(f"{PUBLIC}/a"), {}, [f"`{VPC}`"]),
        (images(f"{PUBLIC}:443/a"), {}, [f"`{VPC}`"]),
        (images("registry-vpc.cn-beijing.aliyuncs.com/a"), {}, [f"cn-beijing.*`{VPC}`"]),
        (images("registry-cn-hangzhou-vpc.ack.aliyuncs.com/acs/a"), {}, []),
        (
            images(
                "registry-cn-hangzhou.ack.aliyuncs.com/acs/a",
                "registry-cn-beijing-vpc.ack.aliyuncs.com/acs/a",
            ),
            {},
            ["internet.*`registry-cn-hangzhou-vpc.ack", "in cn-beijing.*`registry-cn-hangzhou-vpc"],
        ),
    ],
    "public-egress": [
        ({}, {}, ["`docker.io`"]),
        ({"eipInstanceId": ""}, {}, ["`docker.io`"]),
        ({"vswitchId": UNKNOWN}, {}, ["`docker.io`"]),
        ({"eipInstanceId": "eip-1"}, {}, []),
        ({"eipInstanceId": UNKNOWN}, {}, []),
        ({}, {"natVswitches": ["*"]}, []),
        ({}, {"natVswitches": ["vsw-1"]}, []),
        ({}, {"natVswitches": ["vsw-2*"]}, ["`docker.io`"]),
        ({"vswitchId": "vsw-1, vsw-3"}, {"natVswitches": ["vsw-1"]}, ["`docker.io`"]),
        ({"vswitchId": UNKNOWN}, {"natVswitches": ["vsw-1"]}, []),
        ({"vswitchId": UNKNOWN}, {"natVswitches": ["*"]}, []),
        ({}, {"privateRegistries": ["docker.*"]}, []),
        (images(f"{VPC}/a", f"{VPC}:443/a", EE + "/a", UNKNOWN), {}, []),
        (images("registry-cn-hangzhou-vpc.ack.aliyuncs.com/acs/a"), {}, []),
        (images("registry-cn-hangzhou.ack.aliyuncs.com/acs/a"), {}, ["`registry-cn-hangzhou.ack"]),
        (images("EVIL/nginx:1"), {"privateRegistries": ["docker.io"]}, ["`evil`"]),
        (images("r.corp:5000/a"), {"privateRegistries": ["R.corp"]}, []),
        (images("r.corp:5000/a"), {"privateRegistries": ["r.corp:80"]}, ["`r.corp:5000`"]),
    ],
    "credentials-secret": [
        (logins(), {}, [r"imageRegistryCredentials\[1\]"]),
        *((logins(password=none), {}, []) for none in (UNKNOWN, "", None, 7)),
        *(
            ({"imageRegistryCredentials": none}, {}, [])
            # A state that is exported without its passphrase contains the text `[secret]`.
            for none in (UNKNOWN, "[secret]", [UNKNOWN], ["x"], {"a": 1}, None)
        ),
    ],
    "acr-over-password": [
        (logins(server=EE), {}, [r"\[1\].*acrRegistryInfos"]),
        (logins(server=f"{EE}:443"), {}, [r"\[1\].*acrRegistryInfos"]),
        *((logins(server=other), {}, []) for other in ("r.example.com", VPC, UNKNOWN, None)),
        *(({"imageRegistryCredentials": none}, {}, []) for none in (UNKNOWN, ["x"], {"a": 1})),
    ],
    "copy-counts": [
        ({}, {}, []),
        *(({"flash": flash, "flashCopyCount": 2}, {}, []) for flash in (True, "true", UNKNOWN, 1)),
        ({"flashCopyCount": 2}, {}, ["flashCopyCount"]),
        ({"flash": False, "flashCopyCount": UNKNOWN}, {}, ["flashCopyCount"]),
        ({"standardCopyCount": 10}, {}, []),
        ({"standardCopyCount": 11}, {}, ["standardCopyCount is 11"]),
        (
            {"flash": True, "flashCopyCount": 3},
            {"maximumFlashCopies": 2},
            ["flashCopyCount is 3"],
        ),
        ({}, {"instances": 1000}, []),
        ({}, {"instances": 1001}, [r"standardCopyCount is 1\..*2 are"]),
        (
            {"flash": True, "standardCopyCount": 3},
            {"instances": 3000},
            [r"flashCopyCount is 1\..*3 are"],
        ),
        ({"standardCopyCount": UNKNOWN}, {"instances": 3000}, []),
    ],
    "naming": [
        *(({"imageCacheName": n}, {}, []) for n in ("web-1", "a" * 128, UNKNOWN, None, 7)),
        *(
            ({"imageCacheName": name}, {}, [f"`{name}`"])
            for name in ("a" * 129, "a", "Web", "web_1", "-web", "web-", "web\n")
        ),
        ({}, {"pattern": "web-.*"}, []),
        ({}, {"pattern": "api-.*"}, ["`web-1`"]),
        ({}, {"pattern": "("}, ["regular expression"]),
    ],
}
ROWS = [
    pytest.param(policy, row, bridged, id=f"{policy}-{number}{'-bridged' * bridged}")
    for table, kinds in ((OURS, [False]), (BOTH, [False, True]))
    for policy, rows in table.items()
    for number, row in enumerate(rows)
    for bridged in kinds
]


@pytest.mark.parametrize(("policy", "row", "bridged"), ROWS)
def test_a_policy_reports_its_violations_and_nothing_else(
    policy: str, row: Row, bridged: bool
) -> None:
    broken, config, facts = row
    base = {"images": ["nginx:1", "redis:7"]} if policy == "public-egress" else {}
    found = messages(policy, cache(**{**base, **broken}, bridged=bridged), **config)
    assert len(found) == len(facts), found
    for message, fact in zip(found, facts, strict=True):
        assert re.search(fact, message)


PATH: Path = ("imageRegistryCredentials", 1, "password")


def test_a_secret_password_is_no_violation() -> None:
    assert messages("credentials-secret", cache(**logins(), secret=[PATH])) == []


@pytest.mark.parametrize("region", [UNKNOWN, None])
def test_without_a_region_only_public_hosts_are_reported(region: str | None) -> None:
    props = images(f"{PUBLIC}/a", "registry-vpc.cn-beijing.aliyuncs.com/a")
    judged = Cache({**props, "region": region} if region else props, type=BRIDGED)
    assert len(messages("vpc-registry", judged)) == 1


def test_tags_of_a_bridged_cache_are_checked_if_it_has_any() -> None:
    assert messages("required-tags", cache(bridged=True), **TEAM) == []
    assert messages("required-tags", cache(bridged=True, tags={"a": "b"}), **TEAM) != []


PINNED = {"imageCacheName": "pinned-web", "tags": {"pinned": "true"}}


@pytest.mark.parametrize("policy", ["elimination-strategy", "retention"])
@pytest.mark.parametrize(
    ("config", "broken", "left_alone"),
    [
        ({}, {}, False),
        ({"exceptNames": ["pinned-*"]}, {}, True),
        ({"exceptNames": ["other-*"]}, {}, False),
        ({"exceptTags": {"pinned": "true|yes"}}, {}, True),
        ({"exceptTags": {"pinned": "tru"}}, {}, False),
        ({"exceptTags": {"pinned": "("}}, {}, False),
        ({"exceptTags": {"absent": ".*"}}, {}, False),
        # An unknown value may match the exception, so the cache is not reported.
        ({"exceptNames": ["pinned-*"]}, {"imageCacheName": UNKNOWN}, True),
        ({"exceptTags": {"pinned": "true"}}, {"tags": UNKNOWN}, True),
        ({"exceptTags": {"pinned": "true"}}, {"tags": {"pinned": UNKNOWN}}, True),
    ],
)
def test_pinned_caches_are_exempt_by_name_or_tag(
    policy: str, config: dict[str, Any], broken: dict[str, Any], left_alone: bool
) -> None:
    judged = cache(**{**PINNED, **broken}, eliminationStrategy=None, retentionDays=None)
    assert (messages(policy, judged, **config) == []) == left_alone
