"""Profiles of the vendor's configuration files, checked before the vendor's library reads them.

The library takes what a profile lacks from the environment, so an incomplete profile could sign
with another account's key. The library also reports an expired sign-in, a missing file and an
unknown mode with the same message. Sources: the profiles that Alibaba Cloud CLI writes, and the
installed library.
"""

from __future__ import annotations

import configparser
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi_eci.api.credentials import CLI_FILE, Profile
from pulumi_eci.api.errors import ConfigurationError
from pulumi_eci.model.text import printable

_KEY = ("access_key_id", "access_key_secret")
_MODES: dict[str, tuple[str, ...]] = {
    "AK": _KEY,
    "StsToken": (*_KEY, "sts_token"),
    "RamRoleArn": (*_KEY, "ram_role_arn"),
    "ChainableRamRoleArn": ("source_profile", "ram_role_arn"),
    "EcsRamRole": (),
    "OIDC": ("ram_role_arn", "oidc_provider_arn", "oidc_token_file"),
    "CloudSSO": (
        "cloud_sso_sign_in_url",
        "cloud_sso_account_id",
        "cloud_sso_access_config",
        "access_token",
    ),
    "OAuth": (),
    "External": ("process_command",),
    "CredentialsURI": ("credentials_uri",),
}
"""The modes of a profile in Alibaba Cloud CLI's file, and the required fields of each."""

_TYPES: dict[str, tuple[str, ...]] = {
    "access_key": _KEY,
    "ram_role_arn": (*_KEY, "role_arn"),
    "oidc_role_arn": ("role_arn", "oidc_provider_arn", "oidc_token_file_path"),
    "ecs_ram_role": (),
    "rsa_key_pair": ("public_key_id", "private_key_file"),
}
"""The types of a profile in a `credentials.ini`, and the required fields of each."""

_INI = re.compile(r"(\s|[#;].*\n)*\[\w")
_DISABLED = "ALIBABA_CLOUD_CLI_PROFILE_DISABLED"


@dataclass(frozen=True)
class FoundProfile:
    """A profile that has all fields that its mode requires.

    Attributes:
        name: The name of the profile.
        file: The file, as messages show it.
        mode: The mode, or the type in a `credentials.ini`.
        fields: The fields of the profile.
    """

    name: str
    file: str
    mode: str
    fields: Mapping[str, Any]

    @property
    def path(self) -> str:
        """The path of the file, without `~`."""
        return expand(self.file)

    @property
    def is_ini(self) -> bool:
        """Whether the file is a `credentials.ini`."""
        return self.mode in _TYPES

    @property
    def command(self) -> str:
        """The command of Alibaba Cloud CLI that configures the profile."""
        return _command(self.name, self.mode)

    def __str__(self) -> str:
        """Return the words that name the profile in a message."""
        return _describe(self.name, self.file)


def load_profile(profile: Profile, now: float) -> FoundProfile:
    """Read and check a profile.

    Args:
        profile: File and name.
        now: The time in seconds since the epoch.

    Raises:
        ConfigurationError: The file, the profile or a field is missing or invalid, or the sign-in
            has expired.
    """
    text = _read(profile)
    if _INI.match(text):
        return _from_ini(profile, text)
    return _from_cli(profile, _parse(profile, text), now)


def current_profile(now: float) -> FoundProfile | None:
    """Read and check the current profile of Alibaba Cloud CLI's file.

    Args:
        now: The time in seconds since the epoch.

    Returns:
        The profile; None if none is configured.

    Raises:
        ConfigurationError: The profile is invalid. The vendor's chain would silently continue with
            the role of the ECS instance, perhaps of another account.
    """
    profile = Profile()
    if not Path(expand(profile.file)).exists() or os.environ.get(_DISABLED, "").lower() == "true":
        return None
    document = _parse(profile, _read(profile))
    found = _find(document, str(document.get("current") or ""))
    blank = found is None or not found.get("mode")
    if blank or (found and found["mode"] in ("AK", "StsToken") and not any(map(found.get, _KEY))):
        return None
    return _from_cli(profile, document, now)


def expand(file: str) -> str:
    """Return the path of *file*, which may begin with `~`."""
    return str(Path(file).expanduser())


def _read(profile: Profile) -> str:
    if profile.file == CLI_FILE and os.environ.get(_DISABLED, "").lower() == "true":
        raise _problem(profile, f"{_DISABLED} disables profiles", "Unset the variable.")
    try:
        return Path(expand(profile.file)).read_text(encoding="utf-8")
    except FileNotFoundError:
        reason = "the file does not exist"
    except (OSError, UnicodeError) as error:
        reason = f"the file cannot be read ({type(error).__name__})"
    raise _problem(profile, reason, f"Run `{_command(profile.name)}`.")


