"""Manifests and indexes, as the OCI image specification and Docker's schema 2 have them. Pure.

Registries are not trusted: what is not of the shape that the specification gives is no manifest.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_eci.model.text import printable
from pulumi_eci.registry.answer import PLATFORM, unknown

MEDIA_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
SHA256 = re.compile(r"sha256:[0-9a-f]{64}")
_LONGEST_PLATFORM = 40
_MOST_BYTES = 2**50  # a petabyte: a sum of such sizes is still a number


@dataclass(frozen=True)
class Manifest:
    """A manifest of one platform, or an index of such.

    Attributes:
        digest: Its own.
        platforms: By digest, the platform of each manifest of an index; "" if it names none.
        layers: Compressed bytes by digest, of a manifest of one platform; None for an index.
        config: The digest of the image's configuration, which names the platform.
    """

    digest: str
    platforms: Mapping[str, str]
    layers: Mapping[str, int] | None = None
    config: str = ""

    @property
    def ours(self) -> str:
        """The digest of the index's manifest for `PLATFORM`; "" if it has none."""
        exact = [digest for digest, name in self.platforms.items() if name == PLATFORM]
        fitting = [digest for digest, name in self.platforms.items() if fits(name)]
        return next(iter(exact or fitting), "")


def read_manifest(body: bytes, media_type: str) -> Manifest:
    """Read what a registry answers to a request for a manifest.

    Raises:
        RegistryError: It is none.
    """
    content = read_json(body)
    if not isinstance(content, Mapping):
        raise unknown(f"its answer is no manifest but {printable(media_type or 'nothing', 60)}")
    digest = digest_of(body)
    if isinstance(entries := content.get("manifests"), list):
        found = [entry for entry in entries if isinstance(entry, Mapping)]
        named = {_digest(entry): platform_name(entry.get("platform")) for entry in found}
        # What says "unknown" is no image: signatures and attestations of the others.
        return Manifest(digest, {d: p for d, p in named.items() if d and "unknown" not in p})
    if isinstance(entries := content.get("layers"), list):
        layers = [entry for entry in entries if isinstance(entry, Mapping)]
        sizes = {str(layer.get("digest")): _size(layer.get("size")) for layer in layers}
        return Manifest(digest, {}, sizes, _digest(content.get("config")))
    raise unknown("its answer is no manifest of an image, nor an index")


def platform_name(value: object) -> str:
    """Spell a platform, or the configuration of an image, as `linux/arm64/v8`; "" if it is none."""
    if not isinstance(value, Mapping):
        return ""
    parts = [value.get(name) for name in ("os", "architecture", "variant")]
    known = [part for part in parts if isinstance(part, str) and part]
    return printable("/".join(known), _LONGEST_PLATFORM) if all(parts[:2]) else ""


def fits(platform: str) -> bool:
    """Whether an image for *platform* runs on `PLATFORM`; one that names none may."""
    return not platform or f"{platform}/".startswith(f"{PLATFORM}/")


def digest_of(body: bytes) -> str:
    """Return the digest of *body*."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def read_json(body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Read *body* as JSON; None if it is not."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _digest(descriptor: object) -> str:
    digest = descriptor.get("digest") if isinstance(descriptor, Mapping) else None
    return digest if isinstance(digest, str) and SHA256.fullmatch(digest) else ""


def _size(value: object) -> int:
    return value if type(value) is int and 0 <= value <= _MOST_BYTES else 0
