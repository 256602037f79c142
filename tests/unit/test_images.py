"""Lists of images: several names of one image, and the order after a change."""

from __future__ import annotations

import pytest

from pulumi_eci.model.images import distinct, in_order_of, spelled_like


def test_the_shortest_of_several_names_is_kept() -> None:
    host = "registry-vpc.{region}.aliyuncs.com"
    images = ["docker.io/library/nginx:latest", "b:1", "nginx", f"{host}/a:latest", f"{host}/a"]
    assert distinct(images) == distinct(reversed(images)) == ["b:1", "nginx", f"{host}/a"]


def test_known_images_keep_their_known_name() -> None:
    assert spelled_like(["nginx:1", "b"], ["docker.io/library/nginx:1", "nginx:2"]) == [
        "nginx:1",
        "nginx:2",
    ]


@pytest.mark.parametrize(
    ("before", "images", "expected"),
    [
        ("", "ba", "ba"),
        ("abc", "cba", "abc"),
        ("abc", "xca", "axc"),
        ("abc", "xcbay", "abcxy"),
        ("abc", "c", "c"),
        ("abcd", "dxb", "xbd"),
        ("aba", "ba", "ab"),
        ("ab", "aab", "aba"),
    ],
)
def test_new_images_take_the_places_of_removed_ones(
    before: str, images: str, expected: str
) -> None:
    assert in_order_of(list(before), list(images)) == list(expected)


def test_a_remaining_image_has_its_new_name_in_its_old_place() -> None:
    images = ["redis:7", "docker.io/nginx:1"]
    assert in_order_of(["nginx:1", "redis:6", "redis:7"], images) == [
        "docker.io/nginx:1",
        "redis:7",
    ]
