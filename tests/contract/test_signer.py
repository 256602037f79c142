"""The vendor's credentials library: the credentials of each source, and the message of each
failure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_eci.api.credentials import (
    AccessKey,
    Credentials,
    CredentialsUri,
    DefaultChain,
    EcsRole,
    OidcRole,
    Profile,
    Role,
    Source,
)
from pulumi_eci.api.errors import ConfigurationError, EciError, TransportError
from pulumi_eci.api.signer import Signer
from tests.support.fake_sts import KEY, FakeSts, running_sts

ARN = "acs:ram::1:role/x"
BASE = AccessKey("base", "base-secret")
NEVER_TOLD = ("base-secret", "role-secret", "sso-secret", "token-1", "role-token", "Traceback")


@pytest.fixture
def sts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSts]:
    """STS on this machine."""
    with running_sts(tmp_path) as running:
        monkeypatch.setenv("SSL_CERT_FILE", running.environment["SSL_CERT_FILE"])
        yield running


@pytest.fixture
def sources(sts: FakeSts, tmp_path: Path) -> dict[str, Credentials]:
    """Credentials from services, by name."""
    sso = {
        "name": "sso",
        "mode": "CloudSSO",
        "cloud_sso_sign_in_url": f"https://{sts.host}/login",
        "cloud_sso_account_id": "1",
        "cloud_sso_access_config": "ac-1",
        "access_token": "sso-secret",
        "cloud_sso_access_token_expire": 2**40,
    }
    uri = f"https://{sts.host}/credentials"
    by_uri = {"name": "uri", "mode": "CredentialsURI", "credentials_uri": uri}
    file, token = tmp_path / "config.json", tmp_path / "token"
    file.write_text(json.dumps({"profiles": [sso, by_uri]}))
    token.write_text("token-1")
    role = Role(ARN, "alicloud:assumeRole", "me", '{"V":1}', "ext", 900)
    oidc = OidcRole(Role(ARN, "eci:assumeRoleWithOidc"), "provider-1", str(token))
    return {
        "a role": Credentials(BASE, "eci:accessKey", (role,), sts.host),
        "roles": Credentials(BASE, "eci:accessKey", (role, Role("acs:ram::2:role/y")), sts.host),
        "oidc": Credentials(oidc, "eci:assumeRoleWithOidc", (), sts.host),
        "uri": Credentials(CredentialsUri(f"{uri}?t=token-1"), "eci:credentialsUri"),
        "sso": Credentials(Profile("sso", str(file)), "eci:profile"),
        "profile uri": Credentials(Profile("uri", str(file)), "eci:profile"),
    }


ASKED: dict[str, list[dict[str, str]]] = {
    "a role": [
        {
            "Action": "AssumeRole",
            "RoleArn": ARN,
            "RoleSessionName": "me",
            "Policy": '{"V":1}',
            "ExternalId": "ext",
            "DurationSeconds": "900",
            "AccessKeyId": "base",
        }
    ],
    "roles": [
        {"RoleArn": ARN, "AccessKeyId": "base"},
        {"RoleArn": "acs:ram::2:role/y", "AccessKeyId": "STS.role", "SecurityToken": "role-token"},
    ],
    "oidc": [
        {
            "Action": "AssumeRoleWithOIDC",
            "RoleArn": ARN,
            "OIDCProviderArn": "provider-1",
            "OIDCToken": "token-1",
        }
    ],
    "uri": [{"t": "token-1"}],
    "sso": [{}],
    "profile uri": [{}],
}


def key_of(signer: Signer) -> tuple[str, str, str]:
    """The credentials that sign the calls."""
    found = signer.get_credentials()
    return found.get_access_key_id(), found.get_access_key_secret(), found.get_security_token()


def failure(signer: Signer) -> EciError:
    """The message about missing credentials: one line, without a secret and without a chained
    exception.
    """
    with pytest.raises(EciError) as caught:
        signer.get_credentials()
    assert not [words for words in NEVER_TOLD if words in str(caught.value)]
    assert "\n" not in str(caught.value)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    return caught.value


@pytest.mark.parametrize("name", ASKED)
def test_credentials_are_requested_once_and_as_configured(
    sts: FakeSts, sources: dict[str, Credentials], name: str
) -> None:
    signer = Signer(sources[name])
    assert key_of(signer) == key_of(signer) == tuple(KEY.values())
    assert len(sts.asked) == len(ASKED[name])
    for asked, expected in zip(sts.asked, ASKED[name], strict=True):
        assert {key: asked.get(key) for key in expected} == expected


@pytest.mark.parametrize(
    ("name", "reported"),
    [
        ("a role", [ARN, "alicloud:assumeRole", "NoPermission", "trust policy"]),
        ("roles", [ARN, "NoPermission"]),
        ("oidc", [ARN, "eci:assumeRoleWithOidc", "NoPermission", "/token"]),
        ("uri", ["127.0.0.1", "eci:credentialsUri", "NoPermission"]),
        ("sso", ["profile sso", "config.json", "`aliyun configure --mode CloudSSO --profile sso`"]),
        ("profile uri", ["profile uri", "config.json", "127.0.0.1"]),
    ],
)
def test_a_refusal_is_reported_and_final(
    sts: FakeSts, sources: dict[str, Credentials], name: str, reported: list[str]
) -> None:
    sts.refusal = (403, "NoPermission")
    signer = Signer(sources[name])
    first, second = failure(signer), failure(signer)
    assert isinstance(first, ConfigurationError)
    assert [words for words in reported if words not in str(first)] == []
    assert (str(second), len(sts.asked)) == (str(first), 1)


def test_an_expired_token_of_the_assuming_key_must_be_renewed(
    sts: FakeSts, sources: dict[str, Credentials]
) -> None:
    sts.refusal = (400, "InvalidSecurityToken.Expired")
    assert "STS token" in str(failure(Signer(sources["a role"])))


@pytest.mark.parametrize("refusal", [(503, "ServiceUnavailable"), (400, "Throttling.User")])
def test_a_service_that_throttles_is_asked_again(
    sts: FakeSts, sources: dict[str, Credentials], refusal: tuple[int, str]
) -> None:
    signer = Signer(sources["a role"])
    sts.refusal = refusal
    assert isinstance(failure(signer), TransportError)
    sts.refusal = None
    assert key_of(signer) == tuple(KEY.values())


class Flaky:
    """A provider of the library that works once."""

    def __init__(self) -> None:
        self.outcomes: list[object] = ["credentials", OSError("a"), ConnectionError("refused")]

    def get_credentials(self) -> object:
        """Return the credentials, or raise."""
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def test_a_source_that_worked_before_may_fail_temporarily() -> None:
    from pulumi_eci.api.signer import Step  # noqa: PLC0415

    signer = Signer(Credentials())
    signer._steps = [Step(Flaky(), "cannot assume the role", "STS")]
    assert signer.get_credentials() == "credentials"
    assert isinstance(failure(signer), TransportError)
    assert isinstance(failure(signer), TransportError)


@pytest.mark.parametrize(
    ("source", "roles", "reported"),
    [
        (CredentialsUri("http://127.0.0.1:1/?t=token-1"), (), "the connection was refused"),
        (BASE, (Role(ARN, "eci:assumeRole"),), "the connection was refused"),
        (OidcRole(Role(ARN), "p", "/nowhere/to-read"), (), "/nowhere/to-read"),
        (Profile("p", "/nowhere/config.json"), (), "/nowhere/config.json"),
        (EcsRole("r"), (), "IMDS credentials is disabled"),
        (DefaultChain(), (), "set ALIBABA_CLOUD_ACCESS_KEY_ID"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_unavailable_source_is_reported(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: Source,
    roles: tuple[Role, ...],
    reported: str,
) -> None:
    from alibabacloud_credentials.utils import auth_util  # noqa: PLC0415

    monkeypatch.setattr(auth_util, "environment_ecs_metadata_disabled", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    signer = Signer(Credentials(source, "setting", roles, "127.0.0.1:1"))
    assert reported in str(failure(signer))
