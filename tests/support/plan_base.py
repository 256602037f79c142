"""The state that the tests of plans edit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pulumi_eci.model.plan import Action, Plan, make_plan
from pulumi_eci.model.spec import AcrRegistryInfo, ConnectionSpec, RegistryCredential
from pulumi_eci.model.state import State
from tests.support.full_spec import FULL

BASE = replace(
    FULL,
    images=("nginx:1.27", "redis:7"),
    image_digests={"nginx:1.27": "sha256:" + "1" * 64, "redis:7": "sha256:" + "2" * 64},
    flash_copy_count=2,
    tags={"team": "web", "stage": "live"},
    image_registry_credentials=(
        RegistryCredential("a.example.com", "robot", "hunter2"),
        RegistryCredential("b.example.com", "robot", "hunter3"),
    ),
    acr_registry_infos=(
        AcrRegistryInfo("cri-1", "main", "cn-hangzhou", ("a", "b"), "role/s", "role/u"),
        AcrRegistryInfo("cri-2"),
    ),
    connection=ConnectionSpec(profile="live", role_arn="acs:ram::1:role/deployer"),
)
FIRST_LOGIN, SECOND_LOGIN = BASE.image_registry_credentials
FIRST_ACR, SECOND_ACR = BASE.acr_registry_infos

KEEP, RECORD, METADATA, REBUILD, REPLACE = (
    Action.KEEP,
    Action.RECORD,
    Action.METADATA,
    Action.REBUILD,
    Action.REPLACE,
)


def logins(*credentials: RegistryCredential) -> dict[str, Any]:
    """Edit the registry credentials."""
    return {"image_registry_credentials": credentials}


def registries(*infos: AcrRegistryInfo) -> dict[str, Any]:
    """Edit the registry instances."""
    return {"acr_registry_infos": infos}


# Rule, edit of the program, action, the attributes (of FIELDS) that changed.
Rule = tuple[str, dict[str, Any], Action, set[str]]


def plan_for(status: str = "Ready", **edit: Any) -> Plan:  # noqa: ANN401 - members of a spec
    """Plan the edit of a Ready cache whose spec is BASE."""
    return make_plan(State(BASE, status, "s-1"), replace(BASE, **edit))
