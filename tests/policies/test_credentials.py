"""Policies about logins of registries."""

from __future__ import annotations

import pytest

from eci_policies.cache import Path
from tests.support.policies import UNKNOWN, cache, messages

LOGIN = {"server": "r.example.com", "userName": "web", "password": "hunter2"}
PATH: Path = ("imageRegistryCredentials", 1, "password")


@pytest.mark.parametrize("bridged", [True, False])
def test_a_plain_password_is_a_violation(bridged: bool) -> None:
    """The message names its place and does not quote it."""
    judged = cache(imageRegistryCredentials=[{}, LOGIN], bridged=bridged)
    assert messages("credentials-secret", judged) == [
        (
            "The password of imageRegistryCredentials[1] is not marked secret: it would be in the "
            "state in clear."
        )
    ]


def test_a_secret_password_is_none() -> None:
    """It is marked."""
    judged = cache(imageRegistryCredentials=[{}, LOGIN], secret=[PATH])
    assert messages("credentials-secret", judged) == []


@pytest.mark.parametrize("password", [UNKNOWN, "", None, 7])
def test_a_password_that_is_none_says_nothing(password: object) -> None:
    """Unknown, empty, absent, or of the wrong type."""
    judged = cache(imageRegistryCredentials=[{**LOGIN, "password": password}])
    assert messages("credentials-secret", judged) == []


@pytest.mark.parametrize("credentials", [UNKNOWN, "[secret]", [UNKNOWN], ["x"], {"a": 1}, None])
@pytest.mark.parametrize("policy", ["credentials-secret", "acr-over-password"])
def test_credentials_that_are_none_say_nothing(policy: str, credentials: object) -> None:
    """An export without its passphrase holds the text `[secret]` instead."""
    assert messages(policy, cache(imageRegistryCredentials=credentials)) == []


@pytest.mark.parametrize(
    ("bridged", "way"), [(False, "use acrRegistryInfos"), (True, "pulumi_eci has acrRegistryInfos")]
)
def test_an_instance_of_container_registry_needs_no_password(bridged: bool, way: str) -> None:
    """The service pulls from it by role."""
    login = {**LOGIN, "server": "web-registry-vpc.cn-hangzhou.cr.aliyuncs.com"}
    judged = cache(imageRegistryCredentials=[login], bridged=bridged)
    assert messages("acr-over-password", judged) == [
        (
            "The imageRegistryCredentials[0] log in to an instance of Container Registry that the "
            f"service can pull from without a password: {way}."
        )
    ]


@pytest.mark.parametrize(
    "server", ["r.example.com", "registry-vpc.cn-hangzhou.aliyuncs.com", UNKNOWN, None]
)
def test_other_registries_need_a_password(server: str | None) -> None:
    """Those of others, and the personal edition."""
    judged = cache(imageRegistryCredentials=[{**LOGIN, "server": server}])
    assert messages("acr-over-password", judged) == []
