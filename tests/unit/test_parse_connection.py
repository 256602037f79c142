"""The properties `connection` and `onMissing`."""

from __future__ import annotations

import pytest

from pulumi_eci.model.parse import parse
from tests.support.inputs import GOOD, problems


def test_an_unknown_member_of_a_connection_is_named() -> None:
    assert problems(connection={"accessKey": "x"}) == [("connection.accessKey", "unknown argument")]


def test_a_member_of_a_connection_is_a_string() -> None:
    assert problems(connection={"profile": []}) == [("connection.profile", "must be a string")]


def test_an_empty_connection_is_no_connection() -> None:
    assert parse({**GOOD, "connection": {}}).spec == parse(GOOD).spec


@pytest.mark.parametrize("value", ["recreate", "ignore"])
def test_on_missing_is_recreate_or_ignore(value: str) -> None:
    assert problems(onMissing=value) == []


@pytest.mark.parametrize("value", ["Ignore", "delete"])
def test_on_missing_has_no_other_value(value: str) -> None:
    ((path, reason),) = problems(onMissing=value)
    assert path == "onMissing"
    assert reason.startswith("must be recreate or ignore")
