"""The output of `pulumi-eci list`: a table or one JSON object. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pulumi_eci.api.connection import Connection
from pulumi_eci.model.state import READY
from pulumi_eci.model.text import printable
from pulumi_eci_cli.listing.caches import Listed, Quota
from pulumi_eci_cli.listing.states import Owner, gone

_HEAD = ("NAME", "ID", "STATUS", "AGE", "EXPIRES", "MATCHED", "SIZE")
_LRU = "LRU"
_GAP = "  "
_UNITS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "m"))
_NARROWEST = 20
_SECONDS_OF_A_CALL = timedelta(seconds=90)
"""A day that began so long ago is a day, and not 24 hours."""


@dataclass(frozen=True)
class Inventory:
    """The caches of a region.

    Attributes:
        connection: Region and endpoint.
        listed: All caches.
        shown: The selected caches.
        quota: The quota; None if unknown.
        owned: The caches of states; None if no state was given.
    """

    connection: Connection
    listed: Sequence[Listed]
    shown: Sequence[Listed]
    quota: Quota | None = None
    owned: Sequence[Owner] | None = None

    @property
    def gone(self) -> list[Owner]:
        """Resources with a cache in state that is not in the region."""
        ids = (one.seen.image_cache_id for one in self.listed)
        return gone(self.owned or (), ids, self.connection.region)

    def owners(self) -> Mapping[str, list[Owner]]:
        """Return the resources of each cache, by its id."""
        found: dict[str, list[Owner]] = {}
        for each in self.owned or ():
            found.setdefault(each.cache_id, []).append(each)
        return found


def selected(
    listed: Sequence[Listed],
    now: datetime,
    unused_for: timedelta | None,
    expiring_in: timedelta | None,
) -> list[Listed]:
    """Return the caches that match all filters.

    Args:
        listed: The caches.
        now: The current time.
        unused_for: No pod matched the cache for that long, or since its creation; None for any.
        expiring_in: The cache expires within that time; None for any.
    """

    def is_selected(one: Listed) -> bool:
        used = one.last_matched or one.created
        if unused_for is not None and (used is None or now - used < unused_for):
            return False
        return expiring_in is None or (one.expires is not None and one.expires - now <= expiring_in)

    return [one for one in listed if is_selected(one)]


def table(inventory: Inventory, now: datetime, width: int | None) -> Iterator[str]:
    """Yield the lines of a table. With states, add a column of stacks, and rows for gone caches.

    Args:
        inventory: The caches.
        now: The current time.
        width: Columns of the terminal, for cutting lists of images; None cuts nothing.
    """
    listed, owners = inventory.shown, inventory.owners()
    head = _HEAD if inventory.owned is None else (*_HEAD, "STACK")
    rows = [head, *(_row(one, now) for one in listed)]
    if inventory.owned is not None:
        rows[1:] = [
            (*row, _stacks(owners.get(one.seen.image_cache_id, [])))
            for row, one in zip(rows[1:], listed, strict=True)
        ]
    missing = [
        (printable(each.resource), printable(each.cache_id), "gone", *"----", _stacks([each]))
        for each in inventory.gone
    ]
    widths = [max(len(row[column]) for row in [*rows, *missing]) for column in range(len(head))]
    left = len(_GAP) * len(widths) + sum(widths)
    room = None if width is None else max(_NARROWEST, width - left)
    last = ["IMAGES", *(_fitting(one.seen.images or (), room) for one in listed)]
    for row, images in zip([*rows, *missing], [*last, *[""] * len(missing)], strict=True):
        cells = [cell.ljust(wide) for cell, wide in zip(row, widths, strict=True)]
        yield _GAP.join([*cells, images]).rstrip()


def quota_line(quota: Quota, listed: Sequence[Listed]) -> str:
    """Describe the usage of the quota, and the number of caches that may be evicted."""
    lru = sum(one.seen.elimination_strategy == _LRU for one in listed)
    automatic = f"; automatic ones: {_of(quota.used_automatic, quota.most_automatic)}"
    return (
        f"quota: {_of(quota.used, quota.most)} image caches, {lru} of them LRU "
        f"(evicted when the quota is reached){automatic}"
    )


def as_json(inventory: Inventory) -> str:
    """Return the caches as one JSON object; times in UTC, sizes in GiB, null for absent values.

    docs/schemas/list.json is the schema.
    """
    owners = inventory.owners()
    quota = inventory.quota and {
        "max": inventory.quota.most,
        "used": inventory.quota.used,
        "lru": sum(one.seen.elimination_strategy == _LRU for one in inventory.listed),
        "max_automatic": inventory.quota.most_automatic,
        "used_automatic": inventory.quota.used_automatic,
    }
    has_states = inventory.owned is not None
    found = {
        "region": inventory.connection.region,
        "endpoint": inventory.connection.endpoint,
        "quota": quota,
        "caches": [
            {
                **_record(one),
                "stacks": list(map(_owned, owners.get(one.seen.image_cache_id, [])))
                if has_states
                else None,
            }
            for one in inventory.shown
        ],
        "gone": [{"id": each.cache_id, **_owned(each)} for each in inventory.gone]
        if has_states
        else None,
    }
    return json.dumps(found, indent=2, ensure_ascii=False)


def _of(used: int | None, most: int | None) -> str:
    return f"{'?' if used is None else used} of {'?' if most is None else most}"


def _stacks(owners: Sequence[Owner]) -> str:
    return ", ".join(dict.fromkeys(printable(each.stack) for each in owners)) or "-"


def _owned(owner: Owner) -> dict[str, str]:
    return {"stack": owner.stack, "resource": owner.resource, "urn": owner.urn}


def _row(one: Listed, now: datetime) -> tuple[str, ...]:
    seen = one.seen
    progress = "" if seen.status == READY or not seen.progress else f" {seen.progress}"
    size = "-" if seen.image_cache_size is None else f"{seen.image_cache_size}G"
    return (
        printable(seen.image_cache_name or "-"),
        seen.image_cache_id,
        seen.status + progress,
        _span(now, one.created, "-"),
        _span(one.expires, now, "never", rounded=True),
        _span(now, one.last_matched, "never"),
        size,
    )


def _span(
    later: datetime | None, earlier: datetime | None, absent: str, *, rounded: bool = False
) -> str:
    """Format a duration in one unit, as `3d`; a negative duration is `0m`.

    An age is rounded down. A remaining time is rounded to the nearest unit: a new cache with seven
    days of retention has `7d`.
    """
    if later is None or earlier is None:
        return absent
    span = later - earlier
    slack = _SECONDS_OF_A_CALL if rounded else timedelta()
    for unit, sign in _UNITS:
        if span + slack >= unit:
            return f"{(span + (unit / 2 if rounded else slack)) // unit}{sign}"
    return "0m"


def _fitting(images: Sequence[str], room: int | None) -> str:
    """List as many *images* as fit into *room* columns, and the number of the others."""
    whole = ", ".join(images)
    if room is None or len(whole) <= room:
        return whole
    for count in range(len(images) - 1, 0, -1):
        text = f"{', '.join(images[:count])} +{len(images) - count}"
        if len(text) <= room:
            return text
    more = f" +{len(images) - 1}" if len(images) > 1 else ""
    keep = room - len(more) - 1
    # The end of a name distinguishes images; the beginning is the registry.
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
