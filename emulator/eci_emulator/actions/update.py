"""UpdateImageCache.

With images the cache is rebuilt in place: same ID, new snapshot. Without images only metadata
changes.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from eci_emulator.actions.builds import start_build
from eci_emulator.actions.fields import Given, read_common, read_images, read_name
from eci_emulator.actions.tagging import merge_tags
from eci_emulator.errors import (
    duplicated_name,
    incorrect_status,
    invalid_parameter,
    no_need_update,
)
from eci_emulator.images import shown
from eci_emulator.lifecycle import observe
from eci_emulator.model import AcrRegistry, Build, Cache

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eci_emulator.actions.context import Context
    from eci_emulator.lifecycle import Observation
    from eci_emulator.switches import Switches
    from eci_emulator.wire import Params

UPDATABLE = ("Ready", "UpdateFailed")

# The values of omitted parameters with `update_omitted=reset`. An update without images changes
# only metadata, so images are kept.
_RESETTABLE = (
    "acr_registries",
    "auto_match_image_cache",
    "credentials",
    "eip_instance_id",
    "elimination_strategy",
    "flash",
    "flash_copy_count",
    "retention_days",
    "standard_copy_count",
)
_DEFAULTS: Given = {
    each.name: each.default if each.name not in {"acr_registries", "credentials"} else ()
    for each in fields(Cache)
    if each.name in _RESETTABLE
}


def update_image_cache(context: Context, params: Params) -> dict[str, Any]:
    """UpdateImageCache: change metadata, or rebuild in place."""
    cache_id = params.required("ImageCacheId")
    for parameter in _required(context.switches):
        params.required(parameter)
    name = read_name(params, context.switches)
    images = read_images(params)
    given = read_common(params)
    cache = context.fetch(cache_id)
    seen = observe(cache, context.now)
    _refuse_wrong_status(context, cache, seen)
    wanted = _wanted(context, cache, given, name, images)
    if images:
        updated = _rebuild(context, cache, wanted, seen)
    else:
        updated = _change_metadata(context, cache, wanted, seen)
    context.store.put(updated)
    return {}


def _required(switches: Switches) -> Iterator[str]:
    """Yield the parameters that any version of the reference calls required."""
    if switches.update_name == "required":
        yield "ImageCacheName"
    if switches.update_network == "required":
        yield from ("SecurityGroupId", "VSwitchId")


def _refuse_wrong_status(context: Context, cache: Cache, seen: Observation) -> None:
    code = context.switches.update_wrong_status
    if cache.deleted_at is not None:
        raise incorrect_status(code, cache.id, "Deleting")
    if seen.status not in UPDATABLE:
        raise incorrect_status(code, cache.id, seen.status)


def _wanted(
    context: Context, cache: Cache, given: Given, name: str | None, images: tuple[str, ...]
) -> Cache:
    switches = context.switches
    _refuse_several_vswitches(context, given)
    if name and name != cache.name:
        _refuse_taken_name(context, name)
    if "size" in given and not images and given["size"] != cache.size:
        if switches.update_size_alone == "refuse":
            raise invalid_parameter("ImageCacheSize", "it cannot change without the image list")
        if switches.update_size_alone == "ignore":
            given = {key: value for key, value in given.items() if key != "size"}
    if switches.update_omitted == "reset":
        given = {**_DEFAULTS, **given}
    if "acr_registries" in given:
        given = {**given, "acr_registries": _keep_roles(cache, given["acr_registries"])}
    if "tags" in given and switches.update_tags == "merge":
        given = {**given, "tags": merge_tags(cache.tags, given["tags"])}
    if given.get("retention_days") and switches.retention_counts_from == "update":
        given = {**given, "retention_from": context.now}
    if shown(images, switches) in {(), shown(cache.images, switches)}:
        images = cache.images
    return replace(cache, **given, name=name or cache.name, images=images)


def _keep_roles(cache: Cache, given: tuple[AcrRegistry, ...]) -> tuple[AcrRegistry, ...]:
    """Keep ArnService and ArnUser of the creation: an update has no such parameters."""
    created = {each.instance_id: each for each in cache.acr_registries}
    kept = [created.get(each.instance_id, AcrRegistry(each.instance_id)) for each in given]
    return tuple(
        replace(each, arn_service=old.arn_service, arn_user=old.arn_user)
        for each, old in zip(given, kept, strict=True)
    )


def _refuse_several_vswitches(context: Context, given: Given) -> None:
    if context.switches.update_vswitches == "one" and "," in given.get("vswitch_id", ""):
        raise invalid_parameter("VSwitchId", "an update takes a single vSwitch")


def _refuse_taken_name(context: Context, name: str) -> None:
    if context.switches.names == "unique" and context.store.count(context.region, name=name):
        raise duplicated_name(name)


def _rebuild(context: Context, cache: Cache, wanted: Cache, seen: Observation) -> Cache:
    switches = context.switches
    unchanged = wanted == replace(cache, retention_from=wanted.retention_from)
    # A cache whose last rebuild failed always has something to update.
    if unchanged and switches.update_same_images == "no_need_update" and seen.status == "Ready":
        raise no_need_update()
    keep = seen.snapshot_id if switches.update_with_image == "same_snapshot" else None
    return _begin(wanted, seen, start_build(context, wanted, "update", keep))


def _change_metadata(context: Context, cache: Cache, wanted: Cache, seen: Observation) -> Cache:
    switches = context.switches
    if wanted == cache:
        if switches.update_unchanged == "no_need_update":
            raise no_need_update()
        return cache
    if switches.update_without_image == "updating" and seen.status == "Ready":
        snapshot_id = seen.snapshot_id or cache.build.snapshot_id
        seconds = context.settings.build_seconds
        return _begin(wanted, seen, Build("update", context.now, seconds, snapshot_id))
    return wanted


def _begin(wanted: Cache, seen: Observation, build: Build) -> Cache:
    return replace(
        wanted,
        build=build,
        snapshot_id=seen.snapshot_id,
        events=seen.events,
        pinned_status=None,
    )
