"""The conversion of the arguments of `ImageCache` to Pulumi properties."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pulumi
import pytest

from pulumi_eci.model.fields import INPUT_NAMES, snake_case
from pulumi_eci.program.args import (
    AcrRegistryInfoArgs,
    ConnectionArgs,
    ImageCacheArgs,
    ImageRegistryCredentialArgs,
    Props,
    refuse_mistakes,
    settled,
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
    """Return the value of a property, and whether it is secret."""

    async def resolve() -> tuple[Any, bool]:
        value = to_props(args)[name]
        output = pulumi.Output.from_input(value)
        return await output.future(), await output.is_secret()

    return asyncio.run(resolve())


def test_arguments_are_converted_to_properties() -> None:
    assert to_props({"images": ["nginx"], "vswitch_id": "vsw-1", "retention_days": 7}) == {
        "images": ["nginx"],
        "vswitchId": "vsw-1",
        "retentionDays": 7,
    }


@pytest.mark.parametrize("name", INPUT_NAMES)
def test_every_property_has_an_argument(name: str) -> None:
    assert snake_case(name) in ImageCacheArgs.__annotations__


def test_there_is_no_argument_without_a_property() -> None:
    assert set(ImageCacheArgs.__annotations__) == {snake_case(name) for name in INPUT_NAMES}


def test_only_images_are_required() -> None:
    hints = {name: str(hint) for name, hint in ImageCacheArgs.__annotations__.items()}
    assert {name for name, hint in hints.items() if "Required[" in hint} == {"images"}


def test_an_unknown_argument_passes() -> None:
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
def test_a_credential_may_have_three_forms(credential: object) -> None:
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
def test_a_registry_instance_may_have_three_forms(info: object) -> None:
    assert to_props({"acr_registry_infos": [info]}) == {"acrRegistryInfos": [CAMEL_INFO]}


def test_credentials_in_an_output_are_converted_too() -> None:
    async def resolve() -> object:
        credentials = pulumi.Output.from_input([{"server": "s", "user_name": "u", "password": "p"}])
        props = to_props({"image_registry_credentials": credentials})
        return await props["imageRegistryCredentials"].future()

    assert asyncio.run(resolve()) == [CAMEL_CREDENTIAL]


@pytest.mark.parametrize("nothing", [None, []])
def test_missing_credentials_are_not_secret(nothing: object) -> None:
    props = to_props({"image_registry_credentials": nothing})
    assert props == {"imageRegistryCredentials": nothing}


def test_tags_keep_their_keys() -> None:
    assert to_props({"tags": {"user_name": "u"}}) == {"tags": {"user_name": "u"}}


def test_triggers_keep_their_keys() -> None:
    assert to_props({"rebuild_triggers": {"region_id": [{"user_name": 1}]}}) == {
        "rebuildTriggers": {"region_id": [{"user_name": 1}]}
    }


def names() -> Iterator[str]:
    yield from ("b:1", "a:1")


@pytest.mark.parametrize(
    ("images", "sent"),
    [
        ({"b:1", "a:1"}, ["a:1", "b:1"]),
        (frozenset({"b:1", "a:1"}), ["a:1", "b:1"]),
        (names(), ["b:1", "a:1"]),
        ({"b:1": 0, "a:1": 0}.keys(), ["b:1", "a:1"]),
        (("b:1", "a:1"), ["b:1", "a:1"]),
        (deque(["b:1"]), ["b:1"]),
        ("b:1", "b:1"),
        ({"b:1": 0}, {"b:1": 0}),
    ],
)
def test_any_iterable_of_names_becomes_a_list(images: object, sent: object) -> None:
    assert to_props({"images": images}) == {"images": sent}


def test_an_output_of_a_set_becomes_an_output_of_a_list() -> None:
    async def resolve() -> object:
        output = pulumi.Output.from_input("b:1").apply(lambda name: {name, "a:1"})
        return await to_props({"images": output})["images"].future()

    assert asyncio.run(resolve()) == ["a:1", "b:1"]


def test_nested_iterables_become_lists_too() -> None:
    infos = iter([AcrRegistryInfoArgs(instance_id="i", domains=names())])  # type: ignore[arg-type]
    assert to_props({"acr_registry_infos": infos}) == {
        "acrRegistryInfos": [{"instanceId": "i", "domains": ["b:1", "a:1"]}]
    }


def test_scalars_are_converted_before_they_lose_digits() -> None:
    later = pulumi.Output.__new__(pulumi.Output)
    tags = {"id": 12345678901234567, "on": True, "later": later}
    assert to_props({"tags": tags, "retention_days": "7"}) == {
        "tags": {"id": "12345678901234567", "on": "true", "later": later},
        "retentionDays": 7,
    }


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        ({"tags": {"day": date(2026, 1, 1)}}, "tags.day: date is not supported"),
        ({"retention_days": Decimal(7)}, "retention_days: Decimal is not supported"),
        ({"images": ["a:1", b"b:1"]}, r"images\[1\]: bytes is not supported"),
        ({"vswitch_id": {"vsw-1"}}, "vswitch_id: set is not supported"),
        ({"tags": {"owner": "M\udcfcller"}}, "tags.owner: .*lone surrogate"),
        ({"tags": {"\ud800": "x"}}, "tags: a key .*lone surrogate"),
        ({"tags": {None: "x"}}, "tags: NoneType is"),
        ({"rebuild_triggers": {1: "x"}}, "rebuild_triggers: int is"),
        ({"rebuild_triggers": [10**400]}, r"rebuild_triggers\[0\]: the number is too large"),
        (
            {"connection": ConnectionArgs(profile=str(pulumi.Output.__new__(pulumi.Output)))},
            "connection.profile: holds a text .* `profile` with pulumi.Output.concat",
        ),
        (
            {"placements": {"cn-1": {"vswitch_id": str(pulumi.Output.__new__(pulumi.Output))}}},
            "placements.* `vswitch_id` with pulumi.Output.concat",
        ),
    ],
)
def test_a_value_that_the_sdk_cannot_send_is_named(args: dict[str, Any], reason: str) -> None:
    with pytest.raises(pulumi.RunError, match=f"^ImageCache web: {reason}"):
        refuse_mistakes("ImageCache web", settled(args))


@pulumi.input_type
class Generated:
    """A class like pulumi-alicloud's ImageCacheImageRegistryCredentialArgs."""


def test_a_value_that_the_sdk_can_send_is_accepted() -> None:
    any_input = [None, True, 1.5, ("x",), Generated(), pulumi.Output.__new__(pulumi.Output)]
    refuse_mistakes("ImageCache web", {"rebuild_triggers": {"deep": any_input}})


def test_properties_can_be_accessed_by_both_names() -> None:
    props = Props({"vswitchId": "vsw-1"})
    props["retention_days"] = 7
    assert (props["vswitch_id"], props["retentionDays"], props["tags"]) == ("vsw-1", 7, None)
    assert "vswitch_id" in props
    assert props.pop("vswitch_id") == "vsw-1"
    assert {**props} == {"retentionDays": 7}
    with pytest.raises(KeyError):
        props["unheard_of"]
