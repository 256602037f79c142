"""DeleteImageCache."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eci_emulator.errors import incorrect_status, not_found
from eci_emulator.lifecycle import status_at

if TYPE_CHECKING:
    from eci_emulator.actions.context import Context
    from eci_emulator.wire import Params

BUILDING = ("Preparing", "Creating", "Updating")


def delete_image_cache(context: Context, params: Params) -> dict[str, Any]:
    """DeleteImageCache: delete a cache and its snapshot."""
    cache_id = params.required("ImageCacheId")
    cache = context.find(cache_id)
    if cache is None:
        if context.switches.delete_unknown == "not_found":
            raise not_found("ImageCacheId", cache_id)
        return {}
    status = status_at(cache, context.now)
    if status in BUILDING and context.switches.delete_in_progress == "refuse":
        raise incorrect_status("IncorrectStatus", cache_id, status)
    if context.switches.delete_removal == "synchronous":
        context.store.delete(cache_id)
    elif cache.deleted_at is None:
        gone = context.now + context.settings.delete_seconds
        context.store.put(replace(cache, deleted_at=gone))
    return {}
