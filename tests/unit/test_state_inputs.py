"""The inputs of a program that would create the cache that the service shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pulumi_eci.model.state import drifted_inputs
from tests.support import seen
from tests.support.seen import SEEN, SPEC

INPUTS: dict[str, Any] = {
    **seen.INPUTS,
    "imageCacheSize": 40.0,  # the engine's numbers are floats
    "imageRegistryCredentials": [{"server": "s", "userName": "u", "password": "hunter2"}],
}


def test_inputs_of_a_cache_as_wanted_do_not_change() -> None:
    assert drifted_inputs(INPUTS, SPEC, SEEN) == INPUTS


@pytest.mark.parametrize(
    ("change", "name", "value"),
    [
        ({"images": ("caddy",)}, "images", ["caddy"]),
        ({"image_cache_name": "other"}, "imageCacheName", "other"),
        ({"image_cache_size": 20}, "imageCacheSize", 20),
        ({"resource_group_id": "rg-2"}, "resourceGroupId", "rg-2"),
        ({"tags": {"team": "ops", "cost": "7"}}, "tags", {"team": "ops"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_drifted_field_replaces_the_input(
    change: dict[str, Any], name: str, value: object
) -> None:
    assert drifted_inputs(INPUTS, SPEC, replace(SEEN, **change)) == {**INPUTS, name: value}


@pytest.mark.parametrize(
    ("change", "name"),
    [({"elimination_strategy": ""}, "eliminationStrategy"), ({"tags": {}}, "tags")],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_field_that_was_cleared_is_removed(change: dict[str, Any], name: str) -> None:
    rest = {key: value for key, value in INPUTS.items() if key != name}
    assert drifted_inputs(INPUTS, SPEC, replace(SEEN, **change)) == rest


def test_a_field_that_was_set_manually_is_added() -> None:
    bare = {key: value for key, value in INPUTS.items() if key != "eliminationStrategy"}
    old = replace(SPEC, elimination_strategy="")
    assert drifted_inputs(bare, old, SEEN) == {**bare, "eliminationStrategy": "LRU"}


def test_the_given_inputs_are_not_modified() -> None:
    given_inputs = dict(INPUTS)
    drifted_inputs(given_inputs, SPEC, replace(SEEN, images=("caddy",)))
    assert given_inputs == INPUTS


def test_an_empty_field_that_the_program_does_not_set_is_no_input() -> None:
    drifted = drifted_inputs({}, SPEC, replace(SEEN, elimination_strategy=""))
    assert drifted == {}
