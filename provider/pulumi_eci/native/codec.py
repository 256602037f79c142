"""Converts property values between the engine's protocol buffers and plain JSON values.

A `Bag` holds plain values, and separately which of them are secret. Values for the engine are
marked secret again. Unknown values of all types become `spec.UNKNOWN`, and whole numbers become
ints.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from google.protobuf import struct_pb2

from pulumi_eci.model.spec import UNKNOWN

Secrets: TypeAlias = "bool | Mapping[str, Secrets]"
"""Whether a value is secret; for an object that is not, which of its members are."""

_KIND = "4dabf18193072939515e22adb298388d"  # the key that marks a special object
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the engine's mark
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_UNKNOWNS = frozenset(
    (
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # a list
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
    )
)
_MOST_EXACT = 2**53


@dataclass(frozen=True)
class Bag:
    """Properties, and which of them are secret.

    Args:
        values: The properties, as plain JSON values.
        secrets: For each property that is secret, or holds a secret, which part of it.
    """

    values: dict[str, Any]
    secrets: Mapping[str, Secrets] = field(default_factory=dict)


def decode(struct: struct_pb2.Struct) -> Bag:
    """Read properties from the wire."""
    values, secrets = _read_members(struct)
    return Bag(values, secrets)


def encode(values: Mapping[str, Any], secrets: Mapping[str, Secrets] | None = None) -> Any:  # noqa: ANN401 - protobuf is untyped
    """Write properties as a `Struct`, with every value that *secrets* names marked."""
    struct = struct_pb2.Struct()
    for name, value in values.items():
        _write(struct.fields[name], value, (secrets or {}).get(name, False))
    return struct


def all_secret(names: Iterable[str]) -> dict[str, Secrets]:
    """Mark the properties *names* as secret, whole."""
    return dict.fromkeys(names, True)


def _read_members(struct: struct_pb2.Struct) -> tuple[dict[str, Any], dict[str, Secrets]]:
    values, secrets = dict[str, Any](), dict[str, Secrets]()
    for name in sorted(struct.fields):  # the order of fields is not defined
        values[name], secret = _read(struct.fields[name])
        if secret:
            secrets[name] = secret
    return values, secrets


def _read(item: struct_pb2.Value) -> tuple[Any, Secrets]:
    kind = item.WhichOneof("kind")
    if kind == "struct_value":
        return _read_object(item.struct_value)
    if kind == "list_value":
        read = [_read(member) for member in item.list_value.values]
        # The order of lists may change, so one secret member makes the whole list secret.
        return [value for value, _ in read], any(secret for _, secret in read)
    if kind == "number_value":
        number = item.number_value
        is_whole = abs(number) <= _MOST_EXACT and number.is_integer()
        return int(number) if is_whole else number, False
    if kind == "string_value":
        return UNKNOWN if item.string_value in _UNKNOWNS else item.string_value, False
    return item.bool_value if kind == "bool_value" else None, False


def _read_object(struct: struct_pb2.Struct) -> tuple[Any, Secrets]:
    special = struct.fields[_KIND].string_value if _KIND in struct.fields else ""
    if special not in (_SECRET, _OUTPUT):
        return _read_members(struct)
    value, secret = _read(struct.fields["value"]) if "value" in struct.fields else (UNKNOWN, False)
    is_secret = special == _SECRET or (
        "secret" in struct.fields and struct.fields["secret"].bool_value
    )
    return value, is_secret or secret


def _write(item: struct_pb2.Value, value: Any, secret: Secrets) -> None:  # noqa: ANN401 - JSON
    if secret and not (isinstance(secret, Mapping) and isinstance(value, Mapping)):
        item.struct_value.fields[_KIND].string_value = _SECRET
        _write(item.struct_value.fields["value"], value, secret=False)
    elif isinstance(value, Mapping):
        members = secret if isinstance(secret, Mapping) else {}
        item.struct_value.SetInParent()
        for name, member in value.items():
            _write(item.struct_value.fields[name], member, members.get(name, False))
    elif isinstance(value, list | tuple):
        item.list_value.SetInParent()
        for member in value:
            _write(item.list_value.values.add(), member, secret=False)
    elif isinstance(value, str):
        item.string_value = value
    elif isinstance(value, bool):
        item.bool_value = value
    elif value is None:
        item.null_value = struct_pb2.NULL_VALUE
    else:
        item.number_value = value
