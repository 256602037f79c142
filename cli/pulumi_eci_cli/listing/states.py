"""Finds which stack owns which cache, in states that `pulumi stack export` prints. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_TYPES = ("ImageCache", "OpenApiImageCache")
"""Last part of a resource's type, in this provider and pulumi-alicloud, and in pulumi-alicloud's
OpenApiImageCache."""


class StateError(ValueError):
    """A file is not the state of a stack. The message says why."""


@dataclass(frozen=True)
class Owner:
    """A resource of a stack with an image cache.

    Attributes:
        cache_id: The cache's id, `imc-…`.
        stack: `project/stack`.
        resource: The resource's name in the program.
        urn: The resource's URN.
        region: The cache's region; "" if the state does not have it.
    """

    cache_id: str
    stack: str
    resource: str
    urn: str
    region: str


def owners(text: str) -> list[Owner]:
    """Return the image caches that a state owns, without those that it only reads.

    Args:
        text: The output of `pulumi stack export`, or a state file of a file backend.

    Raises:
        StateError: *text* is neither.
    """
    resources = list(_resources(text))
    providers = {
        f"{each.get('urn')}::{each.get('id')}": each
        for each in resources
        if str(each.get("type", "")).startswith("pulumi:providers:")
    }
    return list(
        dict.fromkeys(
            _owner(each, providers)
            for each in resources
            if str(each.get("type", "")).rpartition(":")[2] in _TYPES
            and each.get("custom")
            and not each.get("external")
            and each.get("id")
        )
    )


def gone(owned: Iterable[Owner], ids: Iterable[str], region: str) -> list[Owner]:
    """Return the resources of *region* whose cache is not among *ids*."""
    known = set(ids)
    return [each for each in owned if each.cache_id not in known and each.region in ("", region)]


def _resources(text: str) -> Iterator[Mapping[str, Any]]:
    try:
        state = json.loads(text)
    except (ValueError, RecursionError):
        raise StateError("not JSON: use the output of `pulumi stack export`") from None
    for key in ("checkpoint", "latest", "deployment"):
        if isinstance(state, dict) and isinstance(state.get(key), dict):
            state = state[key]
    # A stack without resources has none of these.
    if not isinstance(state, dict) or not ({"manifest", "resources", "metadata"} & state.keys()):
        raise StateError("not the state of a stack: use the output of `pulumi stack export`")
    resources = state.get("resources") or []
    if not isinstance(resources, list):
        raise StateError("`resources` is not a list")
    yield from (each for each in resources if isinstance(each, dict))


def _owner(resource: Mapping[str, Any], providers: Mapping[str, Mapping[str, Any]]) -> Owner:
    urn = str(resource.get("urn", ""))
    parts = urn.removeprefix("urn:pulumi:").split("::", 3)
    stack, project, name = (parts[0], parts[1], parts[3]) if len(parts) > 3 else ("?", "?", urn)  # noqa: PLR2004 - of a URN
    provider = providers.get(str(resource.get("provider")), {})
    regions = (
        _map(holder, side).get(key)
        for holder, key in ((resource, "region"), (provider, "region"), (provider, "eci:region"))
        for side in ("outputs", "inputs")
    )
    region = next((each for each in regions if isinstance(each, str)), "")
    return Owner(str(resource["id"]), f"{project}/{stack}", name, urn, region)


def _map(holder: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = holder.get(key)
    return value if isinstance(value, Mapping) else {}
