"""What a registry says about an image, or why that is not known. Errors are data. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from pulumi_eci.model.spec import ImageCacheSpec

GIB = 1024**3
PLATFORM = "linux/amd64"
"""The platform of caches: the instance that pulls the images has an x86 processor."""


class Failure(Enum):
    """Why an image cannot be cached, or why nothing is known about it."""

    MISSING = "no such image or tag"
    DENIED = "access denied"
    PLATFORM = f"no manifest for {PLATFORM}"
    UNKNOWN = "not known"
    """The registry was not reached, throttles or fails: nothing is known about the image."""


@dataclass(frozen=True)
class Answer:
    """What a registry says about one image.

    Attributes:
        digest: The digest that the tag names, `sha256:…`; "" if unknown.
        platforms: Platforms, such as `linux/arm64/v8`, sorted; empty if unknown.
        layers: Compressed bytes by digest of the layer; None if they were not requested.
        failure: What is wrong, or None.
        message: The problem in one line, with the registry's message and without secrets.
    """

    digest: str = ""
    platforms: tuple[str, ...] = ()
    layers: Mapping[str, int] | None = None
    failure: Failure | None = None
    message: str = ""

    @property
    def problem(self) -> str:
        """The problem in one line, "" if there is none."""
        if self.failure is Failure.PLATFORM and not self.message:
            others = ", ".join(self.platforms) or "unnamed platforms"
            return f"{Failure.PLATFORM.value}, only for {others}"
        return self.message


class RegistryError(Exception):
    """The registry has no usable answer. Does not leave this package: callers get an `Answer`.

    Args:
        failure: What is wrong.
        message: Why, in one line without secrets.
    """

    def __init__(self, failure: Failure, message: str) -> None:
        super().__init__(message)
        self.failure = failure


def unknown(message: str) -> RegistryError:
    """Return the error for an image about which nothing is known."""
    return RegistryError(Failure.UNKNOWN, message)


def compressed_bytes(answers: Iterable[Answer]) -> int:
    """Return the sum of the compressed sizes of all layers, in bytes.

    Each layer counts once. If two answers differ about a layer's size, the larger size counts.
    """
    layers: dict[str, int] = {}
    for answer in answers:
        for digest, size in (answer.layers or {}).items():
            layers[digest] = max(size, layers.get(digest, 0))
    return sum(layers.values())


def needed_gib(compressed: int) -> int:
    """Return the cache size in GiB for images of *compressed* bytes.

    The vendor advises twice the size of the images (page of the ImageCache CRD). The smallest size
    is 20 GiB.
    """
    return max(ImageCacheSpec.image_cache_size, -(-2 * compressed // GIB))
