"""TagResources, UntagResources and ListTagResources, and the rules for tags."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eci_emulator.actions.paging import read_limit, read_place, write_place
from eci_emulator.errors import (
    invalid_parameter,
    length_exceeded,
    missing_parameter,
    not_found,
    too_many_tags,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eci_emulator.actions.context import Context
    from eci_emulator.model import Cache
    from eci_emulator.wire import Params

MAX_TAGS = 20
MAX_TAG_LENGTH = 128
MAX_RESOURCES = 50
RESOURCE_TYPES = ("ImageCache", "ContainerGroup", "DataCache", "VirtualNode")


def read_tags(params: Params) -> dict[str, str] | None:
    """Read Tag.N.Key and Tag.N.Value, or return None if no tag was sent."""
    tags: dict[str, str] = {}
    structs = params.structs("Tag", most=1000)
    if len(structs) > MAX_TAGS:
        raise too_many_tags(MAX_TAGS)
    for tag in structs:
        key = tag.required("Key", limit=MAX_TAG_LENGTH)
        if key in tags:
            raise invalid_parameter("Tag", f"the key {key!r} is specified more than once")
        tags[key] = tag.text("Value", limit=MAX_TAG_LENGTH) or ""
    for text in (*tags.keys(), *tags.values()):
        _refuse_reserved(text)
    return tags or None


def merge_tags(old: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    """Add tags to those of a resource, within the limit."""
    merged = {**old, **new}
    if len(merged) > MAX_TAGS:
        raise too_many_tags(MAX_TAGS)
    return merged


def tag_resources(context: Context, params: Params) -> dict[str, Any]:
    """TagResources: add or change tags of several resources."""
    tags = read_tags(params)
    caches = _resources(context, params)
    if tags is None:
        raise missing_parameter("Tag.1.Key")
    for cache in caches:
        context.store.put(replace(cache, tags=merge_tags(cache.tags, tags)))
    return {}


def untag_resources(context: Context, params: Params) -> dict[str, Any]:
    """UntagResources: remove some tags, or all, of several resources."""
    keys = params.texts("TagKey", most=MAX_TAGS, limit=MAX_TAG_LENGTH)
    remove_all = bool(params.boolean("All")) and not keys
    caches = _resources(context, params)
    if not keys and not remove_all:
        raise missing_parameter("TagKey.1")
    for cache in caches:
        kept = {key: value for key, value in cache.tags.items() if key not in keys}
        context.store.put(replace(cache, tags={} if remove_all else kept))
    return {}


def list_tag_resources(context: Context, params: Params) -> dict[str, Any]:
    """ListTagResources: the tags of resources, by ID or by tag."""
    resource_type = _resource_type(params)
    ids = set(params.texts("ResourceId", most=MAX_RESOURCES))
    wanted = read_filter(params)
    limit = read_limit(params, context)
    place = read_place(params)
    caches = context.store.scan(context.region) if resource_type == "ImageCache" else ()
    entries = [
        entry
        for _, cache in caches
        if (not ids or cache.id in ids) and matches(cache.tags, wanted)
        for entry in _entries(cache)
    ]
    page = entries[place : place + limit]
    more = place + limit < len(entries)
    return {
        "TagResources": page,
        **write_place(place + limit if more else None, context.switches),
    }


def read_filter(params: Params) -> dict[str, str | None]:
    """Read Tag.N as a filter: a key without a value matches any value."""
    tags = params.structs("Tag", most=MAX_TAGS)
    return {
        tag.required("Key", limit=MAX_TAG_LENGTH): tag.text("Value", limit=MAX_TAG_LENGTH)
        for tag in tags
    }


def matches(tags: dict[str, str], wanted: dict[str, str | None]) -> bool:
    """Tell whether a resource's tags satisfy a filter."""
    return all(key in tags and value in {None, tags[key]} for key, value in wanted.items())


def _entries(cache: Cache) -> Iterator[dict[str, str]]:
    for key, value in sorted(cache.tags.items()):
        yield {
            "ResourceId": cache.id,
            "ResourceType": "ImageCache",
            "TagKey": key,
            "TagValue": value,
        }


def _resource_type(params: Params) -> str:
    resource_type = params.required("ResourceType")
    if resource_type not in RESOURCE_TYPES:
        raise invalid_parameter("ResourceType", f"it is not one of {', '.join(RESOURCE_TYPES)}")
    return resource_type


def _resources(context: Context, params: Params) -> list[Cache]:
    resource_type = _resource_type(params)
    ids = params.texts("ResourceId", most=MAX_RESOURCES)
    if not ids:
        raise missing_parameter("ResourceId.1")
    if resource_type != "ImageCache":  # nothing of the other types exists here
        raise not_found("ResourceId", ids[0])
    caches = []
    for cache_id in dict.fromkeys(ids):
        cache = context.find(cache_id)
        if cache is None:
            raise not_found("ResourceId", cache_id)
        caches.append(cache)
    return caches


def _refuse_reserved(text: str) -> None:
    if len(text) > MAX_TAG_LENGTH:
        raise length_exceeded("Tag", MAX_TAG_LENGTH)
    if text.startswith(("aliyun", "acs:")):
        raise invalid_parameter("Tag", "a key or value starts with aliyun or acs:")
    if "http://" in text or "https://" in text:
        raise invalid_parameter("Tag", "a key or value contains http:// or https://")
