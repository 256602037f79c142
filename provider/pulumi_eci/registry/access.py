"""How registries are called: logins, and registries without TLS or with invalid certificates."""

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
    """A user name and a password. `repr` does not show the password.

    Attributes:
        user: The user name; empty without a login.
        password: The password.
        is_borrowed: Whether the login belongs to the provider's account, while the cache pulls with
            another one. Then a refusal says nothing about the cache.
    """

    user: str = ""
    password: str = field(default="", repr=False)
    is_borrowed: bool = False


@dataclass(frozen=True)
class Instance:
    """A Container Registry Enterprise Edition instance, which can issue temporary logins.

    Attributes:
        instance_id: The id, `cri-…`.
        connection: Credentials, the instance's region, and the host of Container Registry's API.
        name: The instance's name, or "" if unknown.
        domains: The instance's hosts; if empty, the vendor's default hosts of the instance.
    """

    instance_id: str
    connection: Connection
    name: str = ""
    domains: tuple[str, ...] = ()

    def answers_for(self, host: str) -> bool:
        """Whether *host* is a host of the instance."""
        if self.domains:
            return host in self.domains
        match = _INSTANCE_HOST.fullmatch(host)
        return (
            match is not None
            and match[1] == (self.name or match[1])
            and match[2] == self.connection.region
        )


@dataclass(frozen=True)
class Target:
    """A registry, and how it is called. Two different targets may get different answers.

    Attributes:
        host: The registry's host, as in `Reference.host`.
        login: The login; empty if there is none.
        instance: The Enterprise Edition instance that can issue a temporary login, if any.
        is_plain_http: Whether the registry has no TLS.
        insecure: Hosts whose certificates are not verified.
    """

    host: str
    login: Login = Login()
    instance: Instance | None = None
    is_plain_http: bool = False
    insecure: frozenset[str] = frozenset()

    def find_login(self) -> Login:
        """Return the login. Without one, an instance's temporary login is fetched.

        Raises:
            RegistryError: Container Registry issued no temporary login.
        """
        if self.login.user or self.instance is None:
            return self.login
        try:
            gateway = ContainerRegistryGateway(self.instance.connection)
            user, password = gateway.temporary_login(self.instance.instance_id)
        except EciError as error:
            raise unknown(
                f"no temporary login for {self.instance.instance_id}: {error.brief}"
            ) from None
        return Login(user, password, is_borrowed=True)


@dataclass(frozen=True)
class Access:
    """How all registries are called; hosts are spelled as in `Reference.host`.

    Attributes:
        logins: Logins by host of the registry.
        instances: Container Registry Enterprise Edition instances.
        plain_http: Hosts without TLS.
        insecure: Hosts whose certificates are not verified.
    """

    logins: Mapping[str, Login] = field(default_factory=dict)
    instances: tuple[Instance, ...] = ()
    plain_http: frozenset[str] = frozenset()
    insecure: frozenset[str] = frozenset()

    def target(self, host: str) -> Target:
        """Return how the registry *host* is called."""
        return Target(
            host,
            self.logins.get(host, Login()),
            next((each for each in self.instances if each.answers_for(host)), None),
            host in self.plain_http,
            self.insecure,
        )
