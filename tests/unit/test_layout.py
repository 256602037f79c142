"""The resource that stores the layout of a fleet: its check."""

from __future__ import annotations

import pytest

from pulumi_eci.layout import FleetLayoutProvider

WANTED = [["Foo/Bar:1", "mirror.{region}.example.com/nginx:1"], ["nginx:"]]


def test_invalid_images_are_reported_before_any_cache_is_declared() -> None:
    result = FleetLayoutProvider().check({}, {"shards": WANTED})
    assert [failure.reason.partition(": the ")[0] for failure in result.failures or ()] == [
        'images: "Foo/Bar:1"',
        'images: "nginx:"',
    ]


@pytest.mark.parametrize("wanted", [[["a:1", "b:1"]], [["mirror.{region}.example.com/nginx:1"]]])
def test_images_are_laid_out(wanted: list[list[str]]) -> None:
    result = FleetLayoutProvider().check({}, {"shards": wanted})
    assert (result.inputs["shards"], list(result.failures or ())) == (wanted, [])
