"""The sources of credentials, in a process with its own home and environment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eci_emulator.server import RunningEmulator, running
from tests.support.fake_engine import running_engine
from tests.support.fake_sts import KEY, running_sts
from tests.support.provider_process import CallFailedError, Provider, inputs
from tests.support.provider_start import running_provider

# No access key in the environment, and no requests to the metadata service of a cloud machine.
NO_KEY = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "",
    "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
}
GOOD, BAD = "testsecret", "another-secret"
ARN = "acs:ram::1:role/x"
SSO = {
    "cloud_sso_sign_in_url": "https://signin.example.com/login",
    "cloud_sso_account_id": "1",
    "cloud_sso_access_config": "ac-1",
    "cloud_sso_access_token_expire": 1,
}


@pytest.fixture
def api() -> Iterator[RunningEmulator]:
    """A local ECI API."""
    with running() as running_api:
        yield running_api


def write_profiles(home: Path, current: str, **secrets: str) -> None:
    """Write the configuration file of Alibaba Cloud's CLI, with a profile for each secret."""
    profiles: list[dict[str, object]] = [
        {
            "name": name,
            "mode": "AK",
            "access_key_id": "testid",
            "access_key_secret": secret,
            "region_id": "cn-hangzhou",
        }
        for name, secret in secrets.items()
    ]
    if "sso" in secrets:
        profiles[-1] |= {"mode": "CloudSSO", "access_token": "t", **SSO}
    (home / ".aliyun").mkdir()
    (home / ".aliyun" / "config.json").write_text(
        json.dumps({"current": current, "profiles": profiles})
    )


def works(provider: Provider) -> bool:
    """Return whether the service accepts the credentials."""
    return provider.refresh("imc-1", inputs(status="Ready"), inputs()).id == ""


def refusal(provider: Provider) -> str:
    """Return the message of a call that finds no credentials. The user sees nothing else."""
    with pytest.raises(CallFailedError) as caught:
        provider.create(inputs(), timeout=1)
    assert "\n" not in caught.value.message
    assert "Traceback" not in provider.output()
    return caught.value.message


def test_the_key_of_the_environment_takes_precedence_over_the_configuration(
    tmp_path: Path, api: RunningEmulator
) -> None:
    config = {"eci:endpoint": api.url, "eci:accessKey": "testid", "eci:secretKey": BAD}
    with running_provider(tmp_path, "", config) as provider:
        assert works(provider)


def test_the_key_of_the_configuration_is_used_without_the_token_of_the_environment(
    tmp_path: Path, api: RunningEmulator
) -> None:
    config = {"eci:endpoint": api.url, "eci:accessKey": "testid", "eci:secretKey": GOOD}
    stale = {"ALICLOUD_SECURITY_TOKEN": "stale", "ALIBABA_CLOUD_SECURITY_TOKEN": "stale"}
    with running_provider(tmp_path, "", config, **NO_KEY, **stale) as provider:
        assert works(provider)


def test_without_a_key_the_current_profile_of_the_vendor_s_cli_is_used(
    tmp_path: Path, api: RunningEmulator
) -> None:
    write_profiles(tmp_path, "one", one=GOOD, two=BAD)
    with running_provider(tmp_path, "", {"eci:endpoint": api.url}, **NO_KEY) as provider:
        assert works(provider)


@pytest.mark.parametrize("key", ["eci:profile", "alicloud:profile"])
def test_a_profile_is_selected_by_name(tmp_path: Path, api: RunningEmulator, key: str) -> None:
    write_profiles(tmp_path, "one", one=BAD, two=GOOD)
    config = {"eci:endpoint": api.url, key: "two"}
    with running_provider(tmp_path, "", config, **NO_KEY) as provider:
        assert works(provider)


@pytest.mark.parametrize(
    "config",
    [
        {"alicloud:assumeRole": json.dumps({"roleArn": ARN, "sessionName": "ci"})},
        {"alicloud:assumeRoleWithOidc": {"roleArn": ARN, "oidcProviderArn": "p"}},
        {"alicloud:credentialsUri": "https://{host}/credentials"},
    ],
    ids=lambda config: next(iter(config)),
)
def test_the_settings_of_pulumi_alicloud_are_used(
    tmp_path: Path, api: RunningEmulator, config: dict[str, Any]
) -> None:
    api.emulator.configure(
        access_keys={KEY["AccessKeyId"]: KEY["AccessKeySecret"]},
        security_tokens={KEY["AccessKeyId"]: KEY["SecurityToken"]},
    )
    (tmp_path / "token").write_text("token")
    [(name, value)] = config.items()
    no_key = NO_KEY if name != "alicloud:assumeRole" else {}
    with running_sts(tmp_path) as sts:
        if isinstance(value, dict):
            value = json.dumps({**value, "oidcTokenFile": str(tmp_path / "token")})
        config = {"eci:endpoint": api.url, name: value.replace("{host}", sts.host)}
        with running_provider(tmp_path, "", config, **no_key, **sts.environment) as provider:
            assert works(provider)


@pytest.mark.parametrize(
    ("config", "reported"),
    [
        ({}, ["no usable credentials: set ALIBABA_CLOUD_ACCESS_KEY_ID"]),
        ({"eci:profile": "nowhere"}, ["profile nowhere of ~/.aliyun/config.json", "one, sso"]),
        (
            {"alicloud:profile": "sso"},
            ["profile sso", "expired", "aliyun configure --mode CloudSSO"],
        ),
        ({"alicloud:credentialsUri": "http://127.0.0.1:1/"}, ["127.0.0.1", "refused"]),
        ({"alicloud:profile": "one", "eci:assumeRole": json.dumps({"roleArn": ARN})}, [ARN]),
    ],
    ids=str,
)
def test_unavailable_credentials_are_reported_in_one_line(
    tmp_path: Path, api: RunningEmulator, config: dict[str, str], reported: list[str]
) -> None:
    write_profiles(tmp_path, "", one=GOOD, sso="")
    sts = {"ALICLOUD_STS_ENDPOINT": "127.0.0.1:1"}
    config = {"eci:endpoint": api.url, **config}
    with running_provider(tmp_path, "", config, **NO_KEY, **sts) as provider:
        message = refusal(provider)
    assert [words for words in reported if words not in message] == []
    assert api.emulator.journal.entries() == []


def test_an_unsupported_setting_is_reported_before_any_call(
    tmp_path: Path, api: RunningEmulator
) -> None:
    config = {
        "eci:endpoint": api.url,
        "eci:accessKey": "testid",
        "alicloud:assumeRole": json.dumps({"roleArn": ARN, "serialNumber": "mfa"}),
    }
    with running_provider(tmp_path, "", config, **NO_KEY) as provider:
        found = [failure.reason for failure in provider.check(inputs()).failures]
    assert len(found) == 2
    assert "eci:secretKey is not" in found[0]
    assert found[1].startswith("alicloud:assumeRole: serialNumber is not")


def test_an_endpoint_of_another_region_gets_a_warning(tmp_path: Path) -> None:
    config = {"eci:endpoint": "eci.cn-beijing.aliyuncs.com"}
    with running_engine() as engine:
        with running_provider(tmp_path, engine.address, config) as provider:
            provider.check(inputs())
            provider.check(inputs())
        [warning] = [line.text for line in engine.lines if line.severity == "WARNING"]
    assert "cn-beijing" in warning
