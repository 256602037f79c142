"""Logins of registries: kept secret, and best not needed."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, Secret, Severity

from eci_policies.cache import Cache, Path
from eci_policies.image import acr_host
from eci_policies.rule import CREATE_PAGE, SECRETS_PAGE, About, Rule
from eci_policies.settings import Settings


def _plain_passwords(cache: Cache) -> Iterator[tuple[int, str]]:
    for index, credential in cache.credentials():
        password = credential.get("password")
        path: Path = ("imageRegistryCredentials", index, "password")
        if isinstance(password, str) and password and not cache.covers(path):
            yield index, password


def _credentials_secret(cache: Cache, _settings: Settings) -> Iterator[str]:
    for index, _ in _plain_passwords(cache):
        yield (
            f"The password of imageRegistryCredentials[{index}] is not marked secret: it would be "
            "in the state in clear."
        )


def _mark_secret(cache: Cache, _settings: Settings) -> Iterator[tuple[Path, object]]:
    for index, password in _plain_passwords(cache):
        yield ("imageRegistryCredentials", index, "password"), Secret(password)


def _acr_over_password(cache: Cache, _settings: Settings) -> Iterator[str]:
    for index, credential in cache.credentials():
        server = credential.get("server")
        acr = acr_host(server) if isinstance(server, str) else None
        if acr is not None and acr.enterprise:
            way = "pulumi_eci has" if cache.bridged else "use"
            yield (
                f"The imageRegistryCredentials[{index}] log in to an instance of Container "
                f"Registry that the service can pull from without a password: {way} "
                "acrRegistryInfos."
            )


RULES = (
    Rule(
        About(
            id="credentials-secret",
            title="Secret passwords",
            description="The password of a registry is a secret in the state.",
            severity=Severity.CRITICAL,
            level=EnforcementLevel.MANDATORY,
            fix="Wrap the password, as in `config.require_secret(…)` or `pulumi.Output.secret(…)`, "
            "and change it at the registry if it has been in a state. pulumi_eci marks it by "
            "itself. With the level `remediate`, it is marked.",
            url=SECRETS_PAGE,
        ),
        check=_credentials_secret,
        remedy=_mark_secret,
        remedies_bridged=True,
    ),
    Rule(
        About(
            id="acr-over-password",
            title="Container Registry without passwords",
            description="Images of a Container Registry instance are pulled by role, not by "
            "password.",
            severity=Severity.LOW,
            level=EnforcementLevel.ADVISORY,
            fix="Name the instance in `acrRegistryInfos` instead: no password to keep and to "
            "rotate.",
            url=CREATE_PAGE,
        ),
        check=_acr_over_password,
    ),
)
