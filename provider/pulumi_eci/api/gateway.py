"""`Gateway`, the protocol of the ECI API's image cache operations, and the decoding of replies.

Every method raises `ApiError` for an answer with an error code, and `TransportError` if no usable
answer arrives. Replies are not trusted: a value of a wrong type counts as absent, and text is made
printable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pulumi_eci.api.codes import Reaction
from pulumi_eci.api.errors import ApiError
from pulumi_eci.model.request import Parameters
from pulumi_eci.model.state import Event, Observation
from pulumi_eci.model.text import printable, storable

T = TypeVar("T")

_EVENTS = 50  # the service keeps as many
_MOST_GIB = 2**31 - 1  # the wire type is int32


@dataclass(frozen=True)
class Page:
    """One page of DescribeImageCaches; an empty *next_token* ends the list."""

    caches: tuple[Observation, ...]
    next_token: str = ""


class Gateway(Protocol):
    """The image cache operations of one account and region."""

    def create(self, parameters: Parameters, client_token: str) -> str:
        """Call CreateImageCache and return the new id, `imc-…`."""

    def update(self, cache_id: str, parameters: Parameters, client_token: str) -> None:
        """Call UpdateImageCache."""

    def describe(self, cache_id: str) -> Observation | None:
        """Call DescribeImageCaches for one id; None if the cache does not exist."""

    def list_page(self, next_token: str = "", tag_key: str = "") -> Page:
        """Call DescribeImageCaches for one page of the region's caches.

        Args:
            next_token: The token of the page, from the page before; "" is the first page.
            tag_key: If set, list only caches that have a tag with this key.
        """

    def delete(self, cache_id: str, client_token: str) -> None:
        """Call DeleteImageCache."""

    def tag(self, cache_id: str, tags: Mapping[str, str]) -> None:
        """Call TagResources."""

    def untag(self, cache_ids: Sequence[str], keys: Sequence[str]) -> None:
        """Call UntagResources, for up to 50 caches."""

    def redact(self, passwords: Sequence[str]) -> None:
        """Remove *passwords* from all later messages of the service.

        The passwords of this object's own creations and updates are removed anyway.
        """


def none_if_gone(describe: Callable[[], T | None]) -> T | None:
    """Return the result of *describe*, or None if it raises an error about an unknown cache.

    No document says whether the service answers with an error or with an empty list.
    """
    try:
        return describe()
    except ApiError as error:
        if error.reaction is not Reaction.GONE:
            raise
        return None


def observe(
    entry: Mapping[str, Any], clean: Callable[[str], str] = lambda text: text
) -> Observation:
    """Decode one entry of `ImageCaches[]` in the reply of DescribeImageCaches.

    Args:
        entry: The entry, by wire names; values may have any type.
        clean: Removes secrets from the messages of events.
    """
    images = entry.get("Images")
    size = entry.get("ImageCacheSize")
    return Observation(
        image_cache_id=_text(entry, "ImageCacheId"),
        status=printable(_string(entry, "Status")),
        progress=printable(_string(entry, "Progress")),
        snapshot_id=printable(_string(entry, "SnapshotId")),
        container_group_id=printable(_string(entry, "ContainerGroupId")),
        image_cache_name=_optional(entry, "ImageCacheName"),
        images=_strings(images) if isinstance(images, list) else None,
        image_cache_size=size if type(size) is int and 0 <= size <= _MOST_GIB else None,
        resource_group_id=_optional(entry, "ResourceGroupId"),
        elimination_strategy=_text(entry, "EliminationStrategy"),
        tags={_text(tag, "Key"): _text(tag, "Value") for tag in _maps(entry.get("Tags"))},
        events=tuple(_event(event, clean) for event in _maps(entry.get("Events"))[-_EVENTS:]),
    )


def _event(entry: Mapping[str, Any], clean: Callable[[str], str]) -> Event:
    return Event(
        type=printable(_string(entry, "Type")),
        reason=printable(_string(entry, "Reason")),
        # Cleaned before the text is cut: a part of a secret would not be recognized.
        message=printable(clean(_string(entry, "Message"))),
        last_timestamp=printable(_string(entry, "LastTimestamp")),
    )


def _text(entry: Mapping[str, Any], name: str) -> str:
    return storable(_string(entry, name))


def _string(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""


def _optional(entry: Mapping[str, Any], name: str) -> str | None:
    return _text(entry, name) if isinstance(entry.get(name), str) else None


def _strings(items: Sequence[Any]) -> tuple[str, ...]:
    return tuple(storable(item) for item in items if isinstance(item, str))


def _maps(items: object) -> list[Mapping[str, Any]]:
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []
