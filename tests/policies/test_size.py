"""Policies about size and number of images."""

from __future__ import annotations

import pytest

from tests.support.policies import UNKNOWN, cache, messages


@pytest.mark.parametrize(
    ("size", "found"),
    [
        (None, []),
        (20, []),
        (32768.0, []),
        (19, ["The imageCacheSize is 19 GiB; 20 to 32768 GiB are allowed."]),
        (32769, ["The imageCacheSize is 32769 GiB; 20 to 32768 GiB are allowed."]),
        ("32769", ["The imageCacheSize is 32769 GiB; 20 to 32768 GiB are allowed."]),
        (UNKNOWN, []),
        ("large", []),
        (20.5, []),
        (float("nan"), []),
        (float("inf"), []),
        (True, []),
        ([20], []),
    ],
)
@pytest.mark.parametrize("bridged", [True, False])
def test_the_size_is_within_bounds(size: object, found: list[str], bridged: bool) -> None:
    """The service takes 20 to 32,768 GiB; a number may be written as a string."""
    assert messages("cache-size", cache(imageCacheSize=size, bridged=bridged)) == found


def test_an_absent_size_counts_as_the_services_default() -> None:
    """20 GiB are too few for a team that wants 50."""
    found = messages("cache-size", cache(imageCacheSize=None), minimum=50)
    assert found == ["The imageCacheSize is 20 GiB; 50 to 32768 GiB are allowed."]


@pytest.mark.parametrize(
    ("images", "found"),
    [
        ([f"r.example.com/{number}:1" for number in range(20)], []),
        (
            [f"r.example.com/{number}:1" for number in range(21)],
            ["The cache has 21 images, and at most 20 are allowed."],
        ),
        ([UNKNOWN] * 21, ["The cache has 21 images, and at most 20 are allowed."]),
        ([], []),
        (None, []),
        (UNKNOWN, []),
        ("nginx", []),
        ({"a": "b"}, []),
    ],
)
@pytest.mark.parametrize("bridged", [True, False])
def test_twenty_images_are_the_most(images: object, found: list[str], bridged: bool) -> None:
    """The service takes 20 images, and refuses a 21st."""
    assert messages("image-count", cache(images=images, bridged=bridged)) == found


def test_a_team_can_allow_fewer_images() -> None:
    """The maximum is a setting."""
    found = messages("image-count", cache(images=["a:1", "b:1"]), maximum=1)
    assert found == ["The cache has 2 images, and at most 1 are allowed."]
