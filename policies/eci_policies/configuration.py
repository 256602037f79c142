"""Check a configuration of the pack: names of policies and settings, levels, and values.

The engine ignores unknown policies and settings without a message, and its schemas cannot forbid
them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pulumi_policy import EnforcementLevel, Policy, StackValidationPolicy

ALL = "all"
LEVEL = "enforcementLevel"
ENVIRONMENTS = "environments"  # of Pulumi ESC; the engine removes them from the file

_LEVELS = tuple(level.value for level in EnforcementLevel)
_TYPES: Mapping[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "object": (dict,),
    "string": (str,),
}


def misspelt(
    configuration: Mapping[str, Mapping[str, Any]], policies: Iterable[Policy]
) -> Iterator[str]:
    """Yield a sentence for each unknown policy and setting of a *configuration*."""
    known = {policy.name: _properties(policy) for policy in policies}
    for name, settings in configuration.items():
        if name not in known and name != ALL:
            yield f"There is no policy `{name}`. {_hint(name, known)}"
        for setting in settings:
            if name in known and setting not in known[name]:
                hint = _hint(setting, known[name])
                yield f"The policy `{name}` has no setting `{setting}`. {hint}"


def problems(text: str, policies: Iterable[Policy]) -> list[str]:
    """Return a sentence for each mistake in the *text* of a file for `--policy-pack-config`.

    Args:
        text: JSON.
        policies: All policies of the pack.
    """
    try:
        given = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        return [f"The configuration is not valid JSON: {error}."]
    if not isinstance(given, dict):
        return ["A configuration is a JSON object of policies, with their levels or settings."]
    made = {policy.name: policy for policy in policies}
    found: list[str] = []
    settings: dict[str, Mapping[str, Any]] = {}
    for name, value in given.items():
        if name == ENVIRONMENTS:
            found.extend(_wrong(name, value, {"type": "array", "items": {"type": "string"}}))
            continue
        settings[name] = _settings(value)
        found.extend(_of_level(name, value, made.get(name)))
    found.extend(misspelt(settings, made.values()))
    for name, values in settings.items():
        schemas = _properties(made[name]) if name in made else {}
        for setting in values.keys() & schemas.keys():
            found.extend(_wrong(f"{name}.{setting}", values[setting], schemas[setting]))
        found.extend(_impossible(name, values, schemas))
    return found


def _impossible(
    name: str, values: Mapping[str, Any], schemas: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """Report a minimum above the maximum; one of them may be a default."""
    edges = [
        values.get(edge, schemas.get(edge, {}).get("default")) for edge in ("minimum", "maximum")
    ]
    if all(isinstance(edge, int | float) for edge in edges) and edges[0] > edges[1]:
        yield f"`{name}`: `minimum` {edges[0]} is above `maximum` {edges[1]}."


def _of_level(name: str, value: object, policy: Policy | None) -> Iterator[str]:
    level = value.get(LEVEL, _LEVELS[0]) if isinstance(value, dict) else value
    if level not in _LEVELS:
        yield f"`{name}`: {_quoted(level)} is no level; levels are {', '.join(_LEVELS)}."
    elif level == EnforcementLevel.REMEDIATE.value and isinstance(policy, StackValidationPolicy):
        yield f"`{name}`: a policy of the stack cannot remediate; use mandatory."
    if name == ALL and _settings(value):
        yield f"`{ALL}` takes a level and no settings."


def _settings(value: object) -> dict[str, Any]:
    given = value if isinstance(value, dict) else {}
    return {name: setting for name, setting in given.items() if name != LEVEL}


def _wrong(where: str, value: Any, schema: Mapping[str, Any]) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Check a value against the parts of JSON schema that settings use."""
    kind = schema["type"]
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        value = int(value)
    fits = isinstance(value, _TYPES[kind]) and isinstance(value, bool) == (kind == "boolean")
    if not fits:
        yield f"`{where}`: {_quoted(value)} is not of the type {kind}."
    elif kind == "array":
        if len(value) < schema.get("minItems", 0):
            yield f"`{where}` must not be empty."
        for index, item in enumerate(value):
            yield from _wrong(f"{where}[{index}]", item, {"type": "string", **schema["items"]})
    elif kind == "object":
        yield from _wrong_members(where, value, schema)
    elif value not in schema.get("enum", [value]):
        allowed = ", ".join(map(_quoted, schema["enum"]))
        yield f"`{where}`: {_quoted(value)} is not one of {allowed}."
    elif kind == "integer" and not schema.get("minimum", value) <= value <= schema.get(
        "maximum", value
    ):
        bounds = [f"{edge} {schema[edge]}" for edge in ("minimum", "maximum") if edge in schema]
        yield f"`{where}`: {value} is out of bounds ({', '.join(bounds)})."
    elif schema.get("format") == "regex" and not _is_pattern(value):
        yield f"`{where}`: {_quoted(value)} is no regular expression."


def _wrong_members(where: str, value: Any, schema: Mapping[str, Any]) -> Iterator[str]:  # noqa: ANN401
    members = schema.get("properties", {})
    others = schema.get("additionalProperties", False)
    for name, member in value.items():
        if name in members or others:
            yield from _wrong(f"{where}.{name}", member, members.get(name, others))
        else:
            yield f"`{where}` has no `{name}`. {_hint(name, members)}"


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name in found if [key for key, _ in pairs].count(name) > 1)
        raise ValueError(f"`{twice}` occurs twice")
    return found


def _properties(policy: Policy) -> Mapping[str, Mapping[str, Any]]:
    return policy.config_schema.properties if policy.config_schema else {}


def _hint(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, known, n=1)
    if close:
        return f"Did you mean `{close[0]}`?"
    names = ", ".join(f"`{each}`" for each in known)
    return f"Known names: {names}." if names else "There are none."


def _quoted(value: object) -> str:
    return f"`{json.dumps(value, ensure_ascii=False)}`"
