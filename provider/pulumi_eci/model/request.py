"""Builds the parameters of CreateImageCache and UpdateImageCache, by wire name, from a spec.

`RegionId` and `ClientToken` are not here: the gateway adds the region, the lifecycle the token.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pulumi_eci.model.fields import FIELDS, RESERVED_TAG_PREFIXES, Change, Field, Kind, snake_case
from pulumi_eci.model.plan import Plan
from pulumi_eci.model.spec import AcrRegistryInfo, ImageCacheSpec

Parameters = dict[str, Any]
"""Wire name to value: strings, numbers, booleans, lists of strings or of wire-named maps."""


def create_parameters(spec: ImageCacheSpec) -> Parameters:
    """Build CreateImageCache's parameters, without the values that are the service's defaults."""
    return {
        row.wire: _encode(row, value)
        for row in FIELDS
        if row.wire and not _is_default(row, value := getattr(spec, snake_case(row.name)))
    }


def update_parameters(
    spec: ImageCacheSpec,
    plan: Plan,
    *,
    current_tags: Mapping[str, str],
    demanded: Collection[str] = (),
) -> Parameters:
    """Build UpdateImageCache's parameters.

    The image list is sent if the plan rebuilds, because the list makes the service rebuild. Whether
    an omitted parameter keeps its value or gets the default, and whether tags merge or replace, is
    undocumented. So every set field is sent again, changed or not, and tags are sent together with
    the current tags that stay: right under both behaviours. Two kinds of fields are left out unless
    they changed or *demanded* has them (see `demanded_parameters`): references that only a build
    uses, if the plan does not rebuild, and several vSwitches (the reference page speaks of one).

    Args:
        spec: What is wanted.
        plan: What the update has to do.
        current_tags: The tags that the service shows, without those to remove.
        demanded: What the service demanded before.
    """
    parameters: Parameters = {}
    for row in FIELDS:
        if not _is_updatable(row) or (row.starts_rebuild and not plan.rebuilds):
            continue
        value = getattr(spec, snake_case(row.name))
        if row.kind is Kind.TAGS:
            staying = {key: tag for key, tag in current_tags.items() if is_settable(key)}
            value = {**staying, **value}
        changed = plan.changed(row.name)
        if _first_of(row) in demanded and not changed:
            value = value.partition(",")[0]
        if _is_wanted(row, value, changed, plan.rebuilds, row.wire in demanded):
            parameters[row.wire] = _encode(row, value, updating=True)
    return parameters


def demanded_parameters(
    code: str, spec: ImageCacheSpec, plan: Plan, sent: Parameters
) -> frozenset[str]:
    """Return what an update may have to send after a refusal with *code*, for `update_parameters`.

    A code for a missing parameter demands the parameter that it names, such as `MissingVSwitchId`,
    or else all that *spec* has and that were not *sent*. A code for an invalid parameter demands
    one value of a property of which several were sent, unchanged, and an update may take one.
    """
    if code.startswith("Missing"):
        return _missing(code, spec, sent)
    return frozenset(
        _first_of(row)
        for row in FIELDS
        if row.single_in_update
        and code.startswith(("InvalidParameter", f"Invalid{row.wire}"))
        and "," in sent.get(row.wire, "")
        and not plan.changed(row.name)
    )


def _first_of(row: Field) -> str:
    """Return what stands among demanded parameters for the first of several values."""
    return f"first {row.wire}"


def _missing(code: str, spec: ImageCacheSpec, sent: Parameters) -> frozenset[str]:
    left = {
        row.wire
        for row in FIELDS
        if _is_updatable(row)
        and not row.starts_rebuild
        and row.wire not in sent
        and not _is_default(row, getattr(spec, snake_case(row.name)))
    }
    return frozenset(name for name in left if name in code) or frozenset(left)


def _is_updatable(row: Field) -> bool:
    return bool(row.wire) and row.change is not Change.REPLACE


def _is_wanted(row: Field, value: object, changed: bool, rebuild: bool, demanded: bool) -> bool:
    if _is_default(row, value):
        return changed and row.default is not None  # an empty list cannot be sent at all
    if demanded:
        return True
    if row.names_resource and not rebuild:
        return changed
    return changed or not (row.single_in_update and "," in str(value))


def is_settable(key: str) -> bool:
    """Whether a tag with this key may be set and removed. All other tags are the service's."""
    return not key.startswith(RESERVED_TAG_PREFIXES)


def _is_default(row: Field, value: object) -> bool:
    return value == row.default if row.default is not None else not value


def _encode(row: Field, value: Any, *, updating: bool = False) -> Any:  # noqa: ANN401 - by kind
    if row.kind is Kind.IMAGES:
        return list(value)
    if row.kind is Kind.TAGS:
        return wire_tags(value)
    if row.kind is Kind.CREDENTIALS:
        return [
            {"Server": c.server, "UserName": c.user_name, "Password": c.password} for c in value
        ]
    if row.kind is Kind.ACR_INFOS:
        return [_encode_acr_info(info, updating=updating) for info in value]
    return value


def list_parameters(next_token: str, tag_key: str) -> Parameters:
    """Build DescribeImageCaches' parameters for a page of a list."""
    parameters: Parameters = {"NextToken": next_token} if next_token else {}
    return parameters | ({"Tag": [{"Key": tag_key}]} if tag_key else {})


def wire_tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Spell tags as `Tag.N.Key` and `Tag.N.Value` want them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _encode_acr_info(info: AcrRegistryInfo, *, updating: bool) -> dict[str, Any]:
    members: dict[str, Any] = {
        "InstanceId": info.instance_id,
        "InstanceName": info.instance_name,
        "RegionId": info.region_id,
        "Domain": list(info.domains),
    }
    if not updating:  # UpdateImageCache has no such parameters
        members |= {"ArnService": info.arn_service, "ArnUser": info.arn_user}
    return {name: value for name, value in members.items() if value}
