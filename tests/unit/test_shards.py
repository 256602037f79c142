"""Layouts at their limits. tests/properties measures what a change costs."""

from __future__ import annotations

import pytest

from pulumi_eci.model.shards import rearrange, spread


def images(count: int) -> list[str]:
    """Name some images in order."""
    return [f"app-{number:03}:1" for number in range(count)]


@pytest.mark.parametrize(
    ("count", "caches", "sizes"),
    [(1, 1, [1]), (20, 1, [20]), (21, 2, [20, 1]), (45, 3, [20, 20, 5]), (45, 5, [9] * 5)],
)
def test_a_first_layout_keeps_neighbours_together(
    count: int, caches: int, sizes: list[int]
) -> None:
    shards = spread(reversed(images(count)), caches)
    assert [len(shard) for shard in shards] == sizes
    assert [image for shard in shards for image in shard] == images(count)
    assert rearrange((), shards) == shards


def test_a_new_tag_takes_the_place_of_the_old_one() -> None:
    before = spread(images(45), 3)
    bumped = ["app-003:2", "app-030:2", "docker.io/library/app-041:2"]
    old = {image.rpartition("/")[2].replace(":2", ":1") for image in bumped}
    wanted = [image for image in images(45) if image not in old] + bumped
    after = rearrange(before, spread(wanted, 3))
    assert [image in after[place] for place, image in enumerate(bumped)] == [True] * 3


def test_images_of_a_removed_cache_fill_the_gaps() -> None:
    before = [images(20), images(40)[20:], ["last:1"]]
    after = rearrange(before, spread([*images(40)[1:], "last:1"], 2))
    assert after == [["last:1", *images(20)[1:]], before[1]]


@pytest.mark.parametrize(
    ("count", "caches", "message"),
    [
        (0, 1, "there are none to cache"),
        (2, 3, "2 cannot fill 3 caches: set `caches` to 2 or less"),
        (41, 2, "41 do not fit, 20 a cache, with `caches` set to 2: set it to 3 or more"),
    ],
)
def test_too_few_caches_are_an_error_with_the_required_number(
    count: int, caches: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        rearrange((), spread(images(count), caches))


def test_a_state_with_a_duplicate_image_is_corrected() -> None:
    assert rearrange([["a:1", "b:1"], ["a:1", "c:1"]], [["a:1", "b:1"], ["c:1"]]) == [
        ["a:1", "b:1"],
        ["c:1"],
    ]
