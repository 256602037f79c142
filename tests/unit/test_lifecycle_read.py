"""Reading, with the local API in process."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_eci.api.errors import ApiError
from tests.support.cloud import Cloud


def test_an_existing_cache_is_read(cloud: Cloud) -> None:
    cache_id = cloud.create()
    seen = cloud.read(cache_id)
    assert seen is not None
    assert (seen.image_cache_id, seen.status, seen.tags) == (cache_id, "Ready", {"team": "web"})


def test_a_missing_cache_reads_as_none(cloud: Cloud) -> None:
    assert cloud.read("imc-unheard-of") is None


def test_a_missing_cache_reads_as_none_if_the_service_answers_404(
    cloud_with: Callable[..., Cloud],
) -> None:
    cloud = cloud_with(switches={"describe_unknown": "not_found"})
    assert cloud.read("imc-unheard-of") is None


def test_a_failed_read_is_not_a_missing_cache(cloud: Cloud) -> None:
    cloud.gateway.refuse("DescribeImageCaches", "Forbidden.RAM")
    with pytest.raises(ApiError, match=r"Forbidden\.RAM"):
        cloud.read("imc-1")