def _parse(profile: Profile, text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as error:
        place = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        reason = f"the file is not valid JSON{place}"
    else:
        profiles = document.get("profiles") if isinstance(document, Mapping) else None
        if isinstance(profiles, list) and all(isinstance(each, Mapping) for each in profiles):
            return document  # type: ignore[no-any-return]
        reason = "the file has no list of profiles"
    raise _problem(
        profile,
        reason,
        f"Correct the file, or move it away and run `{_command(profile.name)}`.",
    )


def _find(document: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    return next((each for each in document["profiles"] if each.get("name") == name), None)


def _from_cli(profile: Profile, document: Mapping[str, Any], now: float) -> FoundProfile:
    name = profile.name or str(document.get("current") or "")
    passed: list[str] = []
    first: FoundProfile | None = None
    while True:
        found = _checked(profile, document, name, now)
        first = first or found
        if found.mode != "ChainableRamRoleArn":
            return first
        passed.append(name)
        name = str(found.fields["source_profile"])
        if name in passed:
            raise _problem(
                profile,
                f"source_profile refers back to itself: {' > '.join([*passed, name])}",
                "Correct the file.",
            )


def _checked(profile: Profile, document: Mapping[str, Any], name: str, now: float) -> FoundProfile:
    this = Profile(name, profile.file)
    fields = _find(document, name)
    if fields is None:
        names = ", ".join(printable(each.get("name")) for each in document["profiles"])
        raise _problem(
            this,
            f"the file has no such profile (it has {names or 'none'})",
            f"Run `{_command(name)}`.",
        )
    mode = str(fields.get("mode") or "")
    run = f"Run `{_command(name, mode if mode in _MODES else '')}`."
    if mode not in _MODES:
        known = ", ".join(_MODES)
        raise _problem(this, f"mode {printable(mode)!r} is not supported (supported: {known})", run)
    if missing := [field for field in _MODES[mode] if not fields.get(field)]:
        raise _problem(this, f"mode {mode} requires {', '.join(missing)}", run)
    session = fields.get("expired_seconds")
    if session is not None and (not isinstance(session, int) or session < 900):  # noqa: PLR2004
        raise _problem(this, "expired_seconds must be a number of at least 900", run)
    if _has_expired(mode, fields, now):
        raise _problem(this, f"the sign-in (mode {mode}) has expired", run)
    return FoundProfile(name, profile.file, mode, fields)


def _has_expired(mode: str, fields: Mapping[str, Any], now: float) -> bool:
    def is_over(field: str) -> bool:
        until = fields.get(field)
        return not isinstance(until, int | float) or until <= now

    if mode == "CloudSSO":
        return is_over("cloud_sso_access_token_expire")
    if mode == "OAuth":  # the library makes a new access token with the refresh token
        renewable = fields.get("oauth_refresh_token") and not (
            fields.get("oauth_refresh_token_expire") and is_over("oauth_refresh_token_expire")
        )
        usable = fields.get("oauth_access_token") and not is_over("oauth_access_token_expire")
        return is_over("sts_expiration") and not renewable and not usable
    return mode == "StsToken" and bool(fields.get("sts_expiration")) and is_over("sts_expiration")


def _from_ini(profile: Profile, text: str) -> FoundProfile:
    name = profile.name or "default"
    this = Profile(name, profile.file)
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        raise _problem(this, "the file is not a valid INI file", "Correct the file.") from None
    if not parser.has_section(name):
        names = ", ".join(map(printable, parser.sections()))
        raise _problem(this, f"the file has no such section (it has {names})", "Add the section.")
    fields = dict(parser.items(name))
    kind = fields.get("type", "")
    if kind not in _TYPES:
        known = ", ".join(_TYPES)
        raise _problem(
            this,
            f"type {printable(kind)!r} is not supported (supported: {known})",
            "Correct the type.",
        )
    if missing := [field for field in _TYPES[kind] if not fields.get(field)]:
        raise _problem(
            this,
            f"type {kind} requires {', '.join(missing)}",
            "Add the missing fields.",
        )
    return FoundProfile(name, profile.file, kind, fields)


def _problem(profile: Profile, reason: str, advice: str) -> ConfigurationError:
    return ConfigurationError(f"{_describe(profile.name, profile.file)}: {reason}. {advice}")


def _describe(name: str, file: str) -> str:
    profile = f"the profile {printable(name)}" if name else "the current profile"
    return f"{profile} of {printable(file)}"


def _command(name: str, mode: str = "") -> str:
    words = ["aliyun configure", *(["--mode", mode] if mode else [])]
    return " ".join([*words, *(["--profile", printable(name)] if name else [])])
