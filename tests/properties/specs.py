"""Valid inputs of all kinds, and their meaning to the service.

The meaning is written by hand, without the field table, which the provider uses to classify a
change. So the tests find an error in the table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from eci_emulator.images import canonical
from tests.properties.clouds import ACCOUNT, OTHER_ROLE, ROLES
from tests.support.small_engine import Properties, as_engine_has

_ROBOT = {"server": "r.example.com", "userName": "robot", "password": "pa55-w0rd"}
_HUMAN = {"server": "s.example.com", "userName": "human", "password": "s3same-0pen"}
_ACR = {"instanceId": "cri-1", "instanceName": "one", "regionId": "cn-hangzhou"}
_ROLES = {"arnService": "acs:ram::1:role/service", "arnUser": "acs:ram::1:role/user"}

VALUES: dict[str, list[Any]] = {
    "region": [None, "cn-hangzhou", "cn-beijing"],
    "images": [
        ["nginx"],
        ["redis"],
        ["nginx", "redis"],
        ["redis", "nginx"],
        ["nginx", "nginx"],
        ["docker.io/library/redis:latest", "nginx:latest"],
        ["registry.example.com/team/app:1.27", "caddy", "nginx"],
    ],
    "imageCacheName": [None, "web", "shop"],
    "securityGroupId": [None, "", "sg-1", "sg-2"],
    "vswitchId": [None, "vsw-1", "vsw-2", "vsw-1,vsw-2", "vsw-2,vsw-3"],
    "zoneId": [None, "", "zone-a", "zone-b"],
    "eipInstanceId": [None, "eip-1", "eip-2"],
    "resourceGroupId": [None, "", "rg-1", "rg-2"],
    "imageCacheSize": [None, 20, 40, 32768],
    "retentionDays": [None, 1, 7, 65536],
    "eliminationStrategy": [None, "", "LRU"],
    "autoMatchImageCache": [None, False, True],
    "flash": [None, False, True],
    "standardCopyCount": [None, 1, 2],
    "flashCopyCount": [None, 1, 3],
    "tags": [None, {}, {"a": "1"}, {"a": "2"}, {"a": "1", "b": ""}, {"b": "1", "c": "x y"}],
    "imageRegistryCredentials": [
        None,
        [],
        [_ROBOT],
        [{**_ROBOT, "password": "an0ther"}],
        [_ROBOT, _HUMAN],
        [_HUMAN, _ROBOT],
    ],
    "acrRegistryInfos": [
        None,
        [],
        [{"instanceId": "cri-1"}],
        [_ACR],
        [{**_ACR, "domains": ["one.example.com", "two.example.com"]}],
        [{**_ACR, "domains": ["two.example.com", "one.example.com"]}, {"instanceId": "cri-2"}],
        [{**_ACR, **_ROLES}],
    ],
    "insecureRegistry": [None, "", "one.example.com"],
    "plainHttpRegistry": [None, "one.example.com:5000", "two.example.com:5000"],
    "annotations": [None, "one", "two"],
    "rebuildTriggers": [None, {}, [], "", 0, False, 1, 1.0, True, {"run": 1}, {"run": [None, "x"]}],
    "connection": [
        None,
        {},
        {"region": "cn-beijing"},
        {"endpoint": "https://eci.example.com", "profile": "dev"},
        {"accountId": ACCOUNT},
        {"roleArn": ROLES[0]},
        {"roleArn": ROLES[1]},
        {"roleArn": OTHER_ROLE},
    ],
    "adopt": [None, "", "imc-of-somebody-else"],
    "skipAwait": [None, False, True],
    "trackDigests": [None, False],  # tests/registry has the tests that ask registries
    "onMissing": [None, "recreate", "ignore"],
}
"""Some valid values of each property; None for its absence."""

SECRETS = ("pa55-w0rd", "s3same-0pen", "an0ther")

REPLACING = frozenset(
    {"region", "zone", "insecure registry", "plain registry", "annotations", "account", "roles"}
)
REBUILDING = frozenset({"images", "size", "match", "flash", "copies", "flash copies", "triggers"})
METADATA = frozenset(
    {
        "name",
        "security group",
        "vswitch",
        "eip",
        "resource group",
        "retention",
        "elimination",
        "tags",
        "logins",
        "registries",
    }
)

_COSTLY = ("region", "zoneId", "insecureRegistry", "plainHttpRegistry", "annotations", "connection")


def meaning(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the meaning of checked *inputs* to the service, with its defaults."""
    connection = inputs.get("connection") or {}
    role = connection.get("roleArn", "").split(":")
    infos = inputs.get("acrRegistryInfos") or []
    return {
        "region": inputs["region"],
        "zone": inputs.get("zoneId") or "",
        "insecure registry": inputs.get("insecureRegistry") or "",
        "plain registry": inputs.get("plainHttpRegistry") or "",
        "annotations": inputs.get("annotations") or "",
        "account": connection.get("accountId") or (role[3] if len(role) > 3 else ""),
        "roles": [(i["instanceId"], i["arnService"]) for i in infos if "arnService" in i],
        "images": set(map(canonical, inputs["images"])),
        "size": inputs.get("imageCacheSize") or 20,
        "match": inputs.get("autoMatchImageCache") or False,
        "flash": inputs.get("flash") or False,
        "copies": inputs.get("standardCopyCount") or 1,
        "flash copies": inputs.get("flashCopyCount") or 1,
        "triggers": json.dumps(as_engine_has(inputs).get("rebuildTriggers"), sort_keys=True),
        "name": inputs["imageCacheName"],
        "security group": inputs.get("securityGroupId") or "",
        "vswitch": inputs.get("vswitchId") or "",
        "eip": inputs.get("eipInstanceId") or "",
        "resource group": inputs.get("resourceGroupId") or "",
        "retention": inputs.get("retentionDays") or 0,
        "elimination": inputs.get("eliminationStrategy") or "",
        "tags": inputs.get("tags") or {},
        "logins": sorted(
            (c["server"], c["userName"]) for c in inputs.get("imageRegistryCredentials") or []
        ),
        "registries": sorted(_instance(info) for info in infos),
    }


