"""Where the credentials come from, in a process whose home and environment are a test's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from eci_emulator.server import RunningEmulator, running
from tests.support.provider_process import CallFailedError, Provider, inputs
from tests.support.provider_start import running_provider

# Neither a key in the environment, nor a request to the metadata service of a cloud machine.
NO_KEY = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "",
    "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
}
GOOD, BAD = "testsecret", "another-secret"


@pytest.fixture
def api() -> Iterator[RunningEmulator]:
    """A local ECI API."""
    with running() as running_api:
        yield running_api


def write_profiles(home: Path, current: str, **secrets: str) -> None:
    """Write the configuration file of Alibaba Cloud's CLI, one profile a secret."""
    profiles = [
        {
            "name": name,
            "mode": "AK",
            "access_key_id": "testid",
            "access_key_secret": secret,
            "region_id": "cn-hangzhou",
        }
        for name, secret in secrets.items()
    ]
    (home / ".aliyun").mkdir()
    (home / ".aliyun" / "config.json").write_text(
        json.dumps({"current": current, "profiles": profiles})
    )


def works(provider: Provider) -> bool:
    """Whether the service accepts the credentials that are found."""
    return provider.refresh("imc-1", inputs(status="Ready"), inputs()).id == ""


def refusal(provider: Provider) -> str:
    """The message of a call that finds no credentials, which is all that the user sees of it."""
    with pytest.raises(CallFailedError) as caught:
        provider.create(inputs(), timeout=1)
    assert "\n" not in caught.value.message
    assert "Traceback" not in provider.output()
    return caught.value.message


def test_the_configuration_s_key_is_used_without_one_in_the_environment(
    tmp_path: Path, api: RunningEmulator
) -> None:
    """`eci:accessKey` and `eci:secretKey` sign the calls."""
    config = {"eci:endpoint": api.url, "eci:accessKey": "testid", "eci:secretKey": GOOD}
    with running_provider(tmp_path, "", config, **NO_KEY) as provider:
        assert works(provider)


def test_the_environment_s_key_wins_over_the_configuration_s(
    tmp_path: Path, api: RunningEmulator
) -> None:
    """A key that was rotated may still be in the configuration of the last `up`."""
    config = {"eci:endpoint": api.url, "eci:accessKey": "testid", "eci:secretKey": BAD}
    with running_provider(tmp_path, "", config) as provider:
        assert works(provider)


def test_without_a_key_the_default_chain_decides(tmp_path: Path, api: RunningEmulator) -> None:
    """The vendor's chain finds the current profile of its CLI."""
    write_profiles(tmp_path, "one", one=GOOD, two=BAD)
    with running_provider(tmp_path, "", {"eci:endpoint": api.url}, **NO_KEY) as provider:
        assert works(provider)


@pytest.mark.parametrize("key", ["eci:profile", "alicloud:profile"])
def test_a_profile_is_taken_by_name(tmp_path: Path, api: RunningEmulator, key: str) -> None:
    """The configuration names a profile other than the current one."""
    write_profiles(tmp_path, "one", one=BAD, two=GOOD)
    config = {"eci:endpoint": api.url, key: "two"}
    with running_provider(tmp_path, "", config, **NO_KEY) as provider:
        assert works(provider)


@pytest.mark.parametrize(
    ("config", "start"),
    [
        pytest.param({}, "no usable credentials: set ALIBABA_CLOUD_ACCESS_KEY_ID", id="the chain"),
        pytest.param(
            {"eci:profile": "nowhere"},
            "the profile nowhere gives no usable credentials",
            id="a profile",
        ),
    ],
)
def test_no_credentials_are_told_in_one_line(
    tmp_path: Path, api: RunningEmulator, config: dict[str, str], start: str
) -> None:
    """Where nothing is found, the message says where to put it, and no request is sent."""
    with running_provider(tmp_path, "", {"eci:endpoint": api.url, **config}, **NO_KEY) as provider:
        assert refusal(provider).startswith(start)
    assert api.emulator.journal.entries() == []


def test_a_source_of_credentials_that_fails_is_told_in_one_line(
    tmp_path: Path, api: RunningEmulator
) -> None:
    """The vendor's library logs tracebacks to standard error, which the engine would show."""
    source = {"ALIBABA_CLOUD_CREDENTIALS_URI": "http://127.0.0.1:1/"}
    config = {"eci:endpoint": api.url}
    with running_provider(tmp_path, "", config, **NO_KEY, **source) as provider:
        refusal(provider)
