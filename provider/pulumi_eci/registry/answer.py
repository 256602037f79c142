"""What is known of an image, or why not; errors are data. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from pulumi_eci.model.spec import ImageCacheSpec

GIB = 1024**3
PLATFORM = "linux/amd64"
"""The platform that caches are built for: the instance that pulls the images is an x86 one."""


class Trouble(Enum):
    """Why an image is of no use, or not known."""

    MISSING = "no such image or tag"
    DENIED = "access denied"
    PLATFORM = f"no manifest for {PLATFORM}"
    UNKNOWN = "not known"
    """The registry was not reached, is throttling or broken: nothing is known of the image."""


@dataclass(frozen=True)
class Answer:
    """What the registry says of one image.

    Attributes:
        digest: `sha256:…` of what the tag names; "" if that is not known.
        platforms: Such as `linux/arm64/v8`, sorted; empty if the registry did not tell.
        layers: Compressed bytes by digest of the layer; None if they were not asked for.
        trouble: What is wrong, or None.
        words: The trouble in a line, with the registry's own words and no secret.
    """

    digest: str = ""
    platforms: tuple[str, ...] = ()
    layers: Mapping[str, int] | None = None
    trouble: Trouble | None = None
    words: str = ""

    @property
    def problem(self) -> str:
        """The trouble in a line, "" if there is none."""
        if self.trouble is Trouble.PLATFORM and not self.words:
            others = ", ".join(self.platforms) or "none that is named"
            return f"{Trouble.PLATFORM.value}, only for {others}"
        return self.words


class RegistryError(Exception):
    """Ends the look at an image within this package; what leaves it is an `Answer`.

    Args:
        trouble: What is wrong.
        words: Why, in a line without a secret.
    """

    def __init__(self, trouble: Trouble, words: str) -> None:
        super().__init__(words)
        self.trouble = trouble


def unknown(words: str) -> RegistryError:
    """Return the error of a registry that cannot tell."""
    return RegistryError(Trouble.UNKNOWN, words)


def compressed_bytes(answers: Iterable[Answer]) -> int:
    """Sum the compressed sizes of all layers, each layer once (of two sizes the larger)."""
    layers: dict[str, int] = {}
    for answer in answers:
        for digest, size in (answer.layers or {}).items():
            layers[digest] = max(size, layers.get(digest, 0))
    return sum(layers.values())


def needed_gib(compressed: int) -> int:
    """Return the size of a cache, in GiB, that takes images of so many compressed bytes.

    The vendor advises twice the size of the images (ImageCache CRD page); no cache is below 20.
    """
    return max(ImageCacheSpec.image_cache_size, -(-2 * compressed // GIB))
