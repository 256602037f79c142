"""The control API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eci_emulator.clock import MANUAL_START
from tests.emulator.client import call, control, send

if TYPE_CHECKING:
    from eci_emulator.server import RunningEmulator

CREATE = {"ImageCacheName": "web", "Image_1": "nginx"}


def test_reset_forgets_everything(loose: RunningEmulator) -> None:
    call(loose.url, "CreateImageCache", ClientToken="t", **CREATE)
    control(loose.url, "PATCH", "/switches", {"update_tags": "replace"})
    control(loose.url, "PUT", "/settings", {"build_seconds": 77})
    assert control(loose.url, "POST", "/reset").status == 200
    assert control(loose.url, "GET", "/state").json["caches"] == []
    assert control(loose.url, "GET", "/journal").json == []
    assert control(loose.url, "GET", "/settings").json["build_seconds"] == 5
    assert loose.emulator.settings.switches.update_tags == "merge"
    again = call(loose.url, "CreateImageCache", ClientToken="t", **CREATE)
    assert again.json["ImageCacheId"] == loose.emulator.caches()[0]["id"]


def test_switches_are_listed_and_set(loose: RunningEmulator) -> None:
    control(loose.url, "PATCH", "/switches", {"update_tags": "replace"})
    control(loose.url, "PATCH", "/switches", {"names": "unique"})
    listed = {each["name"]: each for each in control(loose.url, "GET", "/switches").json}
    assert listed["update_tags"]["value"] == "replace"
    assert listed["names"]["values"] == ["free", "unique"]
    assert "Tags" in listed["update_tags"]["meaning"]
    control(loose.url, "PUT", "/switches", {"names": "unique"})
    switches = loose.emulator.settings.switches
    assert (switches.names, switches.update_tags) == ("unique", "merge")


def test_the_clock_is_moved(loose: RunningEmulator) -> None:
    call(loose.url, "CreateImageCache", RetentionDays="30", **CREATE)
    answer = control(loose.url, "POST", "/clock", {"advance_seconds": 29 * 86_400})
    assert answer.json == {"now": "2026-01-30T00:00:00Z"}
    assert call(loose.url, "DescribeImageCaches").json["ImageCaches"][0]["Status"] == "Ready"
    control(loose.url, "POST", "/clock", {"advance_seconds": 86_400})
    assert call(loose.url, "DescribeImageCaches").json["ImageCaches"] == []


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [
        ("/failing-images", ["ngin?"], "not found"),
        ("/failing-images", {"ngin?": "dial tcp: i/o timeout"}, "dial tcp: i/o timeout"),
        ("/image-sizes", {"nginx": 21}, "the image cache size is 20 GiB"),
    ],
)
def test_images_fail_builds_until_the_setting_is_removed(
    loose: RunningEmulator, path: str, body: object, why: str
) -> None:
    control(loose.url, "PUT", path, body)
    call(loose.url, "CreateImageCache", **CREATE)
    control(loose.url, "PUT", path, {})
    call(loose.url, "CreateImageCache", **CREATE)
    control(loose.url, "POST", "/clock", {"advance_seconds": 5})
    failed, ready = call(loose.url, "DescribeImageCaches").json["ImageCaches"]
    assert (failed["Status"], ready["Status"]) == ("Failed", "Ready")
    assert failed["Events"][-1]["Message"].endswith(why)


def test_the_journal_is_read_and_cleared(loose: RunningEmulator) -> None:
    call(loose.url, "DescribeImageCaches", Limit="3")
    call(loose.url, "Nonsense")
    good, bad = control(loose.url, "GET", "/journal").json
    assert (good["action"], good["params"]["Limit"], good["status"]) == (
        "DescribeImageCaches",
        "3",
        200,
    )
    assert (bad["action"], bad["code"]) == ("Nonsense", "InvalidApi.NotFound")
    control(loose.url, "DELETE", "/journal")
    assert control(loose.url, "GET", "/journal").json == []


@pytest.mark.parametrize(
    "status", ["Preparing", "Creating", "Ready", "Failed", "Updating", "UpdateFailed"]
)
def test_caches_are_seeded_in_any_status(loose: RunningEmulator, status: str) -> None:
    seeded = control(loose.url, "POST", "/seed", {"name": "ready-made", "status": status})
    control(loose.url, "POST", "/clock", {"advance_seconds": 3600})
    (cache,) = call(loose.url, "DescribeImageCaches").json["ImageCaches"]
    assert [cache["ImageCacheId"]] == seeded.json["ids"]
    assert (cache["ImageCacheName"], cache["Status"]) == ("ready-made", status)
    assert ("SnapshotId" in cache) == (status in {"Ready", "Updating", "UpdateFailed"})


def test_a_seeded_retention_counts_from_the_seeded_creation(loose: RunningEmulator) -> None:
    cache = {"created": MANUAL_START - 5 * 86_400, "retention_days": 7}
    control(loose.url, "POST", "/seed", cache)
    (shown,) = call(loose.url, "DescribeImageCaches").json["ImageCaches"]
    assert shown["CreationTime"] == "2025-12-27T00:00:00Z"
    assert shown["ExpireDateTime"] == "2026-01-03T00:00:00Z"


def test_a_cache_is_edited_without_the_api(loose: RunningEmulator) -> None:
    cache_id = call(loose.url, "CreateImageCache", Tag_1_Key="a", **CREATE).json["ImageCacheId"]
    control(loose.url, "POST", "/clock", {"advance_seconds": 5})
    (before,) = call(loose.url, "DescribeImageCaches").json["ImageCaches"]
    changes = {"tags": {"b": "1"}, "elimination_strategy": "LRU", "images": ["redis"]}
    assert control(loose.url, "PATCH", f"/caches/{cache_id}", changes).status == 200
    (after,) = call(loose.url, "DescribeImageCaches").json["ImageCaches"]
    assert after == before | {
        "Tags": [{"Key": "b", "Value": "1"}],
        "EliminationStrategy": "LRU",
        "Images": ["redis"],
    }


def test_a_status_set_by_hand(loose: RunningEmulator) -> None:
    cache_id = call(loose.url, "CreateImageCache", **CREATE).json["ImageCacheId"]
    control(loose.url, "POST", "/clock", {"advance_seconds": 1_000_000})
    control(loose.url, "PATCH", f"/caches/{cache_id}", {"status": "Failed"})
    (failed,) = call(loose.url, "DescribeImageCaches").json["ImageCaches"]
    assert (failed["Status"], failed["Events"][-1]["Type"]) == ("Failed", "Warning")
    control(loose.url, "PATCH", f"/caches/{cache_id}", {"status": "UpdateFailed"})
    update = {"ImageCacheId": cache_id, **CREATE}
    assert call(loose.url, "UpdateImageCache", **update).status == 200
    control(loose.url, "POST", "/clock", {"advance_seconds": 5})
    (repaired,) = call(loose.url, "DescribeImageCaches").json["ImageCaches"]
    assert repaired["Status"] == "Ready"


def test_a_cache_is_removed_without_the_api(loose: RunningEmulator) -> None:
    (cache_id,) = control(loose.url, "POST", "/seed", {}).json["ids"]
    assert control(loose.url, "DELETE", f"/caches/{cache_id}").status == 200
    assert control(loose.url, "GET", "/state").json["caches"] == []
    assert control(loose.url, "GET", "/journal").json == []


def test_the_state_has_everything_but_passwords(loose: RunningEmulator) -> None:
    hashes = []
    for password in ("hunter2", "hunter3"):
        call(
            loose.url,
            "CreateImageCache",
            VSwitchId="vsw-1",
            ImageRegistryCredential_1_Server="a.example",
            ImageRegistryCredential_1_Password=password,
            **CREATE,
        )
        answer = control(loose.url, "GET", "/state")
        assert password.encode() not in answer.body
        cache = answer.json["caches"][-1]
        assert cache["vswitch_id"] == "vsw-1"
        hashes.append(cache["credentials"][0]["password_sha256"])
    assert hashes[0] != hashes[1]


NONSENSE: list[tuple[str, str, object]] = [
    ("POST", "/clock", {"advance_seconds": -1}),
    ("POST", "/clock", {"advance_seconds": 1e300}),
    ("POST", "/clock", {"advance_seconds": True}),
    ("POST", "/clock", []),
    ("PATCH", "/switches", {"update_tags": "blend"}),
    ("PATCH", "/switches", {"update_tags": ["merge"]}),
    ("PUT", "/settings", {"build_seconds": "long"}),
    ("PUT", "/settings", {"build_seconds": True}),
    ("PUT", "/settings", {"build_seconds": -1}),
    ("PUT", "/settings", {"build_seconds": float("inf")}),
    ("PUT", "/settings", {"colour": 1}),
    ("PUT", "/settings", {"max_limit": 0}),
    ("PUT", "/failing-images", "nginx"),
    ("PUT", "/failing-images", {"nginx": 1}),
    ("PUT", "/failing-images", ["\ud800"]),
    ("PUT", "/image-sizes", {"nginx": "big"}),
    ("PUT", "/image-sizes", {"nginx": float("inf")}),
    ("PUT", "/image-sizes", {"nginx": -1}),
    ("POST", "/faults", {"kind": "error", "message": "\ud800"}),
    ("POST", "/seed", {"status": "Gone"}),
    ("POST", "/seed", {"size": "big"}),
    ("POST", "/seed", {"retention_days": 10**400}),
    ("POST", "/seed", {"created": 1e300}),
    ("POST", "/seed", {"region": 5}),
    ("POST", "/seed", {"name": None}),
    ("POST", "/seed", {"name": "\ud800"}),
    ("POST", "/seed", [1]),
]


@pytest.mark.parametrize(("method", "path", "body"), NONSENSE)
def test_invalid_values_are_refused_with_a_reason(
    loose: RunningEmulator, method: str, path: str, body: object
) -> None:
    before = loose.emulator.settings
    answer = control(loose.url, method, path, body)
    assert answer.status == 400
    assert answer.json["error"]
    assert loose.emulator.settings == before
    assert loose.emulator.faults.listing() == loose.emulator.caches() == []


def test_the_control_api_lists_its_requests(loose: RunningEmulator) -> None:
    listed = {(each["method"], each["path"]): each for each in control(loose.url, "GET", "/").json}
    assert "Add a fault" in listed["POST", "/faults"]["does"]
    assert all(each["does"] for each in listed.values())


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nothing", 404), ("PUT", "/health", 405)]
)
def test_unknown_requests_get_json_too(
    loose: RunningEmulator, method: str, path: str, status: int
) -> None:
    answer = control(loose.url, method, path)
    assert answer.status == status
    assert "GET /_emulator/" in answer.json["error"]


def test_an_unknown_cache_is_404(loose: RunningEmulator) -> None:
    assert control(loose.url, "PATCH", "/caches/imc-none", {}).status == 404


def test_requests_of_other_web_pages_are_refused(loose: RunningEmulator) -> None:
    for origin, status in [("http://evil.example", 403), ("http://[", 403), (loose.url, 200)]:
        answer = send(loose.url, "POST", "/_emulator/reset", headers={"Origin": origin})
        assert answer.status == status
