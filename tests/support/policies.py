"""The rules of the policy pack by name, and their findings about caches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from eci_policies.cache import BRIDGED, OURS, Cache, Path, Undecided
from eci_policies.pack import RULES, STACK_RULES
from eci_policies.rule import Finding, Rule, StackRule
from eci_policies.settings import Settings

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How the engine spells a value that is not known yet."""

RULE_OF: Mapping[str, Rule] = {rule.about.id: rule for rule in RULES}
STACK_RULE_OF: Mapping[str, StackRule] = {rule.about.id: rule for rule in STACK_RULES}

VPC = "registry-vpc.cn-hangzhou.aliyuncs.com"
HAPPY: Mapping[str, Any] = {
    "region": "cn-hangzhou",
    "imageCacheName": "web-1",
    "images": [f"{VPC}/eci_open/nginx:1.15.10-perl"],
    "vswitchId": "vsw-1",
    "securityGroupId": "sg-1",
    "imageCacheSize": 40.0,
    "retentionDays": 7.0,
    "eliminationStrategy": "LRU",
    "tags": {"team": "web"},
}
"""Inputs that violate no policy."""

_NOT_BRIDGED = ("region", "eliminationStrategy", "tags")


def cache(*, secret: Iterable[Path] = (), bridged: bool = False, **broken: Any) -> Cache:  # noqa: ANN401
    """Return a cache without findings, with changes; None removes a property."""
    props = {**HAPPY, **broken}
    if bridged:
        props = {key: val for key, val in props.items() if key in broken or key not in _NOT_BRIDGED}
    known = {key: value for key, value in props.items() if value is not None}
    secrets = set(secret)
    return Cache(
        known,
        type=BRIDGED if bridged else OURS,
        resource=str(known.get("imageCacheName")),
        urn=f"urn:{known.get('imageCacheName')}",
        provider={"region": "cn-hangzhou"},
        covers=lambda path: path in secrets,
    )


def messages(policy: str, judged: Cache, **config: Any) -> list[str]:  # noqa: ANN401
    """Return the messages of a policy about a cache."""
    rule = RULE_OF[policy]
    found: list[str] = []
    if rule.judges(judged):
        with suppress(Undecided):
            found.extend(rule.check(judged, Settings(rule.about.settings, config)))
    return found


def findings(policy: str, judged: Iterable[Cache], **config: Any) -> list[Finding]:  # noqa: ANN401
    """Return the findings of a stack policy about caches."""
    rule = STACK_RULE_OF[policy]
    return list(rule.check(list(judged), Settings(rule.about.settings, config)))
