"""Where the API is and whose account it is: from configuration and environment. Pure.

Each setting is looked for under `eci:`, then under pulumi-alicloud's `alicloud:`, then in the
vendor's environment variables. For endpoint, credentials and profile the environment comes first:
plain `pulumi refresh` and `pulumi destroy` get the configuration of the last `up`, which may name a
local API that no longer runs, or a key that was rotated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from pulumi_eci.api.errors import ConfigurationError
from pulumi_eci.model.decode import NO_REGION_ID, Problem
from pulumi_eci.model.fields import REGION_ID
from pulumi_eci.model.spec import ConnectionSpec

Configuration = Callable[[str], str | None]
"""Looks a full key such as `eci:region` up in the stack's configuration."""

REGION_VARIABLES = ("ALIBABA_CLOUD_REGION_ID", "ALICLOUD_REGION")
ENDPOINT_VARIABLES = ("ECI_ENDPOINT",)
CR_ENDPOINT_VARIABLES = ("ECI_CR_ENDPOINT",)
KEY_VARIABLES = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY")
SECRET_VARIABLES = ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALICLOUD_SECRET_KEY")
TOKEN_VARIABLES = ("ALIBABA_CLOUD_SECURITY_TOKEN", "ALICLOUD_SECURITY_TOKEN")
PROFILE_VARIABLES = ("ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE")

_HOST = re.compile(r"""[^\s,;"'<>\\^`{|}]+""")
# The API metadata's exceptions to `eci.<region>.aliyuncs.com`.
_ODD_ENDPOINTS = {
    "cn-shanghai-finance-1": "eci.cn-shanghai-finance.aliyuncs.com",
    "cn-shenzhen-finance-1": "eci.cn-shenzhen-finance.aliyuncs.com",
}


@dataclass(frozen=True)
class Connection:
    """An endpoint and the credentials for it; `repr` leaves every secret out.

    Without an access key the vendor's default chain decides (with *profile*, that profile of it).
    With *role_arn* that role is assumed.
    """

    region: str
    host: str
    protocol: str = "https"
    profile: str = ""
    role_arn: str = ""
    access_key_id: str = field(default="", repr=False)
    access_key_secret: str = field(default="", repr=False)
    security_token: str = field(default="", repr=False)

    @property
    def endpoint(self) -> str:
        """The endpoint as a URL."""
        return f"{self.protocol}://{self.host}"


def find_region(configuration: Configuration, environ: Mapping[str, str]) -> str | None:
    """Find the default region, or None."""
    return (
        configuration("eci:region")
        or configuration("alicloud:region")
        or _first(environ, REGION_VARIABLES)
    )


def find_endpoint(configuration: Configuration, environ: Mapping[str, str]) -> str | None:
    """Find the endpoint of resources that name none, or None for their region's public one."""
    return _first(environ, ENDPOINT_VARIABLES) or configuration("eci:endpoint")


def connect(
    configuration: Configuration,
    environ: Mapping[str, str],
    region: str,
    own: ConnectionSpec,
) -> Connection:
    """Resolve the connection of a resource in *region* that asks for *own*.

    Raises:
        ConfigurationError: If region or endpoint is not one, or half a key is given.
    """
    if not REGION_ID.fullmatch(region):
        raise ConfigurationError(f"region: {NO_REGION_ID}")
    endpoint = own.endpoint or find_endpoint(configuration, environ)
    protocol, host = parse_endpoint(endpoint) if endpoint else ("https", regional_host(region))
    # A profile that the resource names is meant, whatever key the environment has.
    key, secret, token = ("", "", "") if own.profile else _credentials(configuration, environ)
    return Connection(
        region=region,
        host=host,
        protocol=protocol,
        profile=own.profile or _profile(configuration, environ),
        role_arn=own.role_arn,
        access_key_id=key,
        access_key_secret=secret,
        security_token=token,
    )


def connect_registry(
    configuration: Configuration, environ: Mapping[str, str], connection: Connection, region: str
) -> Connection:
    """Resolve the connection to the API of Container Registry in *region*, for the same account.

    Raises:
        ConfigurationError: If the endpoint is not one.
    """
    endpoint = _first(environ, CR_ENDPOINT_VARIABLES) or configuration("eci:crEndpoint")
    protocol, host = (
        parse_endpoint(endpoint, "eci:crEndpoint (or ECI_CR_ENDPOINT)")
        if endpoint
        else ("https", f"cr.{region}.aliyuncs.com")
    )
    return replace(connection, region=region, protocol=protocol, host=host)


def regional_host(region: str) -> str:
    """Name the public endpoint of a region; the SDK's own default ignores the region."""
    return _ODD_ENDPOINTS.get(region, f"eci.{region}.aliyuncs.com")


def parse_endpoint(
    endpoint: str, setting: str = "eci:endpoint (or ECI_ENDPOINT)"
) -> tuple[str, str]:
    """Split `http://127.0.0.1:8642` or `eci.cn-hangzhou.aliyuncs.com` into protocol and host.

    Raises:
        ConfigurationError: For anything else. A path would be requested but not signed.
    """
    text = endpoint.strip().removesuffix("/")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    plain = not (parts.path or parts.query or parts.fragment or parts.username or parts.password)
    name = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(name) or not plain:
        raise ConfigurationError(
            f"{setting} must be a host or a URL of scheme and host, "
            "such as https://eci.cn-hangzhou.aliyuncs.com or http://127.0.0.1:8642"
        )
    host = f"[{name}]" if ":" in name else name
    return parts.scheme, f"{host}:{port}" if port is not None else host


def endpoint_problems(own: ConnectionSpec) -> list[Problem]:
    """Find out before anything is done whether the endpoint that a resource names is one."""
    try:
        parse_endpoint(own.endpoint or "localhost")
    except ConfigurationError:
        return [Problem("connection.endpoint", "must be a host, or a URL of scheme and host alone")]
    return []


def _credentials(configuration: Configuration, environ: Mapping[str, str]) -> tuple[str, str, str]:
    key, secret = _first(environ, KEY_VARIABLES), _first(environ, SECRET_VARIABLES)
    token = _first(environ, TOKEN_VARIABLES)
    if not key and not secret:
        key, secret, token = (
            configuration(f"eci:{name}") or configuration(f"alicloud:{name}") or ""
            for name in ("accessKey", "secretKey", "securityToken")
        )
    if bool(key) != bool(secret):
        raise ConfigurationError(
            "half an access key: set both ALIBABA_CLOUD_ACCESS_KEY_ID and "
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET, or both eci:accessKey and eci:secretKey"
        )
    return key, secret, token


def _profile(configuration: Configuration, environ: Mapping[str, str]) -> str:
    configured = configuration("eci:profile") or configuration("alicloud:profile")
    return _first(environ, PROFILE_VARIABLES) or configured or ""


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((environ[name] for name in names if environ.get(name)), "")
