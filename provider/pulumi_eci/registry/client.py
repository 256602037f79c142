"""What one registry says of an image.

A look takes at most two requests: the manifest of the tag (or "nothing new", for a digest that is
known), then the manifest of the platform, or the configuration that names the platform.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from pulumi_eci.model.reference import DOCKER_HUB, Reference
from pulumi_eci.registry.access import Way
from pulumi_eci.registry.answer import Answer, RegistryError, Trouble, unknown
from pulumi_eci.registry.door import Door
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

_ACCEPT = {"Accept": ", ".join(MEDIA_TYPES)}


class Registry:
    """A registry as one login sees it; any number of threads may ask.

    Args:
        way: Which registry, and who asks.
    """

    def __init__(self, way: Way) -> None:
        self._way = way
        self._door = Door(way)
        self.announce = self._door.announce

    def find(
        self, image: Reference, deadline: float, known: str = "", *, platform: bool = True
    ) -> Answer:
        """Find out what *image* is.

        Args:
            image: The image; its digest counts before its tag.
            deadline: Until when, on the monotonic clock.
            known: The digest that it had before: if it still has, the answer holds that alone.
            platform: Whether to look up which platform an image for one platform is for.

        Raises:
            RegistryError: There is no such image, it is refused, or that is not known.
        """
        found = self._manifest(image, deadline, known)
        if found is None:
            return Answer(known)
        if found.layers is not None:
            name = self._platform(image.path, found.config, deadline) if platform else ""
            names: tuple[str, ...] = (name,) if name else ()
            trouble = None if fits(name) else Trouble.PLATFORM
            return Answer(found.digest, names, found.layers, trouble)
        names = tuple(sorted({name for name in found.platforms.values() if name}))
        if not found.ours:
            return Answer(found.digest, names, trouble=Trouble.PLATFORM)
        part = self._manifest(replace(image, digest=found.ours), deadline)
        return Answer(found.digest, names, (part and part.layers) or {})

    def _manifest(self, image: Reference, deadline: float, known: str = "") -> Manifest | None:
        """Return the manifest of *image*; None if its digest is the *known* one."""
        place = f"manifests/{image.digest or image.tag}"
        condition = {"If-None-Match": f'"{known}"'} if known else {}
        if known and self._way.host == DOCKER_HUB:  # where a GET counts as a pull, and HEAD not
            reply = self._door.ask(image.path, place, deadline, _ACCEPT, "HEAD")
            if reply.headers.get("Docker-Content-Digest") == known:
                return None
            condition = {}
        reply = self._door.ask(image.path, place, deadline, {**_ACCEPT, **condition})
        if condition and reply.status == HTTPStatus.NOT_MODIFIED:
            return None
        found = read_manifest(reply.body, reply.headers.get("Content-Type", ""))
        shown = reply.headers.get("Docker-Content-Digest", "")
        named = {digest for digest in (image.digest, shown) if SHA256.fullmatch(digest)}
        if named - {found.digest}:
            raise unknown("it sent another manifest than the one of the digest that it names")
        return None if found.digest == known else found

    def _platform(self, repository: str, config: str, deadline: float) -> str:
        """Look the platform up in an image's configuration; "" where that cannot be read.

        It may lie on another host, which need not be reached from here.
        """
        try:
            reply = self._door.ask(repository, f"blobs/{config}", deadline, {})
        except RegistryError:
            return ""
        return platform_name(read_json(reply.body)) if digest_of(reply.body) == config else ""
