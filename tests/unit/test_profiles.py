"""Profiles of the vendor's configuration files: supported profiles, and the messages for the
others.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pulumi_eci.api.credentials import Profile
from pulumi_eci.api.errors import ConfigurationError
from pulumi_eci.api.profiles import current_profile, load_profile

NOW = 1_000.0
SECRET = "zq7secret7qz"
KEY = {"access_key_id": SECRET, "access_key_secret": SECRET}
ARN = {"ram_role_arn": "acs:ram::1:role/x"}
SSO = {
    "mode": "CloudSSO",
    "cloud_sso_sign_in_url": "https://signin.example.com/login",
    "cloud_sso_account_id": "1",
    "cloud_sso_access_config": "ac-1",
    "access_token": SECRET,
    "cloud_sso_access_token_expire": NOW + 1,
}
INI = f"[default]\ntype=access_key\naccess_key_id={SECRET}\naccess_key_secret={SECRET}\n"


def profiles(**fields: Any) -> str:  # noqa: ANN401 - a profile's fields
    """Return the CLI's file with the profile `p`."""
    return json.dumps({"current": "p", "profiles": [{"name": "p", **fields}]})


GOOD = [
    profiles(mode="AK", **KEY),
    profiles(mode="StsToken", sts_token=SECRET, **KEY),
    profiles(mode="RamRoleArn", expired_seconds=900, **KEY, **ARN),
    profiles(mode="EcsRamRole"),
    profiles(mode="OIDC", oidc_provider_arn="a", oidc_token_file="/t", **ARN),
    profiles(**SSO),
    profiles(mode="OAuth", oauth_refresh_token=SECRET),
    profiles(mode="OAuth", oauth_access_token=SECRET, oauth_access_token_expire=NOW + 1),
    profiles(mode="OAuth", sts_expiration=NOW + 1),
    profiles(mode="External", process_command="get-key"),
    profiles(mode="CredentialsURI", credentials_uri="http://h/"),
    json.dumps(
        {
            "profiles": [
                {"name": "p", "mode": "ChainableRamRoleArn", "source_profile": "q", **ARN},
                {"name": "q", "mode": "AK", **KEY},
            ]
        }
    ),
    INI.replace("default", "p"),
]

BAD: list[tuple[str, list[str]]] = [
    ("", ["not valid JSON", "line 1", "aliyun configure --profile p"]),
    ('{\n"current": "p",\n', ["not valid JSON", "line 3"]),
    ("[]", ["no list of profiles"]),
    ("{}", ["no list of profiles"]),
    ('{"profiles": ["p"]}', ["no list of profiles"]),
    ('{"profiles": [{"name": "q"}]}', ["no such profile", "it has q"]),
    (profiles(), ["mode ''", "--profile p"]),
    (profiles(mode="RsaKeyPair", **KEY), ["mode 'RsaKeyPair' is not supported", "--profile p"]),
    (profiles(mode="AK", access_key_id=SECRET), ["access_key_secret", "--mode AK --profile p"]),
    (profiles(mode="AK", access_key_secret=SECRET), ["access_key_id"]),
    (profiles(mode="StsToken", **KEY), ["sts_token", "--mode StsToken"]),
    (profiles(mode="StsToken", sts_token=SECRET, sts_expiration=NOW, **KEY), ["has expired"]),
    (profiles(mode="RamRoleArn", **KEY), ["ram_role_arn"]),
    (profiles(mode="RamRoleArn", expired_seconds=0, **KEY, **ARN), ["expired_seconds"]),
    (
        profiles(**{**SSO, "cloud_sso_access_token_expire": NOW}),
        ["CloudSSO) has expired", "`aliyun configure --mode CloudSSO --profile p`"],
    ),
    (profiles(**{**SSO, "access_token": ""}), ["access_token", "--mode CloudSSO"]),
    (
        profiles(mode="OAuth", oauth_access_token=SECRET, oauth_access_token_expire=NOW),
        ["OAuth) has expired", "`aliyun configure --mode OAuth --profile p`"],
    ),
    (
        profiles(mode="OAuth", oauth_refresh_token=SECRET, oauth_refresh_token_expire=NOW),
        ["OAuth) has expired"],
    ),
    (profiles(mode="ChainableRamRoleArn", source_profile="p", **ARN), ["source_profile", "p > p"]),
    (profiles(mode="ChainableRamRoleArn", source_profile="q", **ARN), ["profile q", "no such"]),
    ("[p]\ntype=sts\n", ["'sts'"]),
    ("[p]\ntype=access_key\naccess_key_id=a\n", ["access_key_secret"]),
    ("# mine\n[p\n", ["not a valid INI"]),
]


@pytest.mark.parametrize("text", GOOD)
def test_a_complete_profile_is_used(tmp_path: Path, text: str) -> None:
    (tmp_path / "config").write_text(text)
    found = load_profile(Profile("p", str(tmp_path / "config")), NOW)
    assert (found.name, found.path) == ("p", str(tmp_path / "config"))
    assert found.mode in text


@pytest.mark.parametrize(("text", "reported"), BAD)
def test_an_unusable_profile_is_reported_with_its_file_and_advice(
    tmp_path: Path, text: str, reported: list[str]
) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_profile(Profile("p", str(file)), NOW)
    assert [words for words in (str(file), *reported) if words not in str(caught.value)] == []
    assert SECRET not in str(caught.value)


def test_an_unreadable_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name in ("missing", ".", "binary"):
        with pytest.raises(ConfigurationError) as caught:
            load_profile(Profile("p", str(tmp_path / name)), NOW)
        assert str(tmp_path / name) in str(caught.value)
        assert "aliyun configure --profile p" in str(caught.value)


def test_without_a_name_the_current_profile_is_used(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(GOOD[0])
    (tmp_path / "ini").write_text(INI)
    assert load_profile(Profile("", str(tmp_path / "config")), NOW).name == "p"
    assert load_profile(Profile("", str(tmp_path / "ini")), NOW).name == "default"


def test_profiles_can_be_disabled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun" / "config.json").write_text(GOOD[0])
    found = current_profile(NOW)
    assert found
    assert found.name == "p"
    monkeypatch.setenv("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "true")
    assert current_profile(NOW) is None
    with pytest.raises(ConfigurationError, match="ALIBABA_CLOUD_CLI_PROFILE_DISABLED"):
        load_profile(Profile("p"), NOW)


@pytest.mark.parametrize(
    ("text", "is_set_up"),
    [
        (None, False),
        ('{"current": "gone", "profiles": []}', False),
        (profiles(mode="", **KEY), False),
        (profiles(mode="AK", access_key_id="", access_key_secret=""), False),
        (profiles(mode="AK", access_key_id=SECRET), True),
        (profiles(**{**SSO, "cloud_sso_access_token_expire": NOW}), True),
        ("{", True),
    ],
)
def test_a_current_profile_that_is_set_up_is_not_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, *, is_set_up: bool
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    if text is not None:
        (tmp_path / ".aliyun").mkdir()
        (tmp_path / ".aliyun" / "config.json").write_text(text)
    if not is_set_up:
        assert current_profile(NOW) is None
        return
    with pytest.raises(ConfigurationError, match=r"~/\.aliyun/config\.json"):
        current_profile(NOW)
