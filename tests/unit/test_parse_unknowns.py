"""Properties with unknown values."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_eci.model.fields import INPUT_NAMES, snake_case
from pulumi_eci.model.parse import parse
from pulumi_eci.model.spec import UNKNOWN
from tests.support.inputs import FULL, problems


def holes(value: object) -> list[Any]:
    """Return UNKNOWN, and *value* with UNKNOWN at each place within it."""
    found: list[Any] = [UNKNOWN]
    if isinstance(value, dict):
        found += [{**value, key: hole} for key, item in value.items() for hole in holes(item)]
    if isinstance(value, list):
        found += [
            [*value[:index], hole, *value[index + 1 :]]
            for index, item in enumerate(value)
            for hole in holes(item)
        ]
    return found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(name, hole, id=f"{name} {number}")
        for name, good in FULL.items()
        for number, hole in enumerate(holes(good))
    ],
)
def test_an_unknown_value_anywhere_is_no_problem(name: str, value: object) -> None:
    parsed = parse({**FULL, name: value})
    assert parsed.problems == ()
    assert parsed.spec.unknown == frozenset({name})


@pytest.mark.parametrize("name", INPUT_NAMES)
def test_an_unknown_value_leaves_all_others_known(name: str) -> None:
    spec = parse({**FULL, name: UNKNOWN}).spec
    others = [other for other in INPUT_NAMES if other != name]
    expected = parse(FULL).spec
    assert [getattr(spec, snake_case(other)) for other in others] == [
        getattr(expected, snake_case(other)) for other in others
    ]


def test_known_properties_are_not_marked_as_unknown() -> None:
    assert parse(FULL).spec.unknown == frozenset()


def test_twenty_images_and_an_unknown_one_may_be_twenty() -> None:
    assert problems(images=[*(f"nginx:{n}" for n in range(20)), UNKNOWN]) == []


def test_several_unknown_images_may_be_the_same() -> None:
    assert problems(images=[UNKNOWN] * 21) == []
