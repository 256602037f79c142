"""The hosts of registries: their API hosts, and the hosts that may get a password. Pure."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from pulumi_eci.model.reference import DOCKER_HUB

VENDOR = ".aliyuncs.com"
_DOCKER_HUB_API = "registry-1.docker.io"
# The vendor's hosts within a VPC; head and tail make the public host. Personal Edition, Personal
# Edition since 2024-09, and Enterprise Edition: help.aliyun.com, "independent domain names".
_VPC = re.compile(
    r"(?P<head>registry|crpi-[a-z0-9-]+?|[a-z0-9-]+-registry)-(?:vpc|internal)"
    r"(?P<tail>\.[a-z0-9-]+(?:\.personal)?(?:\.cr)?\.aliyuncs\.com)"
)


def api_host(host: str) -> str:
    """Return the host of the API of the registry *host*."""
    return _DOCKER_HUB_API if host == DOCKER_HUB else host


def public_host(host: str) -> str:
    """Return the public host of the registry with the VPC host *host*; "" if there is none."""
    match = _VPC.fullmatch(host)
    return f"{match['head']}{match['tail']}" if match else ""


def is_loopback(host: str) -> bool:
    """Whether *host*, with an optional port, is this machine."""
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of *url*. Credentials are sent only to the same origin."""
    parts = _split(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80}.get(parts.scheme, 443)


def may_log_in(registry_url: str, realm: str) -> bool:
    """Whether a registry's password may be sent to the token service at *realm*.

    Both must have the same host or the same site, such as `docker.io` or `aliyuncs.com`.
    """
    ours, theirs = _split(registry_url).hostname or "", _split(realm).hostname or ""
    return ours == theirs or (bool(_site(ours)) and _site(ours) == _site(theirs))


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises ValueError for an invalid port
    except ValueError:
        return urlsplit("")
    return parts


def _site(host: str) -> str:
    labels = host.rsplit(".", 2)[-2:]
    return ".".join(labels) if len(labels) == 2 and not labels[1].isdecimal() else ""  # noqa: PLR2004
