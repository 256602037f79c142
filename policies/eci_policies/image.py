"""References to container images, and the addresses of Alibaba Cloud Container Registry (ACR)."""

from __future__ import annotations

import re
from dataclasses import dataclass

DOCKER_HUB = "docker.io"
_DOCKER_HUB_TOO = frozenset({"index.docker.io", "registry-1.docker.io"})

# registry.<region>.aliyuncs.com, <instance>-registry.<region>.cr.aliyuncs.com for an instance of
# the Enterprise Edition, and crpi-<id>.<region>.personal.cr.aliyuncs.com; `-vpc` marks the address
# within VPCs of the region, `-internal` the one within the classic network.
_ACR = (
    re.compile(
        r"(?P<stem>registry(?:-intl)?)(?P<net>-vpc|-internal)?\.(?P<region>[a-z0-9-]+)"
        r"(?P<tail>\.aliyuncs\.com)"
    ),
    re.compile(
        r"(?P<stem>[a-z0-9-]+?-registry)(?P<net>-vpc)?\.(?P<region>[a-z0-9-]+)"
        r"(?P<tail>\.cr\.aliyuncs\.com)"
    ),
    re.compile(
        r"(?P<stem>crpi-[a-z0-9]+)(?P<net>-vpc)?\.(?P<region>[a-z0-9-]+)"
        r"(?P<tail>\.personal\.cr\.aliyuncs\.com)"
    ),
)
_ENTERPRISE = _ACR[1]


@dataclass(frozen=True)
class Image:
    """An image: `host/repository[:tag][@digest]`, with Docker Hub's host written out."""

    text: str
    host: str
    repository: str
    tag: str
    digest: str

    @property
    def where(self) -> str:
        """Host and repository."""
        return f"{self.host}/{self.repository}"


@dataclass(frozen=True)
class AcrHost:
    """An address of Container Registry."""

    stem: str
    region: str
    tail: str
    in_vpc: bool
    enterprise: bool

    def vpc_host(self, region: str = "") -> str:
        """Return its address within VPCs of *region*, by default of its own."""
        return f"{self.stem}-vpc.{region or self.region}{self.tail}"


def parse_image(text: str) -> Image:
    """Take an image reference apart, as `docker pull` does; what is no reference is not refused."""
    name, _, digest = text.strip().partition("@")
    head, slash, rest = name.partition("/")
    if slash and ("." in head or ":" in head or head == "localhost"):
        host, path = head.lower(), rest
    else:
        host, path = DOCKER_HUB, name
    repository, _, tag = path.partition(":")
    host = DOCKER_HUB if host in _DOCKER_HUB_TOO else host
    if host == DOCKER_HUB and "/" not in repository:
        repository = f"library/{repository}"
    return Image(text.strip(), host, repository, tag, digest)


def acr_host(host: str) -> AcrHost | None:
    """Return what an address of Container Registry says, or None if it is no such address."""
    for shape in _ACR:
        found = shape.fullmatch(host.lower())
        if found:
            return AcrHost(
                stem=found["stem"],
                region=found["region"],
                tail=found["tail"],
                in_vpc=bool(found["net"]),
                enterprise=shape is _ENTERPRISE,
            )
    return None
