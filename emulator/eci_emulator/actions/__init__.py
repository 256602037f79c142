"""The operations of the API, one function each, without HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eci_emulator.actions.account import describe_regions, list_usage
from eci_emulator.actions.create import create_image_cache
from eci_emulator.actions.delete import delete_image_cache
from eci_emulator.actions.describe import describe_image_caches
from eci_emulator.actions.tagging import list_tag_resources, tag_resources, untag_resources
from eci_emulator.actions.update import update_image_cache

if TYPE_CHECKING:
    from collections.abc import Callable

    from eci_emulator.actions.context import Context
    from eci_emulator.wire import Params


@dataclass(frozen=True)
class Action:
    """An operation.

    Attributes:
        run: The function.
        writes: Whether the operation changes data.
        idempotent: Whether the operation supports ClientToken.
        needs_region: Whether RegionId is required.
    """

    run: Callable[[Context, Params], dict[str, Any]]
    writes: bool = False
    idempotent: bool = False
    needs_region: bool = True


ACTIONS = {
    "CreateImageCache": Action(create_image_cache, writes=True, idempotent=True),
    "UpdateImageCache": Action(update_image_cache, writes=True, idempotent=True),
    "DescribeImageCaches": Action(describe_image_caches),
    "DeleteImageCache": Action(delete_image_cache, writes=True, idempotent=True),
    "TagResources": Action(tag_resources, writes=True),
    "UntagResources": Action(untag_resources, writes=True, idempotent=True),
    "ListTagResources": Action(list_tag_resources),
    "ListUsage": Action(list_usage),
    "DescribeRegions": Action(describe_regions, needs_region=False),
}
