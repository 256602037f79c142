"""Turns a property map into an `ImageCacheSpec`, and reports *all* problems at once.

Parsing never raises, because state of another release, or edited by hand, must be readable. The
caller decides about the problems: check() reports them, reading old state ignores them.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_eci.model.decode import (
    DECODERS,
    Problem,
    Report,
    convert,
    output_texts,
)
from pulumi_eci.model.fields import INPUT_NAMES, OBJECTS, PROPERTIES, camel_case, snake_case
from pulumi_eci.model.spec import UNKNOWN, ImageCacheSpec, contains_unknown
from pulumi_eci.model.text import printable


@dataclass(frozen=True)
class Parsed:
    """A spec, and every problem of the properties that were parsed."""

    spec: ImageCacheSpec
    problems: tuple[Problem, ...]


def parse(props: Mapping[str, Any]) -> Parsed:
    """Decode *props* (Pulumi inputs or outputs; keys in camelCase, numbers as floats).

    Unknown values are no problem: they count as present, and no rule applies to them.
    """
    report = Report()
    values: dict[str, Any] = {}
    unknown: set[str] = set()
    for row in PROPERTIES:
        value = convert(row.kind, props.get(row.name))
        if value is None or (row.required and value == ""):
            if row.required:
                report.add(row.name, row.required)
            continue
        if contains_unknown(value):
            unknown.add(row.name)
        if value != UNKNOWN or row.kind in OBJECTS:
            texts = list(output_texts(row.name, value))
            report.problems.extend(texts)
            # A text of an Output breaks other rules, too, which need no message.
            others = Report() if texts else report
            values[snake_case(row.name)] = DECODERS[row.kind](row, value, others)
    report.problems.extend(_unknown_arguments(props))
    decoded = {name: value for name, value in values.items() if value is not None}
    return Parsed(ImageCacheSpec(**decoded, unknown=frozenset(unknown)), tuple(report.problems))


def converted(props: Mapping[str, Any]) -> dict[str, Any]:
    """Return *props* with converted scalars, see `convert`: the inputs that state holds.

    So a tag that changes from `5` to `"5"` is no change.
    """
    return {
        name: convert(_KINDS[name], value) if name in _KINDS else value
        for name, value in props.items()
    }


_KINDS = {row.name: row.kind for row in PROPERTIES}


def _unknown_arguments(props: Mapping[str, Any]) -> list[Problem]:
    return [
        Problem(printable(name), f"unknown argument{_nearest(name)}")
        for name in props
        if name not in INPUT_NAMES and not name.startswith("__")
    ]


def _nearest(name: str) -> str:
    if camel_case(name) in INPUT_NAMES:  # a transformation added the argument to the properties
        return f": among properties it is spelled `{camel_case(name)}`"
    known = [snake_case(known) for known in INPUT_NAMES]
    close = difflib.get_close_matches(snake_case(name), known)
    return f"; did you mean `{close[0]}`?" if close else "; ImageCacheArgs lists them"