def _instance(info: Mapping[str, Any]) -> tuple[Any, ...]:
    names = ("instanceId", "instanceName", "regionId")
    return (*(info.get(name) or "" for name in names), sorted(info.get("domains") or []))


def changed(one: Mapping[str, Any], other: Mapping[str, Any]) -> set[str]:
    """Return the names of the differences between two meanings. An unnamed account may be any
    account.
    """
    differing = {name for name in one if one[name] != other[name]}
    return differing if one["account"] and other["account"] else differing - {"account"}


def programs(*absent: str) -> st.SearchStrategy[Properties]:
    """Draw the inputs of a resource, without the properties *absent*."""
    fields = {
        name: st.sampled_from(values) for name, values in VALUES.items() if name not in absent
    }
    return st.fixed_dictionaries(fields).map(_given)


@st.composite
def pairs(draw: st.DrawFn, *absent: str) -> tuple[Properties, Properties]:
    """Draw two programs that differ in one property, in some, in cheap ones, or in all."""
    first = draw(programs("adopt", *absent))
    other = draw(programs(*absent))
    names = [name for name in VALUES if name not in absent]
    cheap = [name for name in names if name not in _COSTLY]
    moved = draw(
        st.one_of(
            st.sampled_from(names).map(lambda name: [name]),
            st.lists(st.sampled_from(cheap), max_size=6),
            st.lists(st.sampled_from(names), max_size=6),
            st.just(cheap),
            st.just(names),
        )
    )
    second = {name: value for name, value in first.items() if name not in moved}
    second |= {name: other[name] for name in moved if name in other}
    _name_accounts(first, second)
    return first, second


def _name_accounts(*programs: Properties) -> None:
    """If one program names the other account, let all programs name an account."""
    if any(program.get("connection") == {"roleArn": OTHER_ROLE} for program in programs):
        for program in programs:
            if not {"accountId", "roleArn"} & program.get("connection", {}).keys():
                program["connection"] = {**program.get("connection", {}), "accountId": ACCOUNT}


def _given(values: Mapping[str, Any]) -> Properties:
    return {name: value for name, value in values.items() if value is not None}
