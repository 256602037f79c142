"""Properties are encoded and decoded without a change, and Pulumi's SDK decodes them alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st
from pulumi.output import Unknown
from pulumi.runtime import rpc

from pulumi_eci.model.spec import UNKNOWN
from pulumi_eci.native.codec import Secrets, decode, encode
from tests.properties.profile import cases

NAMES = st.text(max_size=6)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.just(UNKNOWN)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
BAGS = st.dictionaries(NAMES, VALUES, max_size=5)


@st.composite
def marked(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Secrets]]:
    """Draw properties, some of them secret, at any depth of objects."""
    values = draw(BAGS)
    return values, _draw_secrets(draw, values)


def _draw_secrets(draw: st.DrawFn, values: Mapping[str, Any]) -> dict[str, Secrets]:
    secrets = dict[str, Secrets]()
    for name, value in values.items():
        inner = _draw_secrets(draw, value) if isinstance(value, Mapping) else {}
        if draw(st.booleans()):
            secrets[name] = True
        elif inner:
            secrets[name] = inner
    return secrets


@cases(150)
@given(marked())
def test_values_and_secrets_are_decoded_unchanged(
    bag: tuple[dict[str, Any], dict[str, Secrets]],
) -> None:
    read = decode(encode(*bag))
    assert (read.values, read.secrets) == bag
    # unlike ==, `same` distinguishes true from 1
    assert json.dumps(read.values) == json.dumps(_with_ints(bag[0]))


@cases(150)
@given(BAGS)
def test_the_sdk_decodes_the_same(values: dict[str, Any]) -> None:
    def plain(value: Any) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, Mapping):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, list):
            return [plain(item) for item in value]
        return UNKNOWN if isinstance(value, Unknown) else value

    read = rpc.deserialize_properties(encode(values), keep_unknowns=True)
    # The SDK omits members without a value.
    assert plain(read) == _without_none(values)


@cases(150)
@given(st.lists(VALUES, min_size=1, max_size=3))
def test_a_secret_in_a_list_makes_the_list_secret(items: list[Any]) -> None:
    struct = struct_pb2.Struct()
    for item in items:
        struct.fields["list"].list_value.values.add().CopyFrom(
            encode({"it": item}, {"it": True}).fields["it"]
        )
    assert decode(struct).secrets == {"list": True}
    assert decode(struct).values == {"list": items}


def _with_ints(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        return {key: _with_ints(item) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [_with_ints(item) for item in value]
    whole = isinstance(value, float) and value.is_integer() and abs(value) <= 2**53
    return int(value) if whole else value


def _without_none(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return [_without_none(item) for item in value] if isinstance(value, list) else value
