"""Region, endpoint and credentials, from the stack's configuration and the environment. Pure.

Each setting is looked up under `eci:`, then under pulumi-alicloud's `alicloud:`, then in the
vendor's environment variables. For endpoint, access keys and profiles the environment comes first,
because `pulumi refresh` and `pulumi destroy` get the configuration of the last `up`. That
configuration may name a local API that no longer runs, or a rotated key. `credentials` has the
whole order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from pulumi_eci.api.credentials import Credentials, alicloud_endpoint, find_credentials
from pulumi_eci.api.errors import ConfigurationError
from pulumi_eci.api.settings import Configuration, Settings
from pulumi_eci.model.decode import Problem
from pulumi_eci.model.fields import NO_REGION_ID, REGION_ID
from pulumi_eci.model.spec import ConnectionSpec

REGIONS = (
    "eci:region",
    "alicloud:region",
    "ALIBABA_CLOUD_REGION_ID",
    "ALICLOUD_REGION",
    "ALIBABA_CLOUD_REGION",
)
ENDPOINTS = ("ECI_ENDPOINT", "eci:endpoint")
CR_ENDPOINTS = ("ECI_CR_ENDPOINT", "eci:crEndpoint")
PLACEHOLDER = "{region}"
"""Stands for the region in an endpoint."""

SOME_REGION = "cn-hangzhou"  # to check an endpoint before its region is known
_VENDOR = ".aliyuncs.com"
_REGION_LABEL = re.compile(r"(?!eci|vpc)[a-z]{2,3}-[a-z]+(-[a-z0-9]+)*")
_HOST = re.compile(r"""[^\s,;"'<>\\^`{|}]+""")
# Exceptions to `eci.<region>.aliyuncs.com` in the API metadata.
_ODD_ENDPOINTS = {
    "cn-shanghai-finance-1": "eci.cn-shanghai-finance.aliyuncs.com",
    "cn-shenzhen-finance-1": "eci.cn-shenzhen-finance.aliyuncs.com",
}


@dataclass(frozen=True)
class Connection:
    """An endpoint and the credentials for it. `repr` shows no secret.

    Attributes:
        region: The region id.
        host: Host of the endpoint, with a port if the endpoint has one.
        protocol: `https` or `http`.
        credentials: The source of credentials, and the roles to assume.
    """

    region: str
    host: str
    protocol: str = "https"
    credentials: Credentials = field(default_factory=Credentials)

    @property
    def endpoint(self) -> str:
        """The endpoint as a URL."""
        return f"{self.protocol}://{self.host}"


def find_region(configuration: Configuration, environ: Mapping[str, str]) -> str | None:
    """Return the region of resources that name none, or None if no setting has it."""
    return Settings(configuration, environ).first(REGIONS)[1] or None


def find_endpoint(configuration: Configuration, environ: Mapping[str, str]) -> str:
    """Return the endpoint of resources that name none; "" means the region's public endpoint."""
    settings = Settings(configuration, environ)
    return settings.first(ENDPOINTS)[1] or alicloud_endpoint(settings, "eci")[1]


def connect(
    configuration: Configuration,
    environ: Mapping[str, str],
    region: str,
    own: ConnectionSpec,
) -> Connection:
    """Return the connection of a resource.

    Args:
        configuration: Looks up the stack's configuration.
        environ: The environment variables.
        region: The resource's region id.
        own: The resource's argument `connection`.

    Raises:
        ConfigurationError: The region or the endpoint is invalid, or the settings for credentials
            are incomplete.
    """
    if not REGION_ID.fullmatch(region):
        raise ConfigurationError(f"region: {NO_REGION_ID}")
    endpoint = own.endpoint or find_endpoint(configuration, environ)
    protocol, host = (
        parse_endpoint(endpoint, region) if endpoint else ("https", regional_host(region))
    )
    credentials = find_credentials(Settings(configuration, environ), own)
    return Connection(region, host, protocol, credentials)


def connect_registry(
    configuration: Configuration, environ: Mapping[str, str], connection: Connection, region: str
) -> Connection:
    """Return the connection to Container Registry's API in *region*, with the same credentials.

    Raises:
        ConfigurationError: The endpoint is invalid.
    """
    endpoint = Settings(configuration, environ).first(CR_ENDPOINTS)[1]
    protocol, host = (
        parse_endpoint(endpoint, region, "eci:crEndpoint (or ECI_CR_ENDPOINT)")
        if endpoint
        else ("https", f"cr.{region}.aliyuncs.com")
    )
    return replace(connection, region=region, protocol=protocol, host=host)


def regional_host(region: str) -> str:
    """Return the host of the region's public endpoint. The SDK's default ignores the region."""
    return _ODD_ENDPOINTS.get(region, f"eci.{region}.aliyuncs.com")


def parse_endpoint(
    endpoint: str, region: str, setting: str = "eci:endpoint (or ECI_ENDPOINT)"
) -> tuple[str, str]:
    """Split an endpoint, such as `http://127.0.0.1:8642`, into protocol and host.

    Args:
        endpoint: A host or a URL of scheme and host, with `{region}` for the region.
        region: The region id.
        setting: The setting that holds the endpoint, for the message.

    Raises:
        ConfigurationError: The endpoint is neither. A path is not allowed, because requests would
            contain it while signatures would not.
    """
    text = endpoint.replace(PLACEHOLDER, region).strip().removesuffix("/")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = parts.port
    except ValueError:  # also a port above 65535
        parts, port = urlsplit(""), None
    plain = not (parts.path or parts.query or parts.fragment or parts.username or parts.password)
    name = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(name) or not plain or port == 0:
        raise ConfigurationError(
            f"{setting} must be a host or a URL of scheme and host, "
            "such as https://eci.{region}.aliyuncs.com or http://127.0.0.1:8642"
        )
    host = f"[{name}]" if ":" in name else name
    return parts.scheme, f"{host}:{port}" if port is not None else host


def endpoint_problems(own: ConnectionSpec) -> list[Problem]:
    """Return a problem if the argument `connection.endpoint` is invalid."""
    try:
        parse_endpoint(own.endpoint or "localhost", SOME_REGION)
    except ConfigurationError:
        return [Problem("connection.endpoint", "must be a host or a URL of only scheme and host")]
    return []


def foreign_region(host: str, region: str) -> str:
    """Return the region in the name of the vendor's *host* if it is not *region*, else ""."""
    name = host.partition(":")[0]
    if not name.endswith(_VENDOR):
        return ""
    same = {region, regional_host(region).split(".")[1]}
    labels = (label.removesuffix("-vpc") for label in name.removesuffix(_VENDOR).split("."))
    named = [label for label in labels if _REGION_LABEL.fullmatch(label)]
    return named[0] if named and same.isdisjoint(named) else ""
