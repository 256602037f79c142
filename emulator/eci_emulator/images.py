"""Names of container images, as Docker reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eci_emulator.switches import Switches

DOCKER_HUB = "docker.io"
DOCKER_HUB_TOO = (DOCKER_HUB, "index.docker.io", "registry-1.docker.io")


def canonical(image: str) -> str:
    """Return the full name of an image: `docker.io/library/nginx:latest` for `nginx`.

    The first component is a host if it contains a dot, a colon or a capital, or is `localhost`.
    Like Docker, this function keeps a host's capitals.
    """
    name, at, digest = image.partition("@")
    host, slash, path = name.partition("/")
    named = not {".", ":"}.isdisjoint(host) or host == "localhost" or host != host.lower()
    if not slash or not named:
        host, path = DOCKER_HUB, name
    if host.lower() in DOCKER_HUB_TOO:
        host = DOCKER_HUB
    if host == DOCKER_HUB and "/" not in path:
        path = f"library/{path}"
    if not at and ":" not in path.rpartition("/")[2]:
        path += ":latest"
    return f"{host}/{path}{at}{digest}"


def shown(images: tuple[str, ...], switches: Switches) -> tuple[str, ...]:
    """Return the names of images as the service shows them: as given, or canonical."""
    return tuple(map(canonical, images)) if switches.image_names == "canonical" else images
