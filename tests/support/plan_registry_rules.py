"""Changes of registries: rows of the table in `tests/unit/test_plan.py`."""

from __future__ import annotations

from dataclasses import replace

from pulumi_eci.model.spec import AcrRegistryInfo
from tests.support.plan_base import (
    FIRST_ACR,
    FIRST_LOGIN,
    KEEP,
    METADATA,
    REPLACE,
    SECOND_ACR,
    SECOND_LOGIN,
    Rule,
    logins,
    registries,
)

REGISTRY_RULES: list[Rule] = [
    # credentials
    (
        "a rotated password changes nothing",
        logins(replace(FIRST_LOGIN, password="rotated"), SECOND_LOGIN),
        KEEP,
        set(),
    ),
    (
        "another registry user is metadata",
        logins(replace(FIRST_LOGIN, user_name="human"), SECOND_LOGIN),
        METADATA,
        {"registry_logins"},
    ),
    (
        "another registry server is metadata",
        logins(replace(FIRST_LOGIN, server="c.example.com"), SECOND_LOGIN),
        METADATA,
        {"registry_logins"},
    ),
    (
        "a registry login taken away is metadata",
        logins(FIRST_LOGIN),
        METADATA,
        {"registry_logins"},
    ),
    (
        "the order of registry logins changes nothing",
        logins(SECOND_LOGIN, FIRST_LOGIN),
        KEEP,
        set(),
    ),
    # Container Registry
    (
        "another registry instance is metadata",
        registries(FIRST_ACR, AcrRegistryInfo("cri-3")),
        METADATA,
        {"acr_instances"},
    ),
    (
        "another name of a registry instance is metadata",
        registries(replace(FIRST_ACR, instance_name="other"), SECOND_ACR),
        METADATA,
        {"acr_instances"},
    ),
    (
        "another region of a registry instance is metadata",
        registries(replace(FIRST_ACR, region_id="cn-beijing"), SECOND_ACR),
        METADATA,
        {"acr_instances"},
    ),
    (
        "another domain of a registry instance is metadata",
        registries(replace(FIRST_ACR, domains=("a", "c")), SECOND_ACR),
        METADATA,
        {"acr_instances"},
    ),
    (
        "the order of domains changes nothing",
        registries(replace(FIRST_ACR, domains=("b", "a")), SECOND_ACR),
        KEEP,
        set(),
    ),
    (
        "the order of registry instances changes nothing",
        registries(SECOND_ACR, FIRST_ACR),
        KEEP,
        set(),
    ),
    (
        "another service role of a registry instance replaces the cache",
        registries(replace(FIRST_ACR, arn_service="role/t"), SECOND_ACR),
        REPLACE,
        {"acr_roles"},
    ),
    (
        "another user role of a registry instance replaces the cache",
        registries(replace(FIRST_ACR, arn_user=""), SECOND_ACR),
        REPLACE,
        {"acr_roles"},
    ),
    (
        "a registry instance with roles taken away replaces the cache",
        registries(SECOND_ACR),
        REPLACE,
        {"acr_instances", "acr_roles"},
    ),
]
