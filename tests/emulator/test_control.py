"""The control API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eci_emulator.clock import MANUAL_START
from tests.emulator.client import call, control, send

if TYPE_CHECKING:
    from eci_emulator.server import RunningEmulator

CREATE = {"ImageCacheName": "web", "Image_1": "nginx"}


def test_health(loose: RunningEmulator) -> None:
    """A running emulator is healthy."""
    assert control(loose.url, "GET", "/health").json == {"status": "ok"}


def test_reset_forgets_everything(loose: RunningEmulator) -> None:
    """A reset leaves no caches, requests, faults or changed settings."""
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
    """PATCH sets what it names; PUT sets the rest back to the default."""
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
    """A month passes in one request."""
    call(loose.url, "CreateImageCache", RetentionDays="30", **CREATE)
    answer = control(loose.url, "POST", "/clock", {"advance_seconds": 29 * 86_400})
    assert answer.json == {"now": "2026-01-30T00:00:00Z"}
    assert call(loose.url, "DescribeImageCaches").json["ImageCaches"][0]["Status"] == "Ready"
    control(loose.url, "POST", "/clock", {"advance_seconds": 86_400})
    assert call(loose.url, "DescribeImageCaches").json["ImageCaches"] == []


def test_build_time_changes_for_later_builds(loose: RunningEmulator) -> None:
    """A new build time counts from the next build on."""
    call(loose.url, "CreateImageCache", **CREATE)
    control(loose.url, "PUT", "/settings", {"build_seconds": 60})
    call(loose.url, "CreateImageCache", **CREATE)
    control(loose.url, "POST", "/clock", {"advance_seconds": 5})
    caches = call(loose.url, "DescribeImageCaches").json["ImageCaches"]
    assert [cache["Status"] for cache in caches] == ["Ready", "Preparing"]


def test_failing_images(loose: RunningEmulator) -> None:
    """Images that match a pattern fail until the patterns are taken back."""
    control(loose.url, "PUT", "/failing-images", ["ngin?"])
    call(loose.url, "CreateImageCache", **CREATE)
    control(loose.url, "PUT", "/failing-images", [])
    call(loose.url, "CreateImageCache", **CREATE)
    control(loose.url, "POST", "/clock", {"advance_seconds": 5})
    caches = call(loose.url, "DescribeImageCaches").json["ImageCaches"]
    assert [cache["Status"] for cache in caches] == ["Failed", "Ready"]


def test_failing_images_with_reasons(loose: RunningEmulator) -> None:
    """Why a pull fails can be told for each pattern."""
    control(loose.url, "PUT", "/failing-images", {"ngin?": "dial tcp: i/o timeout"})
    call(loose.url, "CreateImageCache", **CREATE)
    control(loose.url, "POST", "/clock", {"advance_seconds": 5})
    (cache,) = call(loose.url, "DescribeImageCaches").json["ImageCaches"]
    assert cache["Events"][-1]["Message"].endswith(": dial tcp: i/o timeout")


def test_image_sizes(loose: RunningEmulator) -> None:
    """Image sizes can be set, and an image larger than the cache fails its build."""
    control(loose.url, "PUT", "/image-sizes", {"nginx": 21})
    call(loose.url, "CreateImageCache", **CREATE)
    control(loose.url, "POST", "/clock", {"advance_seconds": 5})
    (cache,) = call(loose.url, "DescribeImageCaches").json["ImageCaches"]
    assert cache["Status"] == "Failed"


def test_the_journal_is_read_and_cleared(loose: RunningEmulator) -> None:
    """The journal has API requests with their outcome, and none of the control API."""
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
    """A seeded cache has the wanted status and keeps it as time passes."""
    seeded = control(loose.url, "POST", "/seed", {"name": "ready-made", "status": status})
    control(loose.url, "POST", "/clock", {"advance_seconds": 3600})
    (cache,) = call(loose.url, "DescribeImageCaches").json["ImageCaches"]
    assert [cache["ImageCacheId"]] == seeded.json["ids"]
    assert (cache["ImageCacheName"], cache["Status"]) == ("ready-made", status)
    assert ("SnapshotId" in cache) == (status in {"Ready", "Updating", "UpdateFailed"})


def test_many_caches_are_seeded_at_once(loose: RunningEmulator) -> None:
    """A list of caches is seeded in one request, into the regions that they name."""
    caches = [{"region": "cn-beijing", "tags": {"n": str(number)}} for number in range(3)]
    control(loose.url, "POST", "/seed", caches)
    found = call(loose.url, "DescribeImageCaches", RegionId="cn-beijing").json["ImageCaches"]
    assert [cache["Tags"][0]["Value"] for cache in found] == ["0", "1", "2"]


def test_a_seeded_retention_counts_from_the_seeded_creation(loose: RunningEmulator) -> None:
    """A cache seeded as if it were old expires as an old one does."""
    cache = {"created": MANUAL_START - 5 * 86_400, "retention_days": 7}
    control(loose.url, "POST", "/seed", cache)
    (shown,) = call(loose.url, "DescribeImageCaches").json["ImageCaches"]
    assert shown["CreationTime"] == "2025-12-27T00:00:00Z"
    assert shown["ExpireDateTime"] == "2026-01-03T00:00:00Z"


def test_a_cache_is_edited_behind_the_api(loose: RunningEmulator) -> None:
    """An edit changes the fields that it names, as drift does, and nothing else."""
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
    """A cache set to Failed has an event that says so, and is rebuilt or expires as usual."""
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


def test_a_snapshot_replaced_by_hand(loose: RunningEmulator) -> None:
    """The snapshot of a finished cache can be changed, as a rebuild by someone else would."""
    (cache_id,) = control(loose.url, "POST", "/seed", {}).json["ids"]
    control(loose.url, "PATCH", f"/caches/{cache_id}", {"snapshot_id": "s-other"})
    (cache,) = call(loose.url, "DescribeImageCaches").json["ImageCaches"]
    assert cache["SnapshotId"] == "s-other"


def test_a_cache_is_removed_behind_the_api(loose: RunningEmulator) -> None:
    """A removed cache is gone without a request in the journal."""
    (cache_id,) = control(loose.url, "POST", "/seed", {}).json["ids"]
    assert control(loose.url, "DELETE", f"/caches/{cache_id}").status == 200
    assert control(loose.url, "GET", "/state").json["caches"] == []
    assert control(loose.url, "GET", "/journal").json == []


def test_the_state_has_everything_but_passwords(loose: RunningEmulator) -> None:
    """The state shows write-only fields, and of a password only a hash that tells changes."""
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
def test_nonsense_is_refused_with_a_reason(
    loose: RunningEmulator, method: str, path: str, body: object
) -> None:
    """A request that makes no sense is a 400 that says why, and changes nothing."""
    before = loose.emulator.settings
    answer = control(loose.url, method, path, body)
    assert answer.status == 400
    assert answer.json["error"]
    assert loose.emulator.settings == before
    assert loose.emulator.faults.listing() == loose.emulator.caches() == []


def test_what_is_not_json_is_refused(loose: RunningEmulator) -> None:
    """A body that is not JSON is a 400."""
    assert send(loose.url, "POST", "/_emulator/seed", body=b"{").status == 400


def test_the_control_api_lists_its_requests(loose: RunningEmulator) -> None:
    """Whoever knows the prefix alone finds the rest, each with what it does."""
    listed = {(each["method"], each["path"]): each for each in control(loose.url, "GET", "/").json}
    assert "Add a fault" in listed["POST", "/faults"]["does"]
    assert all(each["does"] for each in listed.values())


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nothing", 404), ("PUT", "/health", 405)]
)
def test_unknown_requests_are_json_too(
    loose: RunningEmulator, method: str, path: str, status: int
) -> None:
    """Another path or method of the control API is told in JSON, with where to look."""
    answer = control(loose.url, method, path)
    assert answer.status == status
    assert "GET /_emulator/" in answer.json["error"]


def test_an_unknown_cache_is_404(loose: RunningEmulator) -> None:
    """Editing what is not there is a 404."""
    assert control(loose.url, "PATCH", "/caches/imc-none", {}).status == 404


def test_web_pages_of_others_are_kept_out(loose: RunningEmulator) -> None:
    """A page of another origin cannot use a developer's browser to change things here."""
    for origin, status in [("http://evil.example", 403), ("http://[", 403), (loose.url, 200)]:
        answer = send(loose.url, "POST", "/_emulator/reset", headers={"Origin": origin})
        assert answer.status == status
