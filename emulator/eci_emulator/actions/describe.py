"""DescribeImageCaches."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from eci_emulator.actions.paging import read_limit, read_place, write_place
from eci_emulator.actions.tagging import matches, read_filter
from eci_emulator.clock import timestamp
from eci_emulator.errors import not_found
from eci_emulator.images import shown
from eci_emulator.lifecycle import event_name, observe

if TYPE_CHECKING:
    from collections.abc import Callable

    from eci_emulator.actions.context import Context
    from eci_emulator.lifecycle import Observation
    from eci_emulator.model import Cache, Event
    from eci_emulator.wire import Params

MAX_MATCH_IMAGES = 100


def describe_image_caches(context: Context, params: Params) -> dict[str, Any]:
    """DescribeImageCaches: list caches, oldest first, page by page."""
    limit = read_limit(params, context)
    place = read_place(params)
    name = params.text("ImageCacheName") or None
    wanted = _filters(context, params)
    cache_id = params.text("ImageCacheId")
    if cache_id:
        return _one(context, cache_id, [*wanted, lambda cache: name in {None, cache.name}])
    if wanted:
        found = [
            (seq, cache)
            for seq, cache in context.store.scan(context.region, name=name)
            if all(accepts(cache) for accepts in wanted)
        ]
        total = len(found)
        found = [(seq, cache) for seq, cache in found if seq > place][: limit + 1]
    else:  # the database does the work in the common case
        scan = context.store.scan(context.region, name=name, after=place, most=limit + 1)
        found = list(scan)
        total = context.store.count(context.region, name=name)
    last = found[limit - 1][0] if len(found) > limit else None
    return _response(context, [cache for _, cache in found[:limit]], total, last)


def _one(context: Context, cache_id: str, wanted: list[Callable[[Cache], bool]]) -> dict[str, Any]:
    cache = context.find(cache_id)
    if cache is None and context.switches.describe_unknown == "not_found":
        raise not_found("ImageCacheId", cache_id)
    if cache is None or not all(accepts(cache) for accepts in wanted):
        return _response(context, [], 0, None)
    return _response(context, [cache], 1, None)


def _response(
    context: Context, caches: list[Cache], total: int, last: int | None
) -> dict[str, Any]:
    return {
        "ImageCaches": [show(cache, context) for cache in caches],
        "TotalCount": total,
        **write_place(last, context.switches),
    }


def _filters(context: Context, params: Params) -> list[Callable[[Cache], bool]]:
    filters: list[Callable[[Cache], bool]] = []
    if image := params.text("Image"):
        filters.append(_image_match(context, [image]))
    if group := params.text("ResourceGroupId"):
        filters.append(lambda cache: cache.resource_group_id == group)
    if snapshot := params.text("SnapshotId"):
        filters.append(lambda cache: _has_snapshot(cache, snapshot, context.now))
    if tags := read_filter(params):
        filters.append(lambda cache: matches(cache.tags, tags))
    images = params.texts("MatchImage", most=MAX_MATCH_IMAGES)
    full = params.boolean("ImageFullMatch")
    count = params.integer("ImageMatchCountRequest", 0, MAX_MATCH_IMAGES)
    if images:
        filters.append(_image_match(context, images, None if full else count or 1))
    return filters


def _has_snapshot(cache: Cache, snapshot: str, now: float) -> bool:
    seen = observe(cache, now)
    return snapshot in {seen.snapshot_id, seen.flash_snapshot_id}


def _image_match(
    context: Context, images: list[str], count: int | None = None
) -> Callable[[Cache], bool]:
    """Return a filter for caches that have all of *images*, or at least *count* of them."""
    wanted = set(shown(tuple(images), context.switches))
    least = len(wanted) if count is None else count
    return lambda cache: len(wanted.intersection(shown(cache.images, context.switches))) >= least


def show(cache: Cache, context: Context) -> dict[str, Any]:
    """Return a cache as the service shows it; absent values are left out."""
    seen = observe(cache, context.now)
    fields = {
        "ImageCacheId": cache.id,
        "ImageCacheName": cache.name,
        "RegionId": cache.region,
        "ResourceGroupId": cache.resource_group_id or None,
        "ContainerGroupId": cache.container_group_id,
        "Status": seen.status,
        "Progress": seen.progress,
        "Images": list(shown(cache.images, context.switches)),
        "ImageCacheSize": cache.size,
        "SnapshotId": seen.snapshot_id,
        "FlashSnapshotId": seen.flash_snapshot_id,
        "CreationTime": timestamp(cache.created),
        "ExpireDateTime": _time(seen.expires),
        "LastMatchedTime": _time(cache.last_matched),
        "EliminationStrategy": cache.elimination_strategy or None,
        "Tags": [{"Key": key, "Value": value} for key, value in cache.tags.items()],
        "Events": _events(cache, seen),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _events(cache: Cache, seen: Observation) -> list[dict[str, Any]]:
    return [dict(_event(cache.id, cache.name, event)) for event in seen.events]


@lru_cache(maxsize=16_384)  # past events never change
def _event(cache_id: str, cache_name: str, event: Event) -> dict[str, Any]:
    return {
        "Name": event_name(cache_id, cache_name, event),
        "Count": 1,
        "Type": event.type,
        "Reason": event.reason,
        "Message": event.message,
        "FirstTimestamp": timestamp(event.time),
        "LastTimestamp": timestamp(event.time),
    }


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else timestamp(seconds)
