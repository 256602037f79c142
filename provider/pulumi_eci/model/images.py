"""Lists of images: the same image under several spellings is one, and order is kept. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from pulumi_eci.model.reference import canonical, one_spelling
from pulumi_eci.model.registries import in_region

T = TypeVar("T")


def identity(image: str) -> str:
    """Return what all spellings of an image have in common; `{region}` may stand in its host."""
    return canonical(in_region(image, "any"))


def by_identity(found: Mapping[str, T]) -> dict[str, T]:
    """Key what was *found* of images by what all spellings of each have in common."""
    return {identity(image): value for image, value in found.items()}


def distinct(images: Iterable[str]) -> list[str]:
    """Keep the shortest spelling of each image, whatever the order of *images*; sorted."""
    return one_spelling(images, identity)


def spelled_like(known: Iterable[str], images: Iterable[str]) -> list[str]:
    """Spell those of *images* that are among the *known* ones as they are spelled there."""
    spellings = {identity(image): image for image in known}
    return [spellings.get(identity(image), image) for image in images]


def in_order_of(before: Sequence[str], images: Iterable[str]) -> list[str]:
    """Order *images* as they were *before*.

    Images that stay keep their order. New images take the places of those that went, then the end:
    a comparison place by place shows as few changes as the order allows.
    """
    left = list(images)
    places: list[str | None] = []
    for old in before:
        stays = next((image for image in left if identity(image) == identity(old)), None)
        if stays is not None:
            left.remove(stays)
        places.append(stays)
    filled = [image if image is not None or not left else left.pop(0) for image in places]
    return [image for image in filled if image is not None] + left
