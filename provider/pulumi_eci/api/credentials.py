"""The credentials of calls: one source, and the RAM roles to assume with it. Pure.

All parts of a set of credentials come from one source. The resource's `connection.profile` comes
first, then the rows of `ORDER`. The first row that is set decides, and a row that is set in part is
an error. A security token belongs to the access key of its row. If nothing is set, the vendor's
default credential chain decides.

The roles come from the first of `connection.roleArn`, `ROLES` and `ROLE_VARIABLES` that is set.
With `connection.profile` the roles of the stack are not used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pulumi_eci.api.errors import ConfigurationError
from pulumi_eci.api.settings import Settings
from pulumi_eci.model.spec import ConnectionSpec
from pulumi_eci.model.text import printable

CLI_FILE = "~/.aliyun/config.json"


@dataclass(frozen=True)
class Role:
    """A RAM role to assume.

    Attributes:
        arn: `acs:ram::<account>:role/<name>`.
        setting: The setting that names it, for messages.
        session_name: The name of the session, or empty.
        policy: A policy that further restricts the session, as JSON text, or empty.
        external_id: The external id that the role's trust policy requires, or empty.
        seconds: How long a session lasts, in seconds; 0 is the vendor's default, an hour.
    """

    arn: str
    setting: str = ""
    session_name: str = ""
    policy: str = ""
    external_id: str = field(default="", repr=False)
    seconds: int = 0


@dataclass(frozen=True)
class AccessKey:
    """An access key; with a *token*, a temporary one of STS."""

    key_id: str = field(repr=False)
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Profile:
    """A profile in one of the vendor's configuration files; without a *name*, the current one."""

    name: str = ""
    file: str = CLI_FILE


@dataclass(frozen=True)
class OidcRole:
    """A role to assume with the token of an OIDC provider, in a file."""

    role: Role
    provider_arn: str
    token_file: str


@dataclass(frozen=True)
class EcsRole:
    """The RAM role of the ECS instance, by name."""

    name: str


@dataclass(frozen=True)
class CredentialsUri:
    """A service that returns temporary access keys."""

    uri: str = field(repr=False)  # it may hold a secret


@dataclass(frozen=True)
class DefaultChain:
    """The vendor's default credential chain: the current profile, then the ECS instance's role."""


Source = AccessKey | Profile | OidcRole | EcsRole | CredentialsUri | DefaultChain


@dataclass(frozen=True)
class Credentials:
    """One source, and the roles to assume with it, one after the other.

    Attributes:
        source: Where the credentials come from.
        setting: The setting that names the source, for messages; empty for the default chain.
        roles: The roles.
        sts_endpoint: Host of STS, with an optional port; empty is the vendor's default.
    """

    source: Source = field(default_factory=DefaultChain)
    setting: str = ""
    roles: tuple[Role, ...] = ()
    sts_endpoint: str = ""


_ARN = re.compile(r"acs:ram::\d+:role/\S+")
_ROLE_FIELDS = ("roleArn", "sessionName", "policy", "externalId", "sessionExpiration")
_OIDC_FIELDS = (
    "roleArn",
    "oidcProviderArn",
    "oidcTokenFile",
    "oidcToken",
    "roleSessionName",
    "policy",
    "sessionExpiration",
)
_FROM_FILE = "the vendor's library reads the token only from a file"
_SECONDS = range(900, 43_201)  # the limits of STS; the role itself may allow less


# -- sources


def _oidc_setting(settings: Settings, name: str) -> Source | None:
    found = settings.objects(name, _OIDC_FIELDS)
    if len(found) > 1:
        raise ConfigurationError(f"{name}: must be one object")
    return _oidc_role(name, found[0]) if found and any(found[0].values()) else None


def _oidc_role(setting: str, given: Mapping[str, str]) -> OidcRole:
    missing = [name for name in _OIDC_FIELDS[:3] if not given.get(name)]
    if missing:
        token = f" ({_FROM_FILE})" if given.get("oidcToken") else ""
        raise ConfigurationError(f"{setting}: incomplete, set {', '.join(missing)} too{token}")
    role = Role(
        _arn(setting, given["roleArn"]),
        setting,
        session_name=given.get("roleSessionName", ""),
        policy=given.get("policy", ""),
        seconds=_seconds(setting, given.get("sessionExpiration", "")),
    )
    return OidcRole(role, given["oidcProviderArn"], given["oidcTokenFile"])


