"""Converts a plan to a detailed diff: the changed property paths, and whether they replace."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from pulumi.runtime.proto import provider_pb2

from pulumi_eci.model.fields import FIELDS, SECRET_INPUTS, Change
from pulumi_eci.model.fields import Kind as FieldKind
from pulumi_eci.model.plan import Action, Plan

Kind = provider_pb2.PropertyDiff
KindValue: TypeAlias = "provider_pb2.PropertyDiff.Kind.ValueType"

_REPLACING: dict[KindValue, KindValue] = {
    Kind.ADD: Kind.ADD_REPLACE,
    Kind.DELETE: Kind.DELETE_REPLACE,
    Kind.UPDATE: Kind.UPDATE_REPLACE,
}
_SETS = frozenset(row.name for row in FIELDS if row.kind is FieldKind.IMAGES)
"""Lists whose order means nothing."""
_PLAIN_KEY = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def detailed_diff(
    plan: Plan, old_inputs: Mapping[str, Any], new_inputs: Mapping[str, Any]
) -> dict[str, provider_pb2.PropertyDiff]:
    """Return the detailed diff of *plan* by property path; empty if nothing changes.

    If the inputs differ, the paths lead to the members that differ. Otherwise the path is the
    property whose value in state differs, or `status` if the cache needs a repair.
    """
    found = dict[str, provider_pb2.PropertyDiff]()
    replacing = {change.name for change in plan.changes if change.change is Change.REPLACE}
    for name in dict.fromkeys(change.name for change in plan.changes):
        shown = dict(leaves(name, old_inputs.get(name), new_inputs.get(name)))
        for path, kind in (shown or {name: Kind.UPDATE}).items():
            kept = _REPLACING[kind] if name in replacing else kind
            found[path] = provider_pb2.PropertyDiff(kind=kept, inputDiff=bool(shown))
    if plan.action is Action.REPLACE and not replacing:
        found["status"] = provider_pb2.PropertyDiff(kind=Kind.UPDATE_REPLACE)
    elif plan.action is not Action.KEEP and not found:
        found["status"] = provider_pb2.PropertyDiff(kind=Kind.UPDATE)
    return found


def diff_response(
    details: Mapping[str, provider_pb2.PropertyDiff], replaces: Sequence[str] = ()
) -> provider_pb2.DiffResponse:
    """Answer a diff with *details*, and the properties that replace the resource."""
    some = provider_pb2.DiffResponse.DIFF_SOME if details else provider_pb2.DiffResponse.DIFF_NONE
    names = dict.fromkeys(path.partition(".")[0].partition("[")[0] for path in details)
    return provider_pb2.DiffResponse(
        changes=some,
        diffs=list(names),
        replaces=list(replaces) if details else [],
        detailedDiff=details,
        hasDetailedDiff=True,
    )


def leaves(path: str, old: Any, new: Any) -> Iterator[tuple[str, KindValue]]:  # noqa: ANN401 - JSON
    """Yield the paths, at *path* and below, where two values differ, each with what changes."""
    if old is None and new is None:
        return
    if old is None or new is None:
        yield path, Kind.ADD if old is None else Kind.DELETE
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            yield from leaves(_member(path, key), old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list) and path not in SECRET_INPUTS:
        keeps = path in _SETS
        for index in range(max(len(old), len(new))):
            one = old[index] if index < len(old) and not (keeps and old[index] in new) else None
            other = new[index] if index < len(new) and not (keeps and new[index] in old) else None
            yield from leaves(f"{path}[{index}]", one, other)
    elif old != new or isinstance(old, bool) is not isinstance(new, bool):
        yield path, Kind.UPDATE


def _member(path: str, key: str) -> str:
    if _PLAIN_KEY.fullmatch(key):
        return f"{path}.{key}"
    quoted = key.replace('"', '\\"')
    return f'{path}["{quoted}"]'
