"""The differences between a program and what the service shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pulumi_eci.model.fields import FIELDS
from pulumi_eci.model.spec import ImageCacheSpec
from pulumi_eci.model.state import Observation, State, differences, equal, refreshed_state
from tests.support.seen import SEEN, SPEC


def differing(spec: ImageCacheSpec, seen: Observation) -> dict[str, Any]:
    """Return the differences, by property."""
    return {row.name: value for row, value in differences(spec, seen)}


def test_a_cache_as_wanted_does_not_differ() -> None:
    assert differing(SPEC, SEEN) == {}


@pytest.mark.parametrize(
    ("name", "change", "shown"),
    [
        ("images", {"images": ("nginx",)}, ("nginx",)),
        ("imageCacheName", {"image_cache_name": "other"}, "other"),
        ("imageCacheSize", {"image_cache_size": 20}, 20),
        ("resourceGroupId", {"resource_group_id": "rg-2"}, "rg-2"),
        ("eliminationStrategy", {"elimination_strategy": ""}, ""),
        ("tags", {"tags": {"team": "ops"}}, {"team": "ops"}),
        ("tags", {"tags": {}}, {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_readable_field_that_differs_is_found(
    name: str, change: dict[str, Any], shown: object
) -> None:
    assert differing(SPEC, replace(SEEN, **change)) == {name: shown}


def test_every_readable_field_can_differ() -> None:
    other = Observation("imc-1", "Ready", "", "", "", "x", ("x",), 21, "x", "", {"team": "x"})
    names = {row.name for row, _ in differences(SPEC, other)}
    assert names == {row.name for row in FIELDS if row.readable}


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (("redis", "nginx"), {}),
        (("docker.io/library/redis:latest", "docker.io/nginx"), {}),
        (("docker.io/library/redis:latest", "caddy"), {"images": ("caddy", "redis")}),
        (("docker.io/library/redis:latest",), {"images": ("redis",)}),
    ],
)
def test_order_and_spelling_of_images_do_not_differ(
    shown: tuple[str, ...], expected: dict[str, Any]
) -> None:
    assert differing(SPEC, replace(SEEN, images=shown)) == expected


def test_a_foreign_tag_is_no_difference() -> None:
    assert differing(SPEC, replace(SEEN, tags={"team": "web", "cost": "7"})) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"images": None},
        {"image_cache_name": None},
        {"image_cache_size": None},
        {"resource_group_id": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_hidden_property_is_no_difference(change: dict[str, Any]) -> None:
    assert differing(SPEC, replace(SEEN, **change)) == {}


def test_a_default_resource_group_is_no_difference() -> None:
    assert differing(replace(SPEC, resource_group_id=""), SEEN) == {}


def test_an_elimination_strategy_that_the_program_does_not_set_is_a_difference() -> None:
    assert differing(replace(SPEC, elimination_strategy=""), SEEN) == {"eliminationStrategy": "LRU"}


def test_triggers_are_compared_by_their_items() -> None:
    (row,) = (row for row in FIELDS if row.name == "rebuildTriggers")
    assert equal(row, [1, {"a": 2}], [1.0, {"a": 2}])
    assert not equal(row, [1, {"a": 2}], [1, {"a": 3}])


@pytest.mark.parametrize(
    ("before", "flash", "now", "is_built"),
    [
        ("s-1", False, "s-1", False),
        ("s-1", False, "s-2", True),
        ("", False, "s-2", True),
        ("", True, "s-2", False),  # state holds no snapshot of a flash cache
        ("s-1", True, "s-2", True),
    ],
)
def test_wanted_images_on_the_old_snapshot_still_need_a_rebuild(
    before: str, flash: bool, now: str, is_built: bool
) -> None:
    wanted = replace(SPEC, images=("nginx:2",), flash=flash)
    seen = replace(SEEN, images=("nginx:2",), snapshot_id=now, image_cache_name="new")
    state = refreshed_state(State(replace(SPEC, flash=flash), "Updating", before), seen, wanted)
    assert state.spec.images == (wanted.images if is_built else SPEC.images)
    assert (state.spec.image_cache_name, state.status, state.snapshot_id) == ("new", "Ready", now)
