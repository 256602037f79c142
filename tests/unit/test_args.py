"""The arguments of `ImageCache` on their way to Pulumi properties."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from pulumi_eci.model.fields import INPUT_NAMES, snake_case
from pulumi_eci.program.args import (
    AcrRegistryInfoArgs,
    ImageCacheArgs,
    ImageRegistryCredentialArgs,
    property_path,
    to_props,
)

CAMEL_CREDENTIAL = {"server": "s", "userName": "u", "password": "p"}
CAMEL_INFO = {
    "instanceId": "cri-1",
    "regionId": "cn-hangzhou",
    "domains": ["a"],
    "arnUser": "role/u",
}


def resolved(args: Mapping[str, Any], name: str) -> tuple[Any, bool]:
    """Return the value of a property and whether it is secret."""

    async def resolve() -> tuple[Any, bool]:
        value = to_props(args)[name]
        output = pulumi.Output.from_input(value)
        return await output.future(), await output.is_secret()

    return asyncio.run(resolve())


def test_arguments_are_spelled_as_properties() -> None:
    """Their values pass as they are."""
    assert to_props({"images": ["nginx"], "vswitch_id": "vsw-1", "retention_days": 7}) == {
        "images": ["nginx"],
        "vswitchId": "vsw-1",
        "retentionDays": 7,
    }


@pytest.mark.parametrize("name", INPUT_NAMES)
def test_every_property_has_an_argument(name: str) -> None:
    """In the spelling of Python."""
    assert snake_case(name) in ImageCacheArgs.__annotations__


def test_there_is_no_argument_without_a_property() -> None:
    """What a type checker offers works."""
    assert set(ImageCacheArgs.__annotations__) == {snake_case(name) for name in INPUT_NAMES}


def test_only_images_are_required() -> None:
    """A region may come from configuration, a name from the resource."""
    hints = {name: str(hint) for name, hint in ImageCacheArgs.__annotations__.items()}
    assert {name for name, hint in hints.items() if "Required[" in hint} == {"images"}


def test_an_unknown_argument_passes() -> None:
    """check() names it together with all other problems."""
    assert to_props({"retention_day": 7}) == {"retention_day": 7}


@pytest.mark.parametrize(
    "credential",
    [
        ImageRegistryCredentialArgs(server="s", user_name="u", password="p"),
        {"server": "s", "user_name": "u", "password": "p"},
        CAMEL_CREDENTIAL,
    ],
    ids=["an object", "a dict in snake_case", "a dict in camelCase"],
)
def test_a_credential_takes_three_spellings(credential: object) -> None:
    """All become the same properties, and a secret."""
    assert resolved({"image_registry_credentials": [credential]}, "imageRegistryCredentials") == (
        [CAMEL_CREDENTIAL],
        True,
    )


@pytest.mark.parametrize(
    "info",
    [
        AcrRegistryInfoArgs(
            instance_id="cri-1", region_id="cn-hangzhou", domains=["a"], arn_user="role/u"
        ),
        {
            "instance_id": "cri-1",
            "region_id": "cn-hangzhou",
            "domains": ["a"],
            "arn_user": "role/u",
            "arn_service": None,
        },
        CAMEL_INFO,
    ],
    ids=["an object", "a dict in snake_case", "a dict in camelCase"],
)
def test_a_registry_instance_takes_three_spellings(info: object) -> None:
    """Absent members are left out; it is no secret."""
    assert to_props({"acr_registry_infos": [info]}) == {"acrRegistryInfos": [CAMEL_INFO]}


def test_credentials_from_an_output_are_spelled_too() -> None:
    """They may come from another resource."""

    async def resolve() -> object:
        credentials = pulumi.Output.from_input([{"server": "s", "user_name": "u", "password": "p"}])
        props = to_props({"image_registry_credentials": credentials})
        return await props["imageRegistryCredentials"].future()

    assert asyncio.run(resolve()) == [CAMEL_CREDENTIAL]


@pytest.mark.parametrize("nothing", [None, []])
def test_no_credentials_are_no_secret(nothing: object) -> None:
    """There is nothing to hide."""
    props = to_props({"image_registry_credentials": nothing})
    assert props == {"imageRegistryCredentials": nothing}


def test_tags_keep_their_keys() -> None:
    """A tag key is not an argument."""
    assert to_props({"tags": {"user_name": "u"}}) == {"tags": {"user_name": "u"}}


def test_triggers_keep_their_keys() -> None:
    """Any JSON value passes as it is."""
    assert to_props({"rebuild_triggers": {"region_id": [{"user_name": 1}]}}) == {
        "rebuildTriggers": {"region_id": [{"user_name": 1}]}
    }


@pytest.mark.parametrize(
    ("path", "spelled"),
    [
        ("retention_days", "retentionDays"),
        ("retentionDays", "retentionDays"),
        ("tags.my_key", "tags.my_key"),
        ("image_registry_credentials[0].password", "imageRegistryCredentials[0].password"),
        ('tags["vswitch_id"]', 'tags["vswitch_id"]'),
        ("unheard_of", "unheard_of"),
        ("*", "*"),
        ("", ""),
    ],
)
def test_the_head_of_a_property_path_is_spelled(path: str, spelled: str) -> None:
    """As options such as `ignore_changes` take it."""
    assert property_path(path) == spelled
