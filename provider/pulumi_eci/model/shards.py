"""Distributes the images of a fleet to its caches: at most 20 to a cache, with few changes.

A function of the images alone cannot both fill all caches and limit a change to one cache. If each
image's cache depended on that image only, a cache might get more than 20. So the last layout is an
argument.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pulumi_eci.model.fields import MAX_IMAGES
from pulumi_eci.model.images import distinct, identity, in_order_of, spelled_like

Shards = list[list[str]]
"""The images of each cache. The index in the list identifies the cache."""


def fewest_caches(images: int) -> int:
    """Return the smallest number of caches for *images* images."""
    return max(1, -(-images // MAX_IMAGES))


def spread(images: Iterable[str], caches: int) -> Shards:
    """Return the first layout of *images*.

    Images with neighbouring names stay together: they often run in one pod, and a pod uses one
    cache. If *caches* is the smallest possible number, the caches are filled one after the other,
    so that the last cache is soon empty when images are removed. Otherwise all are filled evenly.
    This function accepts any number of images; `rearrange` refuses, where the engine can report it.
    """
    ordered = distinct(images)
    each = MAX_IMAGES if caches <= fewest_caches(len(ordered)) else len(ordered) / caches
    bounds = [min(round(each * number), len(ordered)) for number in range(caches)]
    return [ordered[start:end] for start, end in pairwise([*bounds, len(ordered)])]


def rearrange(before: Sequence[Collection[str]], wanted: Sequence[Collection[str]]) -> Shards:
    """Return the layout *before*, changed to the images and the number of caches of *wanted*.

    Images keep their cache, order and spelling. An added or removed image changes one cache, and so
    does an image that replaces another. A new cache takes images that have no cache yet, so growth
    changes no other cache. If there are fewer caches than before, the images of the last caches
    fill the gaps of the others.

    Args:
        before: The present images of each cache; empty for a new fleet.
        wanted: The images of each cache in a first layout. Only their union and number count.

    Returns:
        The layout, every cache with 1 to 20 images.

    Raises:
        ValueError: There are more or fewer images than the caches can hold; the text says what to
            do.
    """
    images = distinct(image for shard in wanted for image in shard)
    images = spelled_like((image for shard in before for image in shard), images)
    _fits(len(images), len(wanted))
    if not any(before):
        return spread(images, len(wanted))
    slots = _kept(before, frozenset(images), len(wanted))
    placed = {image for slot in slots for image in slot.images}
    for image in images:
        if image not in placed:
            _best(slots, image).images.add(image)
    _fill_empty(slots)
    places = [*before, *([] for _ in slots)]
    return [
        in_order_of(list(place), sorted(slot.images))
        for place, slot in zip(places, slots, strict=False)
    ]


@dataclass
class _Slot:
    """One cache while its layout changes."""

    images: set[str]
    lost: frozenset[str]
    """The repositories of the images that were removed."""
    changes: bool

    @property
    def room(self) -> int:
        return MAX_IMAGES - len(self.images)


def _fits(images: int, caches: int) -> None:
    if not images:
        raise ValueError("there are none to cache")
    if images < caches:
        raise ValueError(f"{images} cannot fill {caches} caches: set `caches` to {images} or less")
    if images > caches * MAX_IMAGES:
        raise ValueError(
            f"{images} do not fit, {MAX_IMAGES} a cache, with `caches` set to {caches}: set it to "
            f"{fewest_caches(images)} or more"
        )


def _kept(before: Sequence[Collection[str]], images: frozenset[str], caches: int) -> list[_Slot]:
    slots: list[_Slot] = []
    seen: set[str] = set()
    for number in range(caches):
        old = set(before[number]) if number < len(before) else set()
        stays = (old & images) - seen
        seen |= stays
        lost = frozenset(_repository(image) for image in old - stays)
        slots.append(_Slot(stays, lost, changes=stays != old or not old))
    return slots


def _best(slots: Iterable[_Slot], image: str) -> _Slot:
    """Choose the slot for an image.

    A slot that had another tag of the image comes first, then a slot that changes anyway, then the
    slot with the most room, where the next image may fit as well.
    """
    repository = _repository(image)
    best = max(
        (slot for slot in slots if slot.room > 0),
        key=lambda slot: (repository in slot.lost, slot.changes, slot.room),
    )
    best.changes = True
    return best


def _fill_empty(slots: Sequence[_Slot]) -> None:
    """Move an image from the fullest cache to each empty one: a cache needs an image."""
    for slot in slots:
        if not slot.images:
            fullest = max(slots, key=lambda other: len(other.images))
            moved = max(fullest.images)
            fullest.images.remove(moved)
            slot.images.add(moved)


def _repository(image: str) -> str:
    """Return an image's name, in one spelling, without tag and digest."""
    head, slash, last = identity(image).partition("@")[0].rpartition("/")
    return head + slash + last.partition(":")[0]
