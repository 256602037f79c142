"""`ImageCacheSpec`: what a user wants a cache to be.

`parse` makes a spec of raw properties. Everything else reads specs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The engine's text for a value that is not known yet, in preview (a contract test checks it)."""


@dataclass(frozen=True)
class RegistryCredential:
    """One ImageRegistryCredential; `repr` leaves the password out."""

    server: str = ""
    user_name: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class AcrRegistryInfo:
    """One AcrRegistryInfo: a Container Registry Enterprise Edition instance, pulled by role."""

    instance_id: str = ""
    instance_name: str = ""
    region_id: str = ""
    domains: tuple[str, ...] = ()
    arn_service: str = ""
    arn_user: str = ""


@dataclass(frozen=True)
class ConnectionSpec:
    """How a resource reaches the API, if that differs from the stack's configuration.

    A connection holds no secret. Credentials come from *profile* of the vendor's configuration
    files, or from the stack's source; *role_arn* is assumed with them.
    """

    region: str = ""
    endpoint: str = ""
    profile: str = ""
    role_arn: str = ""
    account_id: str = ""

    @property
    def account(self) -> str:
        """The account, if it is named: by its id, or within the role's ARN."""
        if self.account_id or self.role_arn == UNKNOWN:
            return self.account_id or UNKNOWN
        parts = self.role_arn.split(":")  # acs:ram::<account>:role/<name>
        return parts[3] if len(parts) > 4 else ""  # noqa: PLR2004


@dataclass(frozen=True)
class ImageCacheSpec:
    """What a user wants a cache to be. Absent properties have the service's defaults.

    Three attributes are no properties:

    - `unknown`: the properties with a value, at any depth, that is not known before the update.
      Within objects (`fields.OBJECTS`) such a value is `UNKNOWN`; elsewhere it is absent.
    - `adoption`: the mark that this resource set on a cache that it adopted.
    - `unseen`: the properties of an imported cache that the service does not show.
    """

    region: str = ""
    images: tuple[str, ...] = ()
    image_cache_name: str = ""
    security_group_id: str = ""
    vswitch_id: str = ""
    zone_id: str = ""
    eip_instance_id: str = ""
    resource_group_id: str = ""
    image_cache_size: int = 20
    retention_days: int = 0
    elimination_strategy: str = ""
    auto_match_image_cache: bool = False
    flash: bool = False
    standard_copy_count: int = 1
    flash_copy_count: int = 1
    tags: Mapping[str, str] = field(default_factory=dict)
    image_registry_credentials: tuple[RegistryCredential, ...] = ()
    acr_registry_infos: tuple[AcrRegistryInfo, ...] = ()
    insecure_registry: str = ""
    plain_http_registry: str = ""
    annotations: str = ""
    rebuild_triggers: Any = None
    track_digests: bool = False
    image_digests: Mapping[str, str] = field(default_factory=dict)
    connection: ConnectionSpec = ConnectionSpec()
    adopt: str = ""
    skip_await: bool = False
    on_missing: str = ""
    unknown: frozenset[str] = frozenset()
    adoption: str = ""
    unseen: frozenset[str] = frozenset()

    def named(self, name: str) -> ImageCacheSpec:
        """Return the spec, with *name* if it has no name: an adopted cache keeps its own."""
        return self if self.image_cache_name else replace(self, image_cache_name=name)

    @property
    def account(self) -> str:
        """The account of the connection, if it is named."""
        return self.connection.account

    @property
    def registry_logins(self) -> tuple[tuple[str, str], ...]:
        """Server and user of each credential, sorted, for comparisons."""
        return tuple(sorted((c.server, c.user_name) for c in self.image_registry_credentials))

    @property
    def acr_instances(self) -> tuple[tuple[str, str, str, tuple[str, ...]], ...]:
        """The registry instances without their roles, sorted: what an update can change."""
        infos = self.acr_registry_infos
        return tuple(
            sorted(
                (i.instance_id, i.instance_name, i.region_id, tuple(sorted(i.domains)))
                for i in infos
            )
        )

    @property
    def acr_roles(self) -> tuple[tuple[str, str, str], ...]:
        """The roles of each registry instance with roles, sorted: what the API cannot update."""
        roles = ((i.instance_id, i.arn_service, i.arn_user) for i in self.acr_registry_infos)
        return tuple(sorted(role for role in roles if role[1] or role[2]))


def contains_unknown(value: object) -> bool:
    """Whether *value* is, or holds at any depth, a value that is not known yet."""
    if isinstance(value, Mapping):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(contains_unknown(item) for item in value)
    return isinstance(value, str) and value == UNKNOWN
