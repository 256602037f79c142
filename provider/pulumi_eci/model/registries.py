"""An image's name in each region: the vendor's registries have one host a region. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

REGION = "{region}"
"""Stands for the region in an image's name, or in a registry's host."""

VPC_REGISTRY = f"registry-vpc.{REGION}.aliyuncs.com"
"""The vendor's registry, from within a VPC of the region; another region's cannot be reached."""


def without_region(images: Iterable[str], hosts: Sequence[str]) -> list[str]:
    """Put `{region}` for the region in the host of every image that lies in one of *hosts*.

    Args:
        images: Names of images, of any region.
        hosts: Hosts of registries, with `{region}` in the place of the region.

    Returns:
        The names, sorted, each once.
    """
    patterns = [(host, _pattern(host)) for host in hosts]
    return sorted({_generalised(image, patterns) for image in images})


def in_region(image: str, region: str) -> str:
    """Return the name that *image* has in *region*."""
    return image.replace(REGION, region)


def _generalised(image: str, patterns: Iterable[tuple[str, re.Pattern[str]]]) -> str:
    host, slash, path = image.partition("/")
    for template, pattern in patterns:
        if slash and pattern.fullmatch(host):
            return f"{template}/{path}"
    return image


def _pattern(host: str) -> re.Pattern[str]:
    return re.compile("[a-z0-9-]+".join(re.escape(part) for part in host.split(REGION)))
