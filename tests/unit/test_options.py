"""Resource options: each is supported or rejected, for a cache and for a fleet."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pulumi
import pytest

from pulumi_eci.program.args import property_path
from pulumi_eci.program.options import (
    INHERITED,
    PATHS,
    REFUSED_BY_CACHES,
    REFUSED_BY_FLEETS,
    TO_CACHES,
    cache_options,
    fleet_options,
)

ALL = set(inspect.signature(pulumi.ResourceOptions).parameters)
PASSED_BY_CACHES = (INHERITED | TO_CACHES | {"id", "plugin_download_url", "urn", "version"}) - PATHS


def one(name: str, value: object) -> pulumi.ResourceOptions:
    options = pulumi.ResourceOptions()
    setattr(options, name, value)
    return options


def of_packages(*names: str) -> list[Any]:
    providers = [pulumi.ProviderResource.__new__(pulumi.ProviderResource) for _ in names]
    for provider, name in zip(providers, names, strict=True):
        provider.package = name
    return providers


@pytest.mark.parametrize(
    "decided",
    [(PATHS, PASSED_BY_CACHES, REFUSED_BY_CACHES), (TO_CACHES, INHERITED, REFUSED_BY_FLEETS)],
    ids=["a cache", "a fleet"],
)
def test_every_option_of_the_sdk_is_in_one_list(decided: tuple[Iterable[str], ...]) -> None:
    found = Counter(name for names in decided for name in names)
    assert set(found) >= ALL
    assert set(found.values()) == {1}


@pytest.mark.parametrize("name", sorted(ALL))
def test_an_option_of_a_cache_is_passed_on_or_rejected(name: str) -> None:
    value = of_packages("pulumi-python") if name == "providers" else ["retention_days"]
    if name == "provider":
        (value,) = of_packages("pulumi-python")
    if name in REFUSED_BY_CACHES:
        with pytest.raises(
            pulumi.RunError, match=f"^ImageCache: the option `{name}` is not supported"
        ):
            cache_options(one(name, value))
        return
    given = one(name, value)
    found = cache_options(given)
    assert getattr(found, name) == (["retentionDays"] if name in PATHS else value)
    assert getattr(given, name) == value  # several resources may share it


@pytest.mark.parametrize("name", sorted(ALL - {"provider", "providers"}))
def test_an_option_of_a_fleet_reaches_its_caches_or_is_rejected(name: str) -> None:
    value = ["retention_days"]
    if name in REFUSED_BY_FLEETS:
        with pytest.raises(pulumi.RunError, match=f"^ImageCacheFleet: the option `{name}` is not"):
            fleet_options(one(name, value))
        return
    own, caches = fleet_options(one(name, value))
    assert own is not None
    assert [getattr(own, name), getattr(caches, name)].count(value) == 1
    assert (getattr(caches, name) == value) == (name in TO_CACHES)


@pytest.mark.parametrize("name", sorted(PATHS))
def test_options_that_a_transformation_adds_are_translated(name: str) -> None:
    for options, before in ((None, []), (one(name, ["tags"]), ["tags"])):
        merged = pulumi.ResourceOptions.merge(cache_options(options), one(name, ["vswitch_id"]))
        assert getattr(merged, name) == [*before, "vswitchId"]


@pytest.mark.parametrize("function", [cache_options, fleet_options])
@pytest.mark.parametrize(
    "option",
    [
        {"provider": of_packages("alicloud")[0]},
        {"providers": of_packages("alicloud")},
        {"providers": {"any": of_packages("alicloud")[0]}},
        {"providers": of_packages("pulumi-python", "alicloud")},
    ],
)
def test_a_provider_of_another_package_is_rejected(function: Any, option: dict[str, Any]) -> None:  # noqa: ANN401
    (name, value) = next(iter(option.items()))
    with pytest.raises(pulumi.RunError, match=r"provider of alicloud .*`region`.*`connection`"):
        function(one(name, value))


def test_several_invalid_options_are_reported_together() -> None:
    options = one("import_", "imc-1")
    options.provider = of_packages("aws")[0]
    with pytest.raises(pulumi.RunError, match=r"`import_`[^\n]*\n[^\n]*provider of aws"):
        cache_options(options)


@pytest.mark.parametrize(
    ("path", "spelled"),
    [
        ("retention_days", "retentionDays"),
        ("retentionDays", "retentionDays"),
        ("snapshot_id", "snapshotId"),
        ("tags.my_key", "tags.my_key"),
        ("rebuild_triggers.user_name", "rebuildTriggers.user_name"),
        ("image_registry_credentials[0].user_name", "imageRegistryCredentials[0].userName"),
        ("imageRegistryCredentials[*].userName", "imageRegistryCredentials[*].userName"),
        (
            '["image_registry_credentials"][0]["user_name"]',
            '["imageRegistryCredentials"][0]["userName"]',
        ),
        ("acr_registry_infos[1].domains[0]", "acrRegistryInfos[1].domains[0]"),
        ("acr_registry_infos[1].arn_service", "acrRegistryInfos[1].arnService"),
        ("connection.role_arn", "connection.roleArn"),
        ("registry_logins[0].user_name", "registryLogins[0].userName"),
        ('tags["vswitch_id"]', 'tags["vswitch_id"]'),
        ('["tags"]["vswitch_id"]', '["tags"]["vswitch_id"]'),
        ("['tags']['a.b'][0]", '["tags"]["a.b"][0]'),
        ("connection['role_arn']", 'connection["roleArn"]'),
        ("unheard_of", "unheard_of"),
        ("*", "*"),
        ("", ""),
    ],
)
def test_a_property_path_is_converted_to_the_names_in_state(path: str, spelled: str) -> None:
    assert property_path(path) == spelled


@pytest.mark.parametrize("name", sorted(PATHS))
@pytest.mark.parametrize(
    "path", ["tags[c", "tags[c]", 'tags["c', 'tags["c"', "tags['c", "images[]", "["]
)
def test_an_invalid_property_path_is_rejected(name: str, path: str) -> None:
    with pytest.raises(pulumi.RunError, match=f"`{name}`: {re.escape(path)} is not"):
        cache_options(one(name, [path]))