def _oidc_variables(settings: Settings, *names: str) -> Source | None:
    given = [name for name in names[1:4] if settings.text(name)]
    if not given:  # a role without an OIDC provider: see find_roles
        return None
    if missing := [name for name in names[:3] if not settings.text(name)]:
        token = f" ({_FROM_FILE})" if names[3] in given else ""
        raise ConfigurationError(
            f"{', '.join(given)}: incomplete, set {', '.join(missing)} too{token}"
        )
    return _oidc_role(names[0], dict(zip(_OIDC_FIELDS, map(settings.text, names), strict=False)))


def _access_key(settings: Settings, *names: str) -> Source | None:
    key_id, secret, token = map(settings.text, names)
    if bool(key_id) != bool(secret):
        given, missing = names[:2] if key_id else names[1::-1]
        raise ConfigurationError(
            f"incomplete access key: {given} is set, and {missing} is not. Set both in the same "
            "place, or neither"
        )
    return AccessKey(key_id, secret, token) if key_id else None


def _profile(settings: Settings, name: str) -> Source | None:
    profile, file = settings.text(name), settings.first(FILES)[1]
    return Profile(profile, file or CLI_FILE) if profile else None


def _file(settings: Settings, name: str) -> Source | None:
    file = settings.text(name)
    return Profile("", file) if file else None


def _ecs_role(settings: Settings, name: str) -> Source | None:
    role = settings.text(name)
    return EcsRole(role) if role else None


def _uri(settings: Settings, name: str) -> Source | None:
    uri = settings.text(name)
    if not uri:
        return None
    try:
        parts = urlsplit(uri)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError(
            f"{name}: must be a URL, such as http://127.0.0.1:8080/credentials"
        )
    return CredentialsUri(uri)


Reader = Callable[..., Source | None]

FILES = (
    "ALICLOUD_SHARED_CREDENTIALS_FILE",
    "ALIBABA_CLOUD_CREDENTIALS_FILE",
    "eci:sharedCredentialsFile",
    "alicloud:sharedCredentialsFile",
)
"""Settings for the file of profiles; by default `CLI_FILE`."""

_KEYS = (
    (
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "ALIBABA_CLOUD_SECURITY_TOKEN",
    ),
    ("ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY", "ALICLOUD_SECURITY_TOKEN"),
    (
        "ALIBABACLOUD_ACCESS_KEY_ID",
        "ALIBABACLOUD_ACCESS_KEY_SECRET",
        "ALIBABACLOUD_SECURITY_TOKEN",
    ),
    ("eci:accessKey", "eci:secretKey", "eci:securityToken"),
    ("alicloud:accessKey", "alicloud:secretKey", "alicloud:securityToken"),
)
_PROFILES = ("ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE", "eci:profile", "alicloud:profile")
_OIDC_VARIABLES = (
    "ALIBABA_CLOUD_ROLE_ARN",
    "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
    "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
    "ALIBABA_CLOUD_OIDC_TOKEN",
    "ALIBABA_CLOUD_ROLE_SESSION_NAME",
)
_ECS_ROLES = (
    "ALIBABA_CLOUD_ECS_METADATA",
    "ALICLOUD_ECS_ROLE_NAME",
    "eci:ecsRoleName",
    "alicloud:ecsRoleName",
)
_URIS = (
    "ALIBABA_CLOUD_CREDENTIALS_URI",
    "ALICLOUD_CREDENTIALS_URI",
    "eci:credentialsUri",
    "alicloud:credentialsUri",
)

ORDER: tuple[tuple[Reader, tuple[str, ...]], ...] = (
    (_oidc_setting, ("eci:assumeRoleWithOidc",)),
    (_oidc_setting, ("alicloud:assumeRoleWithOidc",)),
    *((_access_key, names) for names in _KEYS),
    *((_profile, (name,)) for name in _PROFILES),
    *((_file, (name,)) for name in FILES),
    (_oidc_variables, _OIDC_VARIABLES),
    *((_ecs_role, (name,)) for name in _ECS_ROLES),
    *((_uri, (name,)) for name in _URIS),
)
"""The sources in order of precedence: the function that reads a source, and its settings."""


def find_source(settings: Settings, own: ConnectionSpec) -> tuple[Source, str]:
    """Return the source of credentials of a resource, and the setting that names the source.

    Args:
        settings: The stack's configuration and the environment.
        own: The resource's argument `connection`.

    Raises:
        ConfigurationError: The first source that is set is incomplete or invalid.
    """
    if own.profile:
        return Profile(own.profile, settings.first(FILES)[1] or CLI_FILE), "connection.profile"
    for read, names in ORDER:
        source = read(settings, *names)
        if source is not None:
            return source, names[0]
    return DefaultChain(), ""


# -- roles

ROLES = ("eci:assumeRole", "eci:assumeRoles", "alicloud:assumeRole", "alicloud:assumeRoles")
"""Settings that hold a role, or a list of roles to assume one after the other."""

