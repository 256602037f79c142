"""The life of a cache over time: states, progress, events, snapshots, expiry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eci_emulator.clock import DAY
from eci_emulator.lifecycle import observe
from eci_emulator.model import Build, Cache

if TYPE_CHECKING:
    from tests.emulator.driver import Driver


def test_a_cache_is_prepared_created_and_ready(eci: Driver) -> None:
    cache_id = eci.create(Image_1="nginx", Image_2="redis")
    seen = []
    for _ in range(6):
        cache = eci.show(cache_id)
        seen.append((cache["Status"], cache["Progress"], "SnapshotId" in cache))
        eci.advance(2)
    assert seen == [
        ("Preparing", "0%", False),
        ("Creating", "0%", False),
        ("Creating", "25%", False),
        ("Creating", "50%", False),
        ("Creating", "75%", False),
        ("Ready", "100%", True),
    ]


@given(st.floats(0, 4e9), st.floats(0, 1e4), st.floats(0, 1.2))
def test_a_ready_cache_has_all_attributes_of_a_build(
    start: float, seconds: float, share: float
) -> None:
    build = Build("create", start, seconds, "s-1", images=("nginx",))
    cache = Cache("imc-1", "r", "web", start, build, "eci-1", images=build.images)
    seen = observe(cache, start + seconds * share)
    assert (seen.status == "Ready") == (seen.progress == "100%") == (seen.snapshot_id == "s-1")


def test_events_report_each_pull(eci: Driver) -> None:
    cache_id = eci.create(Image_1="nginx", Image_2="redis")
    assert [event["Reason"] for event in eci.show(cache_id)["Events"]] == ["Started"]
    eci.advance(4)
    halfway = eci.show(cache_id)["Events"]
    assert halfway[-1]["Message"] == "Start pull image redis"
    eci.advance(6)
    events = eci.show(cache_id)["Events"]
    assert events[: len(halfway)] == halfway
    assert [event["Message"] for event in events if event["Reason"] == "Pulled"] == [
        "Success pull image nginx",
        "Success pull image redis",
    ]
    assert {event["Type"] for event in events} == {"Normal"}
    assert len({event["Name"] for event in events}) == len(events)
    assert events[0]["FirstTimestamp"] == "2026-01-01T00:00:00Z"


def test_a_failing_pull_fails_the_build(eci: Driver) -> None:
    eci.emulator.configure(failing_images=("bad/*",))
    cache_id = eci.ready(Image_1="nginx", Image_2="bad/image:1", Image_3="redis")
    cache = eci.show(cache_id)
    assert cache["Status"] == "Failed"
    assert "SnapshotId" not in cache
    assert cache["Progress"] != "100%"
    (warning,) = [event for event in cache["Events"] if event["Type"] == "Warning"]
    assert cache["Events"][-1] == warning
    assert 'Failed to pull image "bad/image:1"' in warning["Message"]


def test_a_failed_cache_is_kept_one_day(eci: Driver) -> None:
    eci.emulator.configure(failing_images=("bad",))
    cache_id = eci.ready(Image_1="bad", RetentionDays="30")
    assert eci.show(cache_id)["ExpireDateTime"].startswith("2026-01-02T00:00:0")
    eci.advance(DAY - 10)
    assert eci.show(cache_id)["Status"] == "Failed"
    eci.advance(10)
    assert eci.caches() == []


def test_images_larger_than_the_cache_fail_the_build(eci: Driver) -> None:
    eci.emulator.configure(image_sizes={"big*": 15.0})
    small = eci.ready(Image_1="big-1", Image_2="big-2")
    large = eci.ready(Image_1="big-1", Image_2="big-2", ImageCacheSize="30")
    assert eci.show(small)["Status"] == "Failed"
    assert "no space left" in eci.show(small)["Events"][-1]["Message"]
    assert eci.show(large)["Status"] == "Ready"


def test_twenty_images_of_invented_sizes_fit_the_default_size(eci: Driver) -> None:
    cache_id = eci.ready(**{f"Image_{n}": f"registry.example/app-{n}" for n in range(1, 21)})
    assert eci.show(cache_id)["Status"] == "Ready"


def test_a_flash_cache_is_usable_early(eci: Driver) -> None:
    cache_id = eci.create(Flash="true")
    eci.advance(6)
    early = eci.show(cache_id)
    assert (early["Status"], early["Progress"]) == ("Ready", "50%")
    assert "FlashSnapshotId" in early
    assert "SnapshotId" not in early
    eci.advance(4)
    late = eci.show(cache_id)
    assert (late["Status"], late["Progress"]) == ("Ready", "100%")
    assert "SnapshotId" in late
    assert "FlashSnapshotId" not in late


def test_retention_removes_a_cache(eci: Driver) -> None:
    cache_id = eci.ready(RetentionDays="7")
    assert eci.show(cache_id)["ExpireDateTime"] == "2026-01-08T00:00:00Z"
    eci.advance(7 * DAY - 11)
    assert len(eci.caches()) == 1
    eci.advance(1)
    assert eci.caches() == []


def test_a_flash_rebuild_hides_the_outdated_snapshot(eci: Driver) -> None:
    cache_id = eci.ready(Flash="true")
    before = eci.show(cache_id)["SnapshotId"]
    eci.update(cache_id, Image_1="redis")
    assert eci.show(cache_id)["SnapshotId"] == before
    eci.advance(6)
    early = eci.show(cache_id)
    assert (early["Status"], "SnapshotId" in early) == ("Ready", False)
    assert early["FlashSnapshotId"] != before


@pytest.mark.parametrize("days", ["", "0"])
def test_without_retention_a_cache_stays(eci: Driver, days: str) -> None:
    cache_id = eci.ready(RetentionDays=days)
    eci.advance(10_000 * DAY)
    assert "ExpireDateTime" not in eci.show(cache_id)


def test_a_rebuild_keeps_the_id_and_makes_a_snapshot(eci: Driver) -> None:
    cache_id = eci.ready()
    before = eci.show(cache_id)
    eci.update(cache_id, Image_1="nginx:2")
    during = eci.show(cache_id)
    assert (during["Status"], during["SnapshotId"]) == ("Updating", before["SnapshotId"])
    assert during["Images"] == ["nginx:2"]
    eci.advance(10)
    after = eci.show(cache_id)
    assert after["Status"] == "Ready"
    assert after["SnapshotId"] != before["SnapshotId"]
    assert after["Events"][: len(before["Events"])] == before["Events"]
    assert after["CreationTime"] == before["CreationTime"]


def test_a_failed_rebuild_keeps_the_old_snapshot(eci: Driver) -> None:
    cache_id = eci.ready()
    before = eci.show(cache_id)
    eci.emulator.configure(failing_images=("bad",))
    eci.update(cache_id, Image_1="bad")
    eci.advance(10)
    failed = eci.show(cache_id)
    assert (failed["Status"], failed["SnapshotId"]) == ("UpdateFailed", before["SnapshotId"])
    assert failed["Events"][-1]["Type"] == "Warning"
    eci.advance(3 * DAY)
    eci.update(cache_id, Image_1="nginx:2")
    eci.advance(10)
    assert eci.show(cache_id)["Status"] == "Ready"
    assert eci.show(cache_id)["SnapshotId"] != before["SnapshotId"]


def test_fifty_events_are_kept(eci: Driver) -> None:
    cache_id = eci.ready()
    for number in range(20):
        eci.update(cache_id, Image_1=f"nginx:{number}")
        eci.advance(10)
    events = eci.show(cache_id)["Events"]
    assert len(events) == 50
    assert "nginx:19" in events[-2]["Message"]


def test_empty_values_clear(eci: Driver) -> None:
    cache_id = eci.ready(RetentionDays="9", EliminationStrategy="LRU")
    eci.update(cache_id, RetentionDays="0", EliminationStrategy="")
    assert not {"ExpireDateTime", "EliminationStrategy"} & set(eci.show(cache_id))


def test_quota_evicts_the_least_recently_matched(eci: Driver) -> None:
    eci.emulator.configure(quota=3)
    kept = eci.ready(ImageCacheName="kept")
    first = eci.ready(ImageCacheName="first", EliminationStrategy="LRU")
    second = eci.ready(ImageCacheName="second", EliminationStrategy="LRU")
    eci.emulator.edit(first, {"last_matched": eci.emulator.clock.now()})
    third = eci.ready(ImageCacheName="third")
    assert {cache["ImageCacheId"] for cache in eci.caches()} == {kept, first, third}
    assert second != first


def test_quota_without_lru_refuses(eci: Driver) -> None:
    eci.emulator.configure(quota=1)
    eci.ready()
    error = eci.refuse("CreateImageCache", ImageCacheName="more", Image_1="nginx")
    assert (error.status, error.code) == (403, "QuotaExceeded")
    assert error.message == "ImageCache quota exceeded."
    eci.call("CreateImageCache", RegionId="cn-beijing", ImageCacheName="more", Image_1="nginx")
