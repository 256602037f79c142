"""The field table says what the documents say."""

from __future__ import annotations

import dataclasses

import pytest

from pulumi_eci.api.gateway import observe
from pulumi_eci.model.fields import (
    FIELDS,
    INPUT_NAMES,
    SECRET_INPUTS,
    Change,
    Field,
    Kind,
    camel_case,
    snake_case,
)
from pulumi_eci.model.spec import ImageCacheSpec

CHANGES = {
    "region": Change.REPLACE,
    "images": Change.REBUILD,
    "image_cache_name": Change.METADATA,
    "security_group_id": Change.METADATA,
    "vswitch_id": Change.METADATA,
    "zone_id": Change.REPLACE,
    "eip_instance_id": Change.METADATA,
    "resource_group_id": Change.METADATA,
    "image_cache_size": Change.REBUILD,
    "retention_days": Change.METADATA,
    "elimination_strategy": Change.METADATA,
    "auto_match_image_cache": Change.REBUILD,
    "flash": Change.REBUILD,
    "standard_copy_count": Change.REBUILD,
    "flash_copy_count": Change.REBUILD,
    "tags": Change.METADATA,
    "registry_logins": Change.METADATA,
    "acr_instances": Change.METADATA,
    "acr_roles": Change.REPLACE,
    "insecure_registry": Change.REPLACE,
    "plain_http_registry": Change.REPLACE,
    "annotations": Change.REPLACE,
    "rebuild_triggers": Change.REBUILD,
    "track_digests": Change.SILENT,
    "image_digests": Change.REBUILD,
    "connection": Change.SILENT,
    "account": Change.REPLACE,
    "adopt": Change.SILENT,
    "skip_await": Change.SILENT,
    "on_missing": Change.SILENT,
}

UPDATABLE = {
    "Image",
    "ImageCacheName",
    "SecurityGroupId",
    "VSwitchId",
    "EipInstanceId",
    "ResourceGroupId",
    "ImageCacheSize",
    "RetentionDays",
    "EliminationStrategy",
    "AutoMatchImageCache",
    "Flash",
    "StandardCopyCount",
    "FlashCopyCount",
    "Tag",
    "ImageRegistryCredential",
    "AcrRegistryInfo",
}
"""The parameters of UpdateImageCache, from its reference page."""

CREATE_ONLY = {"ZoneId", "InsecureRegistry", "PlainHttpRegistry", "Annotations"}
"""Those that CreateImageCache alone has."""

BY_ATTRIBUTE = {row.attribute: row for row in FIELDS}


def test_a_change_of_every_field_costs_what_the_design_says() -> None:
    assert {row.attribute: row.change for row in FIELDS} == CHANGES


def test_every_parameter_of_an_update_has_a_row_that_may_change_in_place() -> None:
    assert {row.wire for row in FIELDS if row.wire and row.change is not Change.REPLACE} == (
        UPDATABLE
    )


def test_every_parameter_of_creation_alone_replaces() -> None:
    assert {row.wire for row in FIELDS if row.wire and row.change is Change.REPLACE} == CREATE_ONLY


def test_readable_fields_are_those_that_describe_shows() -> None:
    assert {row.attribute for row in FIELDS if row.readable} == {
        "images",
        "image_cache_name",
        "resource_group_id",
        "image_cache_size",
        "elimination_strategy",
        "tags",
    }


@pytest.mark.parametrize("row", [row for row in FIELDS if row.readable], ids=lambda row: row.name)
def test_an_observation_has_every_readable_field(row: Field) -> None:
    assert hasattr(observe({}), row.attribute)


@pytest.mark.parametrize("row", FIELDS, ids=lambda row: row.attribute)
def test_a_spec_has_the_attribute_of_every_row(row: Field) -> None:
    assert hasattr(ImageCacheSpec(), row.attribute)


@pytest.mark.parametrize(
    "row", [row for row in FIELDS if row.default is not None], ids=lambda row: row.attribute
)
def test_an_absent_value_reads_as_the_default(row: Field) -> None:
    assert getattr(ImageCacheSpec(), row.attribute) == row.default


def test_every_member_of_a_spec_comes_from_the_table() -> None:
    members = {member.name for member in dataclasses.fields(ImageCacheSpec)}
    assert members - {"unknown", "adoption"} == {snake_case(row.name) for row in FIELDS}


@pytest.mark.parametrize(
    ("attribute", "lowest", "highest"),
    [
        ("image_cache_size", 20, 32768),
        ("retention_days", 1, 65536),
        ("standard_copy_count", 1, None),
        ("flash_copy_count", 1, None),
    ],
)
def test_a_number_has_its_documented_range(
    attribute: str, lowest: int, highest: int | None
) -> None:
    row = BY_ATTRIBUTE[attribute]
    assert (row.lowest, row.highest) == (lowest, highest)


def test_no_other_field_has_a_range() -> None:
    assert all(row.lowest is None for row in FIELDS if row.kind is not Kind.INTEGER)


def test_only_images_and_region_are_required() -> None:
    assert {row.name for row in FIELDS if row.required} == {"images", "region"}


def test_references_and_logins_are_sent_only_when_needed() -> None:
    assert {row.attribute for row in FIELDS if row.names_resource} == {
        "security_group_id",
        "vswitch_id",
        "eip_instance_id",
        "registry_logins",
        "acr_instances",
    }


def test_only_the_resource_group_is_chosen_by_the_service() -> None:
    assert {row.name for row in FIELDS if row.service_chooses} == {"resourceGroupId"}


def test_registry_credentials_are_always_secret() -> None:
    assert frozenset({"imageRegistryCredentials"}) == SECRET_INPUTS


def test_a_property_is_named_once_though_it_has_two_rows() -> None:
    """Registry instances have a row for their roles, too, and the connection for its account; the
    program does not set image digests.
    """
    assert (len(INPUT_NAMES), len(set(INPUT_NAMES)), len(FIELDS)) == (27, 27, 30)


def test_a_later_class_outweighs_an_earlier_one() -> None:
    assert list(Change) == [
        Change.SILENT,
        Change.METADATA,
        Change.REBUILD,
        Change.REPLACE,
    ]


@pytest.mark.parametrize(
    ("camel", "snake"),
    [
        ("vswitchId", "vswitch_id"),
        ("images", "images"),
        ("imageRegistryCredentials", "image_registry_credentials"),
        ("plainHttpRegistry", "plain_http_registry"),
    ],
)
def test_property_names_have_a_python_spelling(camel: str, snake: str) -> None:
    assert snake_case(camel) == snake


def test_names_in_state_are_those_of_the_bridged_resource() -> None:
    bridged = {
        "autoMatchImageCache",
        "eipInstanceId",
        "imageCacheName",
        "imageCacheSize",
        "imageRegistryCredentials",
        "images",
        "resourceGroupId",
        "retentionDays",
        "securityGroupId",
        "vswitchId",
        "zoneId",
    }
    assert bridged <= set(INPUT_NAMES)


@pytest.mark.parametrize("name", INPUT_NAMES)
def test_both_spellings_of_a_name_go_into_one_another(name: str) -> None:
    assert camel_case(snake_case(name)) == name