ROLE_VARIABLES = (
    (
        "ALICLOUD_ASSUME_ROLE_ARN",
        "ALICLOUD_ASSUME_ROLE_SESSION_NAME",
        "",
        "",
        "ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION",
    ),
    (
        "ALIBABA_CLOUD_ROLE_ARN",
        "ALIBABA_CLOUD_ROLE_SESSION_NAME",
        "",
        "ALIBABA_CLOUD_EXTERNAL_ID",
        "",
    ),
)
"""Environment variables for the fields of a role, in the order of `_ROLE_FIELDS`."""


def find_roles(settings: Settings, own: ConnectionSpec) -> tuple[Role, ...]:
    """Return the roles to assume for a resource, in order.

    Args:
        settings: The stack's configuration and the environment.
        own: The resource's argument `connection`.

    Raises:
        ConfigurationError: A role is incomplete or invalid.
    """
    if own.role_arn:
        setting = "connection.roleArn"
        return (Role(_arn(setting, own.role_arn), setting),)
    if own.profile:
        return ()
    for setting in ROLES:
        # An empty ARN is no role, as in pulumi-alicloud.
        given_roles = settings.objects(setting, _ROLE_FIELDS)
        found = [given for given in given_roles if given and given.get("roleArn") != ""]
        if found:
            return tuple(_role(setting, given) for given in found)
    for names in ROLE_VARIABLES:
        given = {
            key: settings.text(name) for key, name in zip(_ROLE_FIELDS, names, strict=True) if name
        }
        # If the environment names an OIDC provider, the shared variable holds the OIDC role.
        with_oidc = names[0] in _OIDC_VARIABLES and any(map(settings.text, _OIDC_VARIABLES[1:4]))
        if given["roleArn"] and not with_oidc:
            return (_role(names[0], given),)
    return ()


def _role(setting: str, given: Mapping[str, str]) -> Role:
    if not given.get("roleArn"):
        raise ConfigurationError(f"{setting}: incomplete, set roleArn too")
    return Role(
        _arn(setting, given["roleArn"]),
        setting,
        session_name=given.get("sessionName", ""),
        policy=given.get("policy", ""),
        external_id=given.get("externalId", ""),
        seconds=_seconds(setting, given.get("sessionExpiration", "")),
    )


def _arn(setting: str, arn: str) -> str:
    if not _ARN.fullmatch(arn):
        raise ConfigurationError(
            f"{setting}: the role must be an ARN such as acs:ram::1234567890123456:role/deployer, "
            f"not {printable(arn)}"
        )
    return arn


def _seconds(setting: str, text: str) -> int:
    seconds = int(text) if text.isascii() and text.isdecimal() and len(text) <= len("43200") else -1
    if text in ("", "0"):
        return 0
    if seconds not in _SECONDS:
        raise ConfigurationError(
            f"{setting}: sessionExpiration must be a number of seconds from {_SECONDS.start} to "
            f"{_SECONDS.stop - 1}"
        )
    return seconds


# -- STS

STS_ENDPOINTS = ("ALIBABA_CLOUD_STS_ENDPOINT", "ALICLOUD_STS_ENDPOINT")
_HOST = re.compile(r"[\w.-]+(:\d{1,5})?", re.ASCII)


def find_sts_endpoint(settings: Settings) -> str:
    """Return the host of STS, with an optional port; "" means the vendor's default.

    Raises:
        ConfigurationError: The setting is not a host. The vendor's library uses only HTTPS.
    """
    name, text = settings.first(STS_ENDPOINTS)
    if not text:
        name, text = alicloud_endpoint(settings, "sts")
    host = text.removeprefix("https://").removesuffix("/")
    if host and not _HOST.fullmatch(host):
        raise ConfigurationError(
            f"{name}: must be a host that speaks HTTPS, such as sts.aliyuncs.com"
        )
    return host


def alicloud_endpoint(settings: Settings, service: str) -> tuple[str, str]:
    """Return the setting and the endpoint of *service* in `alicloud:endpoints`; "" if not set."""
    for given in settings.objects("alicloud:endpoints"):
        if given.get(service):
            return f"alicloud:endpoints ({service})", given[service]
    return "", ""


def find_credentials(settings: Settings, own: ConnectionSpec) -> Credentials:
    """Return source and roles of the credentials of a resource.

    Args:
        settings: The stack's configuration and the environment.
        own: The resource's argument `connection`.

    Raises:
        ConfigurationError: The settings are incomplete or invalid.
    """
    source, setting = find_source(settings, own)
    return Credentials(source, setting, find_roles(settings, own), find_sts_endpoint(settings))
