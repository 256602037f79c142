"""The output of `pulumi-eci list` at a fixed time."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from pulumi_eci.api.connection import Connection
from pulumi_eci.api.gateway import observe
from pulumi_eci_cli.listing.caches import Listed, Quota
from pulumi_eci_cli.listing.states import StateError, owners
from pulumi_eci_cli.listing.table import Inventory, as_json, quota_line, selected, table
from pulumi_eci_cli.options import Progress

NOW = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
PLACE = Connection("cn-hangzhou", "127.0.0.1:8642", "http")
ENTRY: dict[str, Any] = {
    "ImageCacheId": "imc-1",
    "ImageCacheName": "web",
    "Status": "Ready",
    "Progress": "100%",
    "ImageCacheSize": 20,
    "Images": ["nginx:1.27", "redis:7"],
}


def listed(age: timedelta = timedelta(days=3), **changes: Any) -> Listed:  # noqa: ANN401
    """Return a cache of a given age."""
    times = {name: changes.pop(name, None) for name in ("expires", "last_matched")}
    return Listed(observe({**ENTRY, **changes}), NOW - age, **times)


def lines(*caches: Listed, width: int | None = None) -> list[str]:
    """Return the lines of the table."""
    return list(table(Inventory(PLACE, caches, caches), NOW, width))


def test_the_table_has_a_line_for_each_cache() -> None:
    building = listed(
        timedelta(minutes=90),
        ImageCacheId="imc-22",
        ImageCacheName="web-frontend",
        Status="Creating",
        Progress="40%",
        expires=NOW + timedelta(days=7, hours=1),
        last_matched=NOW - timedelta(minutes=5),
    )
    assert lines(listed(), building) == [
        "NAME          ID      STATUS        AGE  EXPIRES  MATCHED  SIZE  IMAGES",
        "web           imc-1   Ready         3d   never    never    20G   nginx:1.27, redis:7",
        "web-frontend  imc-22  Creating 40%  1h   7d       5m       20G   nginx:1.27, redis:7",
    ]


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (None, "registry/a:1, registry/b:1, registry/c:1"),
        (100, "registry/a:1, registry/b:1, registry/c:1"),
        (85, "registry/a:1, registry/b:1 +2"),
        (70, "registry/a:1 +2"),
        (10, "registry/a:1 +2"),
    ],
)
def test_images_are_cut_to_the_width_of_the_terminal(width: int | None, shown: str) -> None:
    images = [f"registry/{name}:1" for name in "abc"]
    if "+2" in shown and "b" in shown:
        images.append("registry/d:1")
    assert lines(listed(Images=images), width=width)[1].endswith(f"20G   {shown}")


def test_the_end_of_a_long_image_is_shown() -> None:
    image = "registry-vpc.cn-hangzhou.aliyuncs.com/team/app:1.27"
    assert lines(listed(Images=[image, image]), width=10)[1].endswith("  …om/team/app:1.27 +1")


def test_a_hidden_value_is_a_dash() -> None:
    bare = Listed(observe({"ImageCacheId": "imc-1", "Status": "Ready"}), None, None, None)
    assert lines(bare)[1] == "-     imc-1  Ready   -    never    never    -"


def test_a_time_in_the_past_is_zero() -> None:
    over = listed(timedelta(seconds=-30), expires=NOW - timedelta(days=1))
    assert lines(over)[1].split() == [
        *("web", "imc-1", "Ready", "0m", "0m", "never", "20G"),
        *("nginx:1.27,", "redis:7"),
    ]


@pytest.mark.parametrize(
    ("left", "shown"),
    [
        (timedelta(days=7, seconds=-1), "7d"),  # created a moment ago
        (timedelta(days=1, seconds=-30), "1d"),
        (timedelta(days=6, hours=11), "6d"),
        (timedelta(hours=22), "22h"),
        (timedelta(minutes=25), "25m"),
        (timedelta(seconds=10), "0m"),
        (timedelta(seconds=-40), "0m"),
    ],
)
def test_the_remaining_time_is_rounded(left: timedelta, shown: str) -> None:
    assert lines(listed(expires=NOW + left))[1].split()[4] == shown


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("times", "unused_for", "expiring_in"),
    [
        ({"age": 40 * DAY}, 30 * DAY, None),  # never matched
        ({"age": 40 * DAY, "last_matched": NOW - 30 * DAY}, 30 * DAY, None),
        ({"expires": NOW + 7 * DAY}, None, 7 * DAY),
        ({"expires": NOW - DAY}, None, 7 * DAY),
        ({"age": 40 * DAY, "expires": NOW}, 30 * DAY, 7 * DAY),
        ({}, None, None),
    ],
)
def test_selected_caches(
    times: dict[str, Any], unused_for: timedelta | None, expiring_in: timedelta | None
) -> None:
    assert selected([listed(**times)], NOW, unused_for, expiring_in)


@pytest.mark.parametrize(
    ("times", "unused_for", "expiring_in"),
    [
        ({"age": 3 * DAY}, 30 * DAY, None),
        ({"age": 40 * DAY, "last_matched": NOW - DAY}, 30 * DAY, None),
        ({"expires": None}, None, 7 * DAY),
        ({"expires": NOW + 8 * DAY}, None, 7 * DAY),
        ({"age": 40 * DAY, "expires": NOW + 8 * DAY}, 30 * DAY, 7 * DAY),
    ],
)
def test_caches_that_are_not_selected(
    times: dict[str, Any], unused_for: timedelta | None, expiring_in: timedelta | None
) -> None:
    assert not selected([listed(**times)], NOW, unused_for, expiring_in)


def state(*resources: dict[str, Any], of_file: bool = False) -> str:
    """Return the state of a stack, in the form of `pulumi stack export` or of a file backend."""
    found = {"manifest": {}, "resources": [{"custom": True, **each} for each in resources]}
    whole = {"checkpoint": {"latest": found}} if of_file else {"deployment": found}
    return json.dumps({"version": 3, **whole})


def resource(cache_id: str, kind: str = "pulumi-python:dynamic/eci:ImageCache") -> dict[str, Any]:
    urn = f"urn:pulumi:dev::shop::{kind}::web::1"
    return {"urn": urn, "type": kind, "id": cache_id, "outputs": {"region": "cn-hangzhou"}}


@pytest.mark.parametrize("of_file", [False, True])
@pytest.mark.parametrize(
    "kind", ["pulumi-python:dynamic/eci:ImageCache", "alicloud:eci:ImageCache"]
)
def test_a_state_names_the_caches_of_a_stack(kind: str, of_file: bool) -> None:
    found = owners(
        state(
            resource("imc-1", kind),
            {**resource("imc-2", kind), "external": True},  # `ImageCache.get`
            {**resource("", kind)},
            resource("x", "random:index:RandomId"),
            of_file=of_file,
        )
    )
    assert [(each.cache_id, each.stack, each.resource) for each in found] == [
        ("imc-1", "shop/dev", "web::1")
    ]


def test_a_state_of_the_first_release_is_read() -> None:
    text = (Path(__file__).parents[1] / "engine" / "states" / "0.1.0.json").read_text()
    assert [(each.stack, each.resource, each.region) for each in owners(text)] == [
        ("engine-test/test", "web", "cn-hangzhou")
    ]


def test_the_region_may_be_in_the_state_of_the_provider() -> None:
    kind = "pulumi:providers:alicloud"
    provider = {"urn": "urn:p", "type": kind, "id": "1", "inputs": {"region": "cn-beijing"}}
    cache = {**resource("imc-1"), "outputs": {}, "provider": "urn:p::1"}
    assert [each.region for each in owners(state(provider, cache))] == ["cn-beijing"]


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", '{"deployment": {}}', "[" * 100_000])
def test_an_invalid_state_is_rejected(text: str) -> None:
    with pytest.raises(StateError):
        owners(text)
    assert owners('{"version": 3, "deployment": {"manifest": {}}}') == []  # an empty stack


def test_stacks_and_missing_caches_are_shown() -> None:
    there, elsewhere = resource("imc-1"), resource("imc-3")
    elsewhere["outputs"] = {"region": "cn-beijing"}
    owned = owners(state(there, resource("imc-2"), elsewhere))
    mine, other = listed(), listed(ImageCacheId="imc-9")
    inventory = Inventory(PLACE, [mine, other], [mine, other], None, owned)
    assert [line.split()[-3] for line in list(table(inventory, NOW, None))[1:3]] == [
        "shop/dev",
        "-",
    ]
    assert list(table(inventory, NOW, None))[3].split()[1:3] == ["imc-2", "gone"]
    found = json.loads(as_json(inventory))
    assert [len(cache["stacks"]) for cache in found["caches"]] == [1, 0]
    assert [each["id"] for each in found["gone"]] == ["imc-2"]


def test_the_quota_line_has_the_number_of_lru_caches() -> None:
    caches = [listed(), listed(EliminationStrategy="LRU")]
    assert "2 of 500 image caches, 1 of them LRU" in quota_line(Quota(500, 2), caches)
    assert "? of ?" in quota_line(Quota(), caches)


def test_progress_is_only_shown_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = Progress("listing")
    progress(20, 1000)
    progress.clear()
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    progress(980, 1000)
    progress(20, 20)  # some services return the size of the page as the total
    progress.clear()
    shown = capsys.readouterr().err.split("\r")
    assert [line.strip() for line in shown] == [
        "",
        "listing: 980 of 1000 …",
        "listing: 20 …",
        "",
        "",
    ]


def test_names_contain_no_control_characters() -> None:
    assert "\x1b" not in "".join(lines(listed(ImageCacheName="a\x1b[2J", Images=["b\x1b[2J"])))


def test_json_has_every_value() -> None:
    caches = [listed(Tags=[{"Key": "team", "Value": "web"}])]
    found = json.loads(as_json(Inventory(PLACE, caches, caches, Quota(500, 1, 25, 0))))
    assert found == {
        "region": "cn-hangzhou",
        "endpoint": "http://127.0.0.1:8642",
        "quota": {"max": 500, "used": 1, "lru": 0, "max_automatic": 25, "used_automatic": 0},
        "gone": None,
        "caches": [
            {
                "id": "imc-1",
                "name": "web",
                "status": "Ready",
                "progress": "100%",
                "created": "2026-02-26T12:00:00Z",
                "expires": None,
                "last_matched": None,
                "size_gib": 20,
                "elimination_strategy": None,
                "snapshot_id": None,
                "tags": {"team": "web"},
                "images": ["nginx:1.27", "redis:7"],
                "stacks": None,
            }
        ],
    }
