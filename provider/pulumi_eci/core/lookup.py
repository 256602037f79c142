"""Looks up caches that programs need not declare: one by its id, or all that filters select."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from pulumi_eci.api.errors import EciError, GoneError
from pulumi_eci.core.caches import READ_TIMEOUT, ImageCaches
from pulumi_eci.core.call import Call
from pulumi_eci.model.fields import OWN_TAGS
from pulumi_eci.model.reference import canonical
from pulumi_eci.model.spec import ImageCacheSpec
from pulumi_eci.model.state import Observation
from pulumi_eci.operations.messages import ENDLESS_LIST, not_importable

FILTERS = ("name", "image", "tags", "status", "match", "region")
_MOST_PAGES = 10_000


@dataclass(frozen=True)
class Filters:
    """Selects caches. An empty filter selects every cache.

    Args:
        name: Name of the cache; `*` stands for any characters.
        image: An image that the cache holds, by any of its names.
        status: Status of the cache, such as `Ready`.
        tags: Tags that the cache bears; an empty value stands for any.
        match: Images of a pod: caches that hold any of them, those with the most first.
        region: The region; by default the stack's.
    """

    name: str = ""
    image: str = ""
    status: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    match: tuple[str, ...] = ()
    region: str = ""

    def matches(self, seen: Observation) -> bool:
        """Whether the filters select a cache."""
        images = set(map(canonical, seen.images or ()))
        return (
            fnmatchcase(seen.image_cache_name or "", self.name or "*")
            and (not self.image or canonical(self.image) in images)
            and self.status in ("", seen.status)
            and all(
                key in seen.tags and tag in ("", seen.tags[key]) for key, tag in self.tags.items()
            )
            and (not self.match or bool(images.intersection(map(canonical, self.match))))
        )

    def rank(self, seen: Observation) -> tuple[int, str, str]:
        """Return the sort key of a cache: most images of `match` first, then by name."""
        held = set(map(canonical, seen.images or ())).intersection(map(canonical, self.match))
        return (-len(held), seen.image_cache_name or "", seen.image_cache_id)


def read_filters(args: Mapping[str, Any]) -> Filters:
    """Read the arguments of a function or a list.

    Raises:
        EciError: Arguments are not valid; the message names all of them.
    """
    problems = [f"{name}: unknown argument" for name in args if name not in FILTERS]
    given = {name: args[name] for name in FILTERS if args.get(name) is not None}
    problems += [
        f"{name}: must be a string"
        for name in ("name", "image", "status", "region")
        if not isinstance(given.get(name, ""), str)
    ]
    match, tags = given.get("match", []), given.get("tags", {})
    if not isinstance(match, list) or not all(isinstance(image, str) for image in match):
        problems.append("match: must be a list of image names")
    if not isinstance(tags, Mapping) or not all(isinstance(tag, str) for tag in tags.values()):
        problems.append("tags: must be a map from tag keys to tag values")
    if problems:
        raise EciError("; ".join(problems))
    return Filters(**{**given, "match": tuple(match), "tags": tags})


def look_up(caches: ImageCaches, call: Call, args: Mapping[str, Any]) -> dict[str, Any]:
    """Describe one cache.

    Args:
        caches: The caches of this run.
        call: The call.
        args: The cache's `id`, `imc-…` or `<region>/imc-…`, and perhaps its `region`.

    Raises:
        EciError: The arguments are not valid, or there is no such cache.
    """
    cache_id, region = args.get("id"), args.get("region") or ""
    if not isinstance(cache_id, str) or not cache_id or not isinstance(region, str):
        raise EciError(
            "id: required: the id of an image cache, imc-…; `region` may name its region"
        )
    prefix, _, cache_id = cache_id.rpartition("/")
    lifecycle, where = caches.find_lifecycle(call, ImageCacheSpec(region=prefix or region))
    seen = lifecycle.read(cache_id, call.timeout or READ_TIMEOUT, call.log)
    if seen is None:
        raise GoneError(not_importable(cache_id, where))
    return describe(seen, where)


def find(caches: ImageCaches, call: Call, filters: Filters) -> list[dict[str, Any]]:
    """Describe all caches that *filters* select, ordered by `Filters.rank`."""
    found, token = list[Observation](), ""
    for _ in range(_MOST_PAGES):
        page, following, where = find_page(caches, call, filters, token)
        found.extend(page)
        if not following or following == token:
            return [describe(seen, where) for seen in sorted(found, key=filters.rank)]
        token = following
    raise EciError(ENDLESS_LIST)


def find_page(
    caches: ImageCaches, call: Call, filters: Filters, token: str
) -> tuple[list[Observation], str, str]:
    """Return the caches that *filters* select on one page of the service's list, the token of the
    next page ("" at the end), and the region.
    """
    lifecycle, where = caches.find_lifecycle(call, ImageCacheSpec(region=filters.region))
    page = lifecycle.list_page(token, call.timeout or READ_TIMEOUT, call.log)
    return [seen for seen in page.caches if filters.matches(seen)], page.next_token, where


def describe(seen: Observation, region: str) -> dict[str, Any]:
    """Return what the service shows of a cache, with the names of the resource's outputs."""
    shown = {
        "id": seen.image_cache_id,
        "region": region,
        "status": seen.status,
        "imageCacheName": seen.image_cache_name or "",
        "images": list(seen.images or ()),
        "imageCacheSize": seen.image_cache_size,
        "snapshotId": seen.snapshot_id,
        "containerGroupId": seen.container_group_id,
        "resourceGroupId": seen.resource_group_id,
        "eliminationStrategy": seen.elimination_strategy,
        "tags": {key: tag for key, tag in seen.tags.items() if key not in OWN_TAGS},
    }
    return {name: value for name, value in shown.items() if value is not None}
