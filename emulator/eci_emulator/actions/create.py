"""CreateImageCache."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eci_emulator.actions.builds import start_build
from eci_emulator.actions.context import new_id
from eci_emulator.actions.fields import read_common, read_create_only, read_images, read_name
from eci_emulator.errors import duplicated_name, missing_parameter, quota_exceeded
from eci_emulator.model import Build, Cache

if TYPE_CHECKING:
    from eci_emulator.actions.context import Context
    from eci_emulator.wire import Params

NOT_STARTED = Build(kind="create", started=0.0, seconds=0.0, snapshot_id="")


def create_image_cache(context: Context, params: Params) -> dict[str, Any]:
    """CreateImageCache: start to build a cache of some images."""
    name = read_name(params, context.switches)
    if not name:
        raise missing_parameter("ImageCacheName")
    images = read_images(params)
    if not images:
        raise missing_parameter("Image.1")
    given = read_common(params) | read_create_only(params)
    if context.switches.names == "unique" and context.store.count(context.region, name=name):
        raise duplicated_name(name)
    _make_room(context)
    wanted = Cache(
        id=new_id("imc"),
        region=context.region,
        name=name,
        created=context.now,
        retention_from=context.now,
        build=NOT_STARTED,
        container_group_id=new_id("eci"),
        images=images,
        **given,
    )
    cache = replace(wanted, build=start_build(context, wanted, "create"))
    context.store.put(cache)
    return {"ImageCacheId": cache.id, "ContainerGroupId": cache.container_group_id}


def _make_room(context: Context) -> None:
    quota = context.settings.quota
    surplus = context.store.count(context.region) + 1 - quota
    if surplus <= 0:
        return
    if context.switches.quota == "evict_lru":
        for cache in _evictable(context)[:surplus]:
            context.store.delete(cache.id)
            surplus -= 1
    if surplus > 0:
        raise quota_exceeded("ImageCache")


def _evictable(context: Context) -> list[Cache]:
    marked = [
        cache
        for _, cache in context.store.scan(context.region)
        if cache.elimination_strategy == "LRU"
    ]
    return sorted(marked, key=lambda cache: cache.last_matched or cache.created)
