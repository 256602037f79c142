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
# An address of ACR, its form within VPCs, and whether it is of an Enterprise Edition instance.
# `-vpc` marks addresses within VPCs of the region, `-internal` those within the classic network.
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
        """The one spelling of all names of the image; no message quotes it."""
        tag = self.tag or ("" if self.digest else "latest")
        ending = (":" + tag if tag else "") + ("@" + self.digest if self.digest else "")
        return self.host + "/" + self.repository + ending

    def comes_from(self, places: Iterable[str]) -> bool:
        """Tell whether one of *places* is its: globs for the host, or for `host/repository`."""
        for place in places:
            host, slash, repository = place.partition("/")
            if fnmatchcase(self.host, host.lower()) and (
                not slash or fnmatchcase(self.repository, repository)
            ):
                return True
        return False


@dataclass(frozen=True)
class AcrHost:
    """An address of Container Registry; *inside* is its form within VPCs."""

    host: str
    region: str
    in_vpc: bool
    enterprise: bool
    inside: str

    def vpc_host(self, region: str = "") -> str:
        """Return its address within VPCs of *region*, by default of its own."""
        wanted = region or self.region
        return like(self.inside.replace(_PLACE, wanted), self.host, wanted)


def parse_image(text: str) -> Image:
    """Take an image reference apart, as Docker does; what is no reference is not refused.

    A first part is a host if it holds a dot, a colon or a capital, or is `localhost`. Hosts are
    compared without case.
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
    """Return what an address of Container Registry says, or None if it is no such address.

    A port makes no difference.
    """
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
