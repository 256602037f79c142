"""Names of images: several spellings of one image, their order, and their name in each region.

The vendor's registries have one host for each region. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from pulumi_eci.model.reference import canonical, one_spelling

T = TypeVar("T")

REGION = "{region}"
"""Stands for the region in an image's name, or in a registry's host."""

VENDOR_HOSTS = (
    f"registry-vpc.{REGION}.aliyuncs.com",
    f"registry-{REGION}-vpc.ack.aliyuncs.com",
    f"registry-{REGION}.ack.aliyuncs.com",
)
"""The vendor's registries that a fleet knows.

The first is reached from a VPC of its region only. The others hold the vendor's own images for
Kubernetes clusters, the same in every region; the last one is public.
"""

# A region such as `cn-shanghai-finance-1`. The host's suffix for the network is not a part of it.
_WORD = r"(?!(?:vpc|internal)\b)[a-z0-9]+"
_ANY_REGION = rf"(?P<region>{_WORD}(?:-{_WORD})*)"
_PORT = re.compile(r":[0-9]+$")


def identity(image: str) -> str:
    """Return the same text for all spellings of an image. The host may hold `{region}`."""
    return canonical(in_region(image, "any"))


def by_identity(found: Mapping[str, T]) -> dict[str, T]:
    """Return *found* with the `identity` of each image as the key."""
    return {identity(image): value for image, value in found.items()}


def distinct(images: Iterable[str]) -> list[str]:
    """Return the shortest spelling of each image, sorted."""
    return one_spelling(images, identity)


def spelled_like(known: Iterable[str], images: Iterable[str]) -> list[str]:
    """Return *images* with the spelling of *known*, where *known* has the image."""
    spellings = {identity(image): image for image in known}
    return [spellings.get(identity(image), image) for image in images]


def in_order_of(before: Sequence[str], images: Iterable[str]) -> list[str]:
    """Return *images* in the order of *before*.

    Images that stay keep their order. New images take the places of removed ones, then the end. So
    a comparison item by item shows few changes.
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


def without_region(images: Iterable[str], hosts: Sequence[str]) -> list[str]:
    """Replace the region by `{region}` in the host of every image that lies in one of *hosts*.

    The order of *hosts* does not matter: if several match, the host with the most letters outside
    `{region}` counts. A host without a port matches every port.

    Args:
        images: Names of images, of any region.
        hosts: Hosts of registries, with `{region}` in the place of the region.

    Returns:
        The names, sorted, each once.
    """
    patterns = [(host, _pattern(host)) for host in sorted(hosts, key=_looseness)]
    return sorted({_generalised(image, patterns) for image in images})


def in_region(image: str, region: str) -> str:
    """Return the name that *image* has in *region*."""
    return image.replace(REGION, region)


def _looseness(host: str) -> tuple[int, str]:
    return -len(host.replace(REGION, "")), host


def _generalised(image: str, patterns: Iterable[tuple[str, re.Pattern[str]]]) -> str:
    host, slash, path = image.partition("/")
    port = _PORT.search(host)
    name = host.lower()
    for template, pattern in patterns:
        if slash and pattern.fullmatch(name):
            return f"{template}/{path}"
        if slash and port and pattern.fullmatch(name[: port.start()]):
            return f"{template}{port[0]}/{path}"
    return image


def _pattern(host: str) -> re.Pattern[str]:
    first, *others = map(re.escape, host.lower().split(REGION))
    again = "".join(rf"(?P=region){part}" for part in others[1:])
    return re.compile(first + "".join(_ANY_REGION + part for part in others[:1]) + again)
