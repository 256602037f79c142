"""What `pulumi-eci list` prints of caches at a time moved by hand."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from pulumi_eci.api.connection import Connection
from pulumi_eci.api.gateway import observe
from pulumi_eci_cli.listing.caches import Listed
from pulumi_eci_cli.listing.table import as_json, table

NOW = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
ENTRY: dict[str, Any] = {
    "ImageCacheId": "imc-1",
    "ImageCacheName": "web",
    "Status": "Ready",
    "Progress": "100%",
    "ImageCacheSize": 20,
    "Images": ["nginx:1.27", "redis:7"],
}


def listed(age: timedelta = timedelta(days=3), **changes: Any) -> Listed:  # noqa: ANN401
    """Return a cache that was made some time ago."""
    times = {name: changes.pop(name, None) for name in ("expires", "last_matched")}
    return Listed(observe({**ENTRY, **changes}), NOW - age, **times)


def lines(*caches: Listed, width: int | None = None) -> list[str]:
    """Return the lines of the table."""
    return list(table(caches, NOW, width))


def test_the_table_has_a_line_for_each_cache() -> None:
    """Columns are as wide as their longest cell."""
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
def test_images_are_cut_to_the_terminal(width: int | None, shown: str) -> None:
    """With the number of those that did not fit; a file gets all."""
    images = [f"registry/{name}:1" for name in "abc"]
    if "+2" in shown and "b" in shown:
        images.append("registry/d:1")
    assert lines(listed(Images=images), width=width)[1].endswith(f"20G   {shown}")


def test_the_end_of_a_long_image_is_shown() -> None:
    """It tells images apart."""
    image = "registry-vpc.cn-hangzhou.aliyuncs.com/team/app:1.27"
    assert lines(listed(Images=[image, image]), width=10)[1].endswith("  …om/team/app:1.27 +1")


def test_what_the_service_does_not_show_is_a_dash() -> None:
    """Nothing is made up."""
    bare = Listed(observe({"ImageCacheId": "imc-1", "Status": "Ready"}), None, None, None)
    assert lines(bare)[1] == "-     imc-1  Ready   -    never    never    -"


def test_a_time_that_is_over_is_zero() -> None:
    """Clocks differ, and an expired cache is shown for a while."""
    over = listed(timedelta(seconds=-30), expires=NOW - timedelta(days=1))
    assert lines(over)[1].split() == [
        *("web", "imc-1", "Ready", "0m", "0m", "never", "20G"),
        *("nginx:1.27,", "redis:7"),
    ]


def test_names_cannot_move_the_cursor() -> None:
    """The service's words are not trusted."""
    assert "\x1b" not in "".join(lines(listed(ImageCacheName="a\x1b[2J", Images=["b\x1b[2J"])))


def test_json_has_every_value() -> None:
    """One object, null for what is absent."""
    connection = Connection("cn-hangzhou", "127.0.0.1:8642", "http")
    found = json.loads(as_json([listed(Tags=[{"Key": "team", "Value": "web"}])], connection))
    assert found == {
        "region": "cn-hangzhou",
        "endpoint": "http://127.0.0.1:8642",
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
            }
        ],
    }
