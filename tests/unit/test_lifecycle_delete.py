"""Deletion, with the local API in process and a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_eci.api.errors import ApiError, EciError, IncompleteError
from tests.support.cloud import Cloud


def test_a_deleted_cache_is_gone(cloud: Cloud) -> None:
    cloud.delete(cloud.create())
    assert cloud.emulator.caches() == []


@pytest.mark.parametrize("unknown", ["not_found", "success"])
def test_deleting_an_unknown_cache_is_a_success(
    cloud_with: Callable[..., Cloud], unknown: str
) -> None:
    cloud = cloud_with(switches={"delete_unknown": unknown})
    cloud.delete("imc-unheard-of")
    assert cloud.sent("DeleteImageCache") == []


@pytest.mark.parametrize("unknown", ["not_found", "success"])
def test_a_cache_that_disappears_before_its_deletion_is_deleted(
    cloud_with: Callable[..., Cloud], unknown: str
) -> None:
    cloud = cloud_with(switches={"delete_unknown": unknown})
    cache_id = cloud.create()
    cloud.gateway.before["DeleteImageCache"] = [lambda: cloud.emulator.remove(cache_id)]
    cloud.delete(cache_id)
    assert len(cloud.sent("DeleteImageCache")) == 1


def test_a_deletion_ends_with_a_404_of_a_describe_call(
    cloud_with: Callable[..., Cloud],
) -> None:
    cloud = cloud_with(switches={"describe_unknown": "not_found"})
    cloud.delete(cloud.create())
    assert cloud.emulator.caches() == []


def test_a_not_found_about_an_existing_cache_is_an_error(cloud: Cloud) -> None:
    cache_id = cloud.create()
    cloud.gateway.refuse("DeleteImageCache", "SomethingElse.NotFound")
    with pytest.raises(ApiError, match=r"SomethingElse\.NotFound"):
        cloud.delete(cache_id)


def test_any_not_found_about_a_missing_cache_is_a_success(cloud: Cloud) -> None:
    cache_id = cloud.create()

    def vanish() -> None:
        cloud.emulator.remove(cache_id)
        raise ApiError("DeleteImageCache", "SomethingElse.NotFound", "no", "R", 400)

    cloud.gateway.before["DeleteImageCache"] = [vanish]
    cloud.delete(cache_id)
    assert cloud.emulator.caches() == []


def test_an_asynchronous_deletion_is_awaited(cloud_with: Callable[..., Cloud]) -> None:
    cloud = cloud_with(switches={"delete_removal": "asynchronous"}, delete_seconds=90.0)
    cache_id = cloud.create()
    started = cloud.time.now()
    cloud.delete(cache_id)
    assert cloud.emulator.caches() == []
    assert 90 <= cloud.time.now() - started <= 105


def test_a_deletion_slower_than_its_deadline_is_an_error(
    cloud_with: Callable[..., Cloud],
) -> None:
    cloud = cloud_with(switches={"delete_removal": "asynchronous"}, delete_seconds=900.0)
    cache_id = cloud.create()
    with pytest.raises(EciError, match=r"1 min after .* \(Ready"):
        cloud.delete(cache_id, timeout=60.0)


@pytest.mark.parametrize("in_progress", ["accept", "refuse"])
def test_a_cache_that_is_being_built_is_deleted(
    cloud_with: Callable[..., Cloud], in_progress: str
) -> None:
    cloud = cloud_with(switches={"delete_in_progress": in_progress}, build_seconds=120.0)
    with pytest.raises(IncompleteError) as caught:
        cloud.create(timeout=10.0)
    cloud.reported.clear()
    cloud.delete(caught.value.cache_id)
    assert cloud.emulator.caches() == []
    assert bool(cloud.reported) == (in_progress == "refuse"), "the row says what it waits for"


def test_a_deletion_whose_reply_was_lost_is_retried(cloud: Cloud) -> None:
    cache_id = cloud.create()
    cloud.gateway.lose_replies("DeleteImageCache")
    cloud.delete(cache_id)
    first, second = cloud.sent("DeleteImageCache")
    assert first == second


def test_a_refused_deletion_is_an_error(cloud: Cloud) -> None:
    cache_id = cloud.create()
    cloud.gateway.refuse("DeleteImageCache", "Forbidden.RAM")
    with pytest.raises(ApiError, match=r"Forbidden\.RAM"):
        cloud.delete(cache_id)
