"""Which image goes into which cache of a fleet: 20 a cache, and few caches for a change. Pure.

No function of the images alone can both fill every cache and keep a change in one of them: were
there always room for one image more without moving others, an image's cache would depend on that
image only, and nothing would keep 21 of them out of one. So the last layout is an argument.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pulumi_eci.model.fields import MAX_IMAGES
from pulumi_eci.model.images import distinct, identity, in_order_of, spelled_like

Shards = list[list[str]]
"""The images of each cache; the place in the list is what a cache is known by."""


def fewest_caches(images: int) -> int:
    """Return how many caches *images* images take at least."""
    return max(1, -(-images // MAX_IMAGES))


def spread(images: Iterable[str], caches: int) -> Shards:
    """Lay out *images* for the first time: neighbours together, for they often run in one pod, and
    a pod uses one cache.

    As few caches as can be are filled one after the other, so that the last one is soon dissolved
    when images go; more than that are filled evenly. Nothing is refused here: `rearrange` does
    that, where the engine can report it.
    """
    ordered = distinct(images)
    each = MAX_IMAGES if caches <= fewest_caches(len(ordered)) else len(ordered) / caches
    bounds = [min(round(each * number), len(ordered)) for number in range(caches)]
    return [ordered[start:end] for start, end in pairwise([*bounds, len(ordered)])]


def rearrange(before: Sequence[Collection[str]], wanted: Sequence[Collection[str]]) -> Shards:
    """Bring the layout *before* to the images and the number of caches of *wanted*.

    Images stay where they are, in their order and spelling. One image more or less changes one
    cache; one for another changes the cache of the old one alone. A cache that is new takes what
    has no place yet, so that growth changes no other. If there are fewer caches than before, the
    last ones are dissolved, and their images fill the gaps of the others.

    Args:
        before: The images of each cache so far; empty for the first time.
        wanted: The images of each cache in a first layout; only their union and number count.

    Returns:
        The layout, every cache with 1 to 20 images.

    Raises:
        ValueError: There are more or fewer images than the caches can hold; says what to do.
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
    """One cache on its way to another layout."""

    images: set[str]
    lost: frozenset[str]
    """Repositories of images that it had."""
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
    """Choose the slot that had another tag of *image*, else one that changes anyway, else the one
    with most room: what comes next then finds room there too.
    """
    repository = _repository(image)
    best = max(
        (slot for slot in slots if slot.room > 0),
        key=lambda slot: (repository in slot.lost, slot.changes, slot.room),
    )
    best.changes = True
    return best


def _fill_empty(slots: Sequence[_Slot]) -> None:
    """Give a cache that lost all its images one of the fullest: a cache without any cannot be."""
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
