"""The table of field rules agrees with the documentation."""

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
    camel_case,
    snake_case,
)
from pulumi_eci.model.spec import ImageCacheSpec

SILENT, METADATA, REBUILD, REPLACE = Change

# The kind of the change, the parameter, and two attributes: whether DescribeImageCaches shows the
# field ("shown"), and whether the field names something that may be deleted ("reference").
RULES: dict[str, tuple[object, ...]] = {
    "region": (REPLACE, "", "required", "locates"),
    "images": (REBUILD, "Image", "shown", "required", "starts a rebuild"),
    "image_cache_name": (METADATA, "ImageCacheName", "shown"),
    "security_group_id": (METADATA, "SecurityGroupId", "reference"),
    "vswitch_id": (METADATA, "VSwitchId", "reference", "one in an update"),
    "zone_id": (REPLACE, "ZoneId"),
    "eip_instance_id": (METADATA, "EipInstanceId", "reference"),
    "resource_group_id": (METADATA, "ResourceGroupId", "shown", "chosen by the service"),
    "image_cache_size": (REBUILD, "ImageCacheSize", "shown", (20, 32768)),
    "retention_days": (METADATA, "RetentionDays", (1, 65536)),
    "elimination_strategy": (METADATA, "EliminationStrategy", "shown"),
    "auto_match_image_cache": (REBUILD, "AutoMatchImageCache"),
    "flash": (REBUILD, "Flash"),
    "standard_copy_count": (REBUILD, "StandardCopyCount", (1, None)),
    "flash_copy_count": (REBUILD, "FlashCopyCount", (1, None)),
    "tags": (METADATA, "Tag", "shown"),
    "registry_logins": (METADATA, "ImageRegistryCredential", "reference", "secret"),
    "acr_instances": (METADATA, "AcrRegistryInfo", "reference"),
    "acr_roles": (REPLACE, ""),
    "insecure_registry": (REPLACE, "InsecureRegistry"),
    "plain_http_registry": (REPLACE, "PlainHttpRegistry"),
    "annotations": (REPLACE, "Annotations", "multiline"),
    "rebuild_triggers": (REBUILD, ""),
    "track_digests": (SILENT, ""),
    "image_digests": (REBUILD, "", "derived"),
    "connection": (SILENT, ""),
    "account": (REPLACE, ""),
    "adopt": (SILENT, ""),
    "skip_await": (SILENT, ""),
    "on_missing": (SILENT, ""),
}


def rules(row: Field) -> tuple[object, ...]:
    """Return the attributes of a row that RULES has."""
    said = {
        "shown": row.readable,
        "required": bool(row.required),
        "reference": row.names_resource,
        "chosen by the service": row.service_chooses,
        "derived": row.derived,
        "secret": row.secret,
        "locates": row.locates,
        "starts a rebuild": row.starts_rebuild,
        "one in an update": row.single_in_update,
        "multiline": row.multiline,
        (row.lowest, row.highest): row.lowest is not None,
    }
    return (row.change, row.wire, *(word for word, is_so in said.items() if is_so))


def test_every_row_agrees_with_the_documentation() -> None:
    assert {row.attribute: rules(row) for row in FIELDS} == RULES
    assert all(row.highest is None for row in FIELDS if row.lowest is None)


@pytest.mark.parametrize("row", FIELDS, ids=lambda row: row.attribute)
def test_a_row_fits_the_spec_and_the_observation(row: Field) -> None:
    wanted = getattr(ImageCacheSpec(), row.attribute)
    assert row.default is None or row.default == wanted
    assert not row.readable or hasattr(observe({}), row.attribute)


def test_every_member_of_a_spec_is_in_the_table() -> None:
    members = {member.name for member in dataclasses.fields(ImageCacheSpec)}
    assert members - {"unknown", "adoption", "unseen"} == {snake_case(row.name) for row in FIELDS}


def test_registry_credentials_are_always_secret() -> None:
    assert frozenset({"imageRegistryCredentials"}) == SECRET_INPUTS


def test_a_property_with_two_rows_is_listed_once() -> None:
    # Registry instances have a second row for their roles, and the connection for its account. The
    # program does not set image digests.
    assert (len(INPUT_NAMES), len(set(INPUT_NAMES)), len(FIELDS)) == (27, 27, 30)


def test_names_in_state_agree_with_the_bridged_resource() -> None:
    bridged = (
        "autoMatchImageCache eipInstanceId imageCacheName imageCacheSize imageRegistryCredentials"
        " images resourceGroupId retentionDays securityGroupId vswitchId zoneId"
    )
    assert set(bridged.split()) <= set(INPUT_NAMES)


@pytest.mark.parametrize("name", INPUT_NAMES)
def test_both_forms_of_a_name_convert_into_each_other(name: str) -> None:
    assert camel_case(snake_case(name)) == name
    assert snake_case("plainHttpRegistry") == "plain_http_registry"
