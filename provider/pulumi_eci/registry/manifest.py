"""Manifests and indexes of the OCI image specification and of Docker's schema 2. Pure.

Registries are not trusted: content of another shape than the specification's is rejected.
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
_MOST_BYTES = 2**50  # one pebibyte; larger sizes are not plausible


@dataclass(frozen=True)
class Manifest:
    """A manifest of one platform, or an index of manifests.

    Attributes:
        digest: The digest of the manifest or index itself.
        platforms: Of an index, the platform of each manifest by digest; "" if not named.
        layers: Of a manifest, compressed bytes of each layer by digest; None for an index.
        config: The digest of the image's configuration, which names the platform.
    """

    digest: str
    platforms: Mapping[str, str]
    layers: Mapping[str, int] | None = None
    config: str = ""

    @property
    def ours(self) -> str:
        """The digest of the index's manifest for `PLATFORM`; "" if there is none."""
        exact = [digest for digest, name in self.platforms.items() if name == PLATFORM]
        fitting = [digest for digest, name in self.platforms.items() if fits(name)]
        return next(iter(exact or fitting), "")


def read_manifest(body: bytes, media_type: str) -> Manifest:
    """Read the answer to a request for a manifest.

    Args:
        body: The body.
        media_type: The header `Content-Type`, for the message.

    Raises:
        RegistryError: The body is neither a manifest nor an index.
    """
    content = read_json(body)
    if not isinstance(content, Mapping):
        shown = printable(media_type or "no content", 60)
        raise unknown(f"the registry answered with {shown} instead of a manifest")
    digest = digest_of(body)
    if isinstance(entries := content.get("manifests"), list):
        found = [entry for entry in entries if isinstance(entry, Mapping)]
        named = {_digest(entry): platform_name(entry.get("platform")) for entry in found}
        # The platform "unknown" marks signatures and attestations of the other manifests.
        return Manifest(digest, {d: p for d, p in named.items() if d and "unknown" not in p})
    if isinstance(entries := content.get("layers"), list):
        layers = [entry for entry in entries if isinstance(entry, Mapping)]
        sizes = {str(layer.get("digest")): _size(layer.get("size")) for layer in layers}
        return Manifest(digest, {}, sizes, _digest(content.get("config")))
    raise unknown("the registry's answer is neither a manifest of an image nor an index")


def platform_name(value: object) -> str:
    """Return the platform in a descriptor or in an image's configuration, such as
    `linux/arm64/v8`; "" if there is none.
    """
    if not isinstance(value, Mapping):
        return ""
    parts = [value.get(name) for name in ("os", "architecture", "variant")]
    known = [part for part in parts if isinstance(part, str) and part]
    return printable("/".join(known), _LONGEST_PLATFORM) if all(parts[:2]) else ""


def fits(platform: str) -> bool:
    """Whether an image for *platform* runs on `PLATFORM`; true if *platform* is ""."""
    return not platform or f"{platform}/".startswith(f"{PLATFORM}/")


def digest_of(body: bytes) -> str:
    """Return the digest of *body*, `sha256:…`."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def read_json(body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Return the JSON value in *body*, or None if *body* is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _digest(descriptor: object) -> str:
    digest = descriptor.get("digest") if isinstance(descriptor, Mapping) else None
    return digest if isinstance(digest, str) and SHA256.fullmatch(digest) else ""


def _size(value: object) -> int:
    return value if type(value) is int and 0 <= value <= _MOST_BYTES else 0
