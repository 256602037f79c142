"""How images are reached: with whose login, and which registries have no good TLS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pulumi_eci.api.alicloud import ContainerRegistryGateway
from pulumi_eci.api.connection import Connection
from pulumi_eci.api.errors import EciError
from pulumi_eci.registry.answer import unknown

_INSTANCE_HOST = re.compile(r"([a-z0-9-]+)-registry(?:-vpc)?\.([a-z0-9-]+)\.cr\.aliyuncs\.com")


@dataclass(frozen=True)
class Login:
    """A user and a password; `repr` leaves the password out.

    Attributes:
        user: The user's name; empty without a login.
        password: The password.
        is_borrowed: Whether it is this program's own right, not what the cache pulls with: then a
            refusal says nothing of the cache.
    """

    user: str = ""
    password: str = field(default="", repr=False)
    is_borrowed: bool = False


@dataclass(frozen=True)
class Instance:
    """A Container Registry Enterprise Edition instance, which gives temporary logins.

    Attributes:
        instance_id: `cri-…`.
        connection: The account, and the instance's region, with the host of Container Registry's
            API.
        name: The instance's name, or "" if it is not known.
        domains: Its hosts; by default those that the vendor gives an instance.
    """

    instance_id: str
    connection: Connection
    name: str = ""
    domains: tuple[str, ...] = ()

    def answers_for(self, host: str) -> bool:
        """Whether *host* is one of the instance's."""
        if self.domains:
            return host in self.domains
        match = _INSTANCE_HOST.fullmatch(host)
        return (
            match is not None
            and match[1] == (self.name or match[1])
            and match[2] == self.connection.region
        )


@dataclass(frozen=True)
class Way:
    """How one registry is asked: what differs here may be answered differently."""

    host: str
    login: Login = Login()
    instance: Instance | None = None
    is_plain_http: bool = False
    insecure: frozenset[str] = frozenset()

    def find_login(self) -> Login:
        """Return who asks; an instance's temporary login is got from the vendor.

        Raises:
            RegistryError: There is none to be had.
        """
        if self.login.user or self.instance is None:
            return self.login
        try:
            gateway = ContainerRegistryGateway(self.instance.connection)
            user, password = gateway.temporary_login(self.instance.instance_id)
        except EciError as error:
            raise unknown(
                f"there is no temporary login for {self.instance.instance_id}: {error.brief}"
            ) from None
        return Login(user, password, is_borrowed=True)


@dataclass(frozen=True)
class Access:
    """The ways to all registries; hosts are as `Reference.host` has them.

    Attributes:
        logins: By host of the registry.
        instances: Container Registry Enterprise Edition instances.
        plain_http: Hosts without TLS.
        insecure: Hosts whose certificates are not looked at.
    """

    logins: Mapping[str, Login] = field(default_factory=dict)
    instances: tuple[Instance, ...] = ()
    plain_http: frozenset[str] = frozenset()
    insecure: frozenset[str] = frozenset()

    def way(self, host: str) -> Way:
        """Return the way to the registry *host*."""
        return Way(
            host,
            self.logins.get(host, Login()),
            next((each for each in self.instances if each.answers_for(host)), None),
            host in self.plain_http,
            self.insecure,
        )
