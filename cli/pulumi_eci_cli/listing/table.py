"""What `pulumi-eci list` prints: a table for people, or one JSON object. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from pulumi_eci.api.connection import Connection
from pulumi_eci.model.state import READY
from pulumi_eci.model.text import printable
from pulumi_eci_cli.listing.caches import Listed

_HEAD = ("NAME", "ID", "STATUS", "AGE", "EXPIRES", "MATCHED", "SIZE", "IMAGES")
_GAP = "  "
_UNITS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "m"))
_NARROWEST = 20


def table(listed: Sequence[Listed], now: datetime, width: int | None) -> Iterator[str]:
    """Yield the lines of a table.

    Args:
        listed: The caches.
        now: The time that ages are counted from.
        width: Columns of the terminal, to which lists of images are cut; None cuts nothing.
    """
    rows = [_HEAD, *(_row(one, now) for one in listed)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) - 1)]
    left = len(_GAP) * len(widths) + sum(widths)
    room = None if width is None else max(_NARROWEST, width - left)
    for row, images in zip(rows, [None, *(one.seen.images or () for one in listed)], strict=True):
        cells = [cell.ljust(wide) for cell, wide in zip(row, widths, strict=False)]
        last = row[-1] if images is None else _fitting(images, room)
        yield _GAP.join([*cells, last]).rstrip()


def as_json(listed: Sequence[Listed], connection: Connection) -> str:
    """Return the caches as one JSON object; times in UTC, sizes in GiB, null for what is absent."""
    caches = [_record(one) for one in listed]
    found = {"region": connection.region, "endpoint": connection.endpoint, "caches": caches}
    return json.dumps(found, indent=2, ensure_ascii=False)


def _row(one: Listed, now: datetime) -> tuple[str, ...]:
    seen = one.seen
    progress = "" if seen.status == READY or not seen.progress else f" {seen.progress}"
    size = "-" if seen.image_cache_size is None else f"{seen.image_cache_size}G"
    return (
        printable(seen.image_cache_name or "-"),
        seen.image_cache_id,
        seen.status + progress,
        _span(now, one.created, "-"),
        _span(one.expires, now, "never"),
        _span(now, one.last_matched, "never"),
        size,
        "",
    )


def _span(later: datetime | None, earlier: datetime | None, absent: str) -> str:
    """Say a span of time in one unit, as `3d`; what is over is `0m`."""
    if later is None or earlier is None:
        return absent
    span = later - earlier
    for unit, sign in _UNITS:
        if span >= unit:
            return f"{span // unit}{sign}"
    return "0m"


def _fitting(images: Sequence[str], room: int | None) -> str:
    """Name as many *images* as fit into *room* columns, and how many more there are."""
    whole = ", ".join(images)
    if room is None or len(whole) <= room:
        return whole
    for count in range(len(images) - 1, 0, -1):
        text = f"{', '.join(images[:count])} +{len(images) - count}"
        if len(text) <= room:
            return text
    more = f" +{len(images) - 1}" if len(images) > 1 else ""
    keep = room - len(more) - 1
    # The end tells images apart, the beginning is the registry's.
    return f"…{images[0][-keep:]}{more}"


def _record(one: Listed) -> dict[str, Any]:
    seen = one.seen
    return {
        "id": seen.image_cache_id,
        "name": seen.image_cache_name,
        "status": seen.status,
        "progress": seen.progress or None,
        "created": _iso(one.created),
        "expires": _iso(one.expires),
        "last_matched": _iso(one.last_matched),
        "size_gib": seen.image_cache_size,
        "elimination_strategy": seen.elimination_strategy or None,
        "snapshot_id": seen.snapshot_id or None,
        "tags": dict(seen.tags),
        "images": list(seen.images or ()),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
