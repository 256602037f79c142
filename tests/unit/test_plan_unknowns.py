"""The effect of unknown values on a plan."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_eci.model.fields import INPUT_NAMES
from pulumi_eci.model.parse import parse
from pulumi_eci.model.plan import Action, make_plan
from pulumi_eci.model.spec import UNKNOWN
from pulumi_eci.model.state import State

ROLE = "acs:ram::1:role/deployer"
KNOWN: dict[str, Any] = {
    "region": "cn-hangzhou",
    "connection": {"roleArn": ROLE},
    "images": ["nginx"],
    "tags": {"team": "web"},
    "rebuildTriggers": {"run": 1},
}


SILENT = {"adopt", "skipAwait", "onMissing", "trackDigests"}


@pytest.mark.parametrize("name", sorted(SILENT))
def test_an_unknown_value_of_a_silent_property_changes_nothing(name: str) -> None:
    old = State(parse(KNOWN).spec, "Ready", "s-1")
    assert make_plan(old, parse({**KNOWN, name: UNKNOWN}).spec).action is Action.KEEP


@pytest.mark.parametrize("name", [name for name in INPUT_NAMES if name not in SILENT])
def test_an_unknown_value_counts_as_changed(name: str) -> None:
    old = State(parse(KNOWN).spec, "Ready", "s-1")
    plan = make_plan(old, parse({**KNOWN, name: UNKNOWN}).spec)
    assert {(change.name, change.known) for change in plan.changes} == {(name, False)}
    assert plan.action is not Action.KEEP


LOGIN = {"server": "s", "userName": "u", "password": "p"}
ACR = {"instanceId": "cri-1", "instanceName": "n", "regionId": "r", "domains": ["a", "b"]}
ROLES = {"arnService": "role/s", "arnUser": "role/u"}
MEMBERS: list[tuple[str, object, object, Action]] = [
    ("images", ["nginx"], ["nginx", UNKNOWN], Action.REBUILD),
    ("tags", {"team": "web"}, {"team": UNKNOWN}, Action.METADATA),
    ("rebuildTriggers", {"run": [1]}, {"run": [UNKNOWN]}, Action.REBUILD),
    ("imageRegistryCredentials", [LOGIN], [{**LOGIN, "password": UNKNOWN}], Action.KEEP),
    ("imageRegistryCredentials", [LOGIN], [{**LOGIN, "userName": UNKNOWN}], Action.METADATA),
    ("imageRegistryCredentials", [LOGIN], [{**LOGIN, "server": UNKNOWN}], Action.METADATA),
    ("imageRegistryCredentials", [LOGIN], [UNKNOWN], Action.METADATA),
    ("acrRegistryInfos", [ACR], [{**ACR, "domains": [UNKNOWN, "b"]}], Action.METADATA),
    ("acrRegistryInfos", [ACR], [{**ACR, "domains": UNKNOWN}], Action.METADATA),
    ("acrRegistryInfos", [ACR], [{**ACR, "instanceName": UNKNOWN}], Action.METADATA),
    ("acrRegistryInfos", [ACR], [{**ACR, "regionId": UNKNOWN}], Action.METADATA),
    ("acrRegistryInfos", [ACR], [{**ACR, "instanceId": UNKNOWN}], Action.METADATA),
    ("acrRegistryInfos", [ACR], [{**ACR, "arnUser": UNKNOWN}], Action.REPLACE),
    ("acrRegistryInfos", [ACR], [UNKNOWN], Action.REPLACE),
    (
        "acrRegistryInfos",
        [{**ACR, **ROLES}],
        [{**ACR, **ROLES, "domains": [UNKNOWN]}],
        Action.METADATA,
    ),
    (
        "acrRegistryInfos",
        [{**ACR, **ROLES}],
        [{**ACR, **ROLES, "instanceId": UNKNOWN}],
        Action.REPLACE,
    ),
    ("connection", {"roleArn": ROLE}, {"roleArn": ROLE, "endpoint": UNKNOWN}, Action.KEEP),
    ("connection", {"roleArn": ROLE}, {"roleArn": ROLE, "profile": UNKNOWN}, Action.KEEP),
    ("connection", {"roleArn": ROLE}, {"roleArn": ROLE, "region": UNKNOWN}, Action.KEEP),
    ("connection", {"roleArn": ROLE}, {"roleArn": UNKNOWN}, Action.REPLACE),
    ("connection", {"roleArn": ROLE}, {"roleArn": UNKNOWN, "accountId": "1"}, Action.KEEP),
    ("connection", {"roleArn": ROLE}, {"roleArn": ROLE, "accountId": UNKNOWN}, Action.REPLACE),
    ("connection", {"profile": "dev"}, {"accountId": UNKNOWN}, Action.KEEP),
    ("connection", None, UNKNOWN, Action.KEEP),
]


@pytest.mark.parametrize(("name", "old", "new", "action"), MEMBERS)
def test_an_unknown_member_counts_for_the_rows_that_compare_it(
    name: str, old: object, new: object, action: Action
) -> None:
    state = State(parse({**KNOWN, name: old}).spec, "Ready", "s-1")
    assert make_plan(state, parse({**KNOWN, name: new}).spec).action is action
