"""References to container images, and the addresses of Alibaba Cloud Container Registry (ACR)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from eci_policies.secret import like

DOCKER_HUB = "docker.io"
_DOCKER_HUB_TOO = frozenset({"index.docker.io", "registry-1.docker.io"})

_PORT = re.compile(r":[0-9]+$")
_PLACE = "{region}"
_REGION = r"(?P<region>[a-z0-9-]+?)"
# An ACR host, its host within VPCs, and whether the host is of an Enterprise Edition instance.
# `-vpc` is for VPCs of the region, `-internal` for the classic network.
_ACR = tuple(
    (re.compile(address), inside, enterprise)
    for address, inside, enterprise in (
        (
            rf"(?P<stem>registry(?:-intl)?)(?P<net>-vpc|-internal)?\.{_REGION}\.aliyuncs\.com",
            "{stem}-vpc.{region}.aliyuncs.com",
            False,
        ),
        # The vendor's own images, for Kubernetes clusters.
        (
            rf"(?P<stem>registry)-{_REGION}(?P<net>-vpc)?\.ack\.aliyuncs\.com",
            "{stem}-{region}-vpc.ack.aliyuncs.com",
            False,
        ),
        (
            rf"(?P<stem>[a-z0-9-]+?-registry)(?P<net>-vpc)?\.{_REGION}\.cr\.aliyuncs\.com",
            "{stem}-vpc.{region}.cr.aliyuncs.com",
            True,
        ),
        (
            rf"(?P<stem>crpi-[a-z0-9]+)(?P<net>-vpc)?\.{_REGION}\.personal\.cr\.aliyuncs\.com",
            "{stem}-vpc.{region}.personal.cr.aliyuncs.com",
            False,
        ),
    )
)


@dataclass(frozen=True)
class Image:
    """An image: `host/repository[:tag][@digest]`, with Docker Hub's host written out."""

    text: str
    host: str
    repository: str
    tag: str
    digest: str

    @property
    def canonical(self) -> str:
        """The canonical name of the image. Messages do not show it."""
        tag = self.tag or ("" if self.digest else "latest")
        ending = (":" + tag if tag else "") + ("@" + self.digest if self.digest else "")
        return self.host + "/" + self.repository + ending

    def comes_from(self, places: Iterable[str]) -> bool:
        """Tell whether the image matches one of *places*: globs for host or `host/repository`."""
        for place in places:
            host, slash, repository = place.partition("/")
            if fnmatchcase(self.host, host.lower()) and (
                not slash or fnmatchcase(self.repository, repository)
            ):
                return True
        return False


@dataclass(frozen=True)
class AcrHost:
    """A host of Container Registry; *inside* is the template of its host within VPCs."""

    host: str
    region: str
    in_vpc: bool
    enterprise: bool
    inside: str

    def vpc_host(self, region: str = "") -> str:
        """Return the host within VPCs of *region*, by default the host's own region."""
        wanted = region or self.region
        return like(self.inside.replace(_PLACE, wanted), self.host, wanted)


def parse_image(text: str) -> Image:
    """Parse an image reference as Docker does, without refusing invalid references.

    The first part is a host if it contains a dot, a colon or a capital, or is `localhost`. Hosts
    are compared without case.
    """
    name, _, digest = text.strip().partition("@")
    head, slash, rest = name.partition("/")
    is_host = not {".", ":"}.isdisjoint(head) or head == "localhost" or head != head.lower()
    host, path = (head.lower(), rest) if slash and is_host else (DOCKER_HUB, name)
    repository, _, tag = path.partition(":")
    host = DOCKER_HUB if host in _DOCKER_HUB_TOO else host
    if host == DOCKER_HUB and "/" not in repository:
        repository = f"library/{repository}"
    parts = (text.strip(), host, repository, tag, digest)
    return Image(*(like(part, text) for part in parts))


def acr_host(host: str) -> AcrHost | None:
    """Return the parts of a Container Registry host without its port, or None for other hosts."""
    name = _PORT.sub("", host.lower())
    for address, inside, enterprise in _ACR:
        found = address.fullmatch(name)
        if found:
            return AcrHost(
                host=host,
                region=like(found["region"], host),
                in_vpc=bool(found["net"]),
                enterprise=enterprise,
                inside=inside.replace("{stem}", found["stem"]),
            )
    return None
