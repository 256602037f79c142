"""Rules for registry logins: secret passwords, and roles instead of passwords."""

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
            f"The password of imageRegistryCredentials[{index}] is not marked secret, so the "
            "state would contain the password in clear."
        )


def _mark_secret(cache: Cache, _settings: Settings) -> Iterator[tuple[Path, object]]:
    for index, password in _plain_passwords(cache):
        yield ("imageRegistryCredentials", index, "password"), Secret(password)


def _acr_over_password(cache: Cache, _settings: Settings) -> Iterator[str]:
    for index, credential in cache.credentials():
        server = credential.get("server")
        acr = acr_host(server) if isinstance(server, str) else None
        if acr is not None and acr.enterprise:
            how = "acrRegistryInfos of pulumi_eci" if cache.bridged else "acrRegistryInfos"
            yield (
                f"The imageRegistryCredentials[{index}] are for a Container Registry instance. "
                f"With {how} the service pulls from this instance without a password."
            )


RULES = (
    Rule(
        About(
            id="credentials-secret",
            title="Secret passwords",
            description="Registry passwords are secret in the state.",
            severity=Severity.CRITICAL,
            level=EnforcementLevel.MANDATORY,
            fix="Use `config.require_secret(…)` or `pulumi.Output.secret(…)`. If the password was "
            "in a state, change the password at the registry. pulumi_eci always marks passwords; "
            "the level `remediate` marks the others.",
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
            description="Images of a Container Registry instance are pulled with a role, without a "
            "password.",
            severity=Severity.LOW,
            level=EnforcementLevel.ADVISORY,
            fix="Name the instance in `acrRegistryInfos` instead. Then there is no password to "
            "store and rotate.",
            url=CREATE_PAGE,
        ),
        check=_acr_over_password,
    ),
)
