"""Finds digest, platforms and layers of images in one registry.

An image takes at most two requests. The first gets the manifest of the tag, or the answer that the
known digest is current. The second gets the manifest of the platform, or the configuration that
names the platform.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from pulumi_eci.model.reference import DOCKER_HUB, Reference
from pulumi_eci.registry.access import Target
from pulumi_eci.registry.answer import Answer, Failure, RegistryError, unknown
from pulumi_eci.registry.manifest import (
    MEDIA_TYPES,
    SHA256,
    Manifest,
    digest_of,
    fits,
    platform_name,
    read_json,
    read_manifest,
)
from pulumi_eci.registry.session import Session

_ACCEPT = {"Accept": ", ".join(MEDIA_TYPES)}


class Registry:
    """A registry, called with one login. Thread-safe.

    Args:
        target: The registry, and how it is called.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._session = Session(target)
        self.announce = self._session.announce

    def find(
        self, image: Reference, deadline: float, known: str = "", *, platform: bool = True
    ) -> Answer:
        """Return digest, platforms and layers of *image*.

        Args:
            image: The image; the digest takes precedence over the tag.
            deadline: When to give up, in seconds on the monotonic clock.
            known: The digest from an earlier run. If it is still current, the answer holds only
                the digest.
            platform: Whether to look up the platform of an image without an index.

        Raises:
            RegistryError: The image does not exist, access is denied, or the registry has no
                usable answer.
        """
        found = self._manifest(image, deadline, known)
        if found is None:
            return Answer(known)
        if found.layers is not None:
            name = self._platform(image.path, found.config, deadline) if platform else ""
            names: tuple[str, ...] = (name,) if name else ()
            failure = None if fits(name) else Failure.PLATFORM
            return Answer(found.digest, names, found.layers, failure)
        names = tuple(sorted({name for name in found.platforms.values() if name}))
        if not found.ours:
            return Answer(found.digest, names, failure=Failure.PLATFORM)
        part = self._manifest(replace(image, digest=found.ours), deadline)
        return Answer(found.digest, names, (part and part.layers) or {})

    def _manifest(self, image: Reference, deadline: float, known: str = "") -> Manifest | None:
        """Return the manifest of *image*; None if its digest is the *known* one."""
        place = f"manifests/{image.digest or image.tag}"
        condition = {"If-None-Match": f'"{known}"'} if known else {}
        if known and self._target.host == DOCKER_HUB:  # GET counts as a pull there, HEAD does not
            reply = self._session.request(image.path, place, deadline, _ACCEPT, "HEAD")
            if reply.headers.get("Docker-Content-Digest") == known:
                return None
            condition = {}
        reply = self._session.request(image.path, place, deadline, {**_ACCEPT, **condition})
        if condition and reply.status == HTTPStatus.NOT_MODIFIED:
            return None
        found = read_manifest(reply.body, reply.headers.get("Content-Type", ""))
        shown = reply.headers.get("Docker-Content-Digest", "")
        named = {digest for digest in (image.digest, shown) if SHA256.fullmatch(digest)}
        if named - {found.digest}:
            raise unknown("the registry sent a manifest that does not match its digest")
        return None if found.digest == known else found

    def _platform(self, repository: str, config: str, deadline: float) -> str:
        """Return the platform in an image's configuration, "" if the configuration is unreadable.

        The configuration may be on another host, which may be unreachable from this machine.
        """
        try:
            reply = self._session.request(repository, f"blobs/{config}", deadline, {})
        except RegistryError:
            return ""
        return platform_name(read_json(reply.body)) if digest_of(reply.body) == config else ""
