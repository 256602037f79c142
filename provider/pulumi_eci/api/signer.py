"""The credentials that sign calls, from the vendor's library, and messages for failures.

The library's exceptions may hold tokens and keys, so no text of them leaves this module.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pulumi_eci.api.codes import Reaction, explain_code
from pulumi_eci.api.credentials import (
    AccessKey,
    Credentials,
    CredentialsUri,
    EcsRole,
    OidcRole,
    Profile,
    Role,
)
from pulumi_eci.api.errors import ConfigurationError, EciError, TransportError
from pulumi_eci.api.profiles import FoundProfile, current_profile, expand, load_profile
from pulumi_eci.api.transport import transport_reason
from pulumi_eci.model.text import printable

_SESSION = "pulumi-eci"
_CODE = re.compile(r'"(?:(?:Error)?[Cc]ode|error)"\s*:\s*"([\w.-]{1,80})"', re.ASCII)
_STATUS = re.compile(r"(?:http_code[:=]|HttpCode=|status code:)\s*(\d{3})")
_NO_ANSWER = ValueError, AttributeError, KeyError, TypeError
_TRUST = (
    "Check that the role exists, that its trust policy allows the caller to assume the role, and "
    "that the caller may call sts:AssumeRole."
)
_NO_CREDENTIALS = (
    "no usable credentials: set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, "
    "eci:profile, or another source named in docs/reference/settings.md"
)


@dataclass(frozen=True)
class Step:
    """One credentials provider of the vendor's library: the source, or a role to assume with it.

    Attributes:
        provider: The vendor's provider.
        failure: The message if the provider fails: "cannot assume acs:ram::1:role/x".
        service: The service that the provider calls; empty if the library's error says no more.
        advice: What the user can do.
        network_advice: What the user can do if the service cannot be reached.
    """

    provider: Any
    failure: str
    service: str = ""
    advice: str = ""
    network_advice: str = "Check the network, and HTTPS_PROXY."


class Signer:
    """A credentials provider with the interface of the vendor's providers.

    Nothing is read or called before the first use. If the first use fails, the failure is kept:
    otherwise each of a hundred caches would wait for the same failing source.

    Args:
        credentials: The source and the roles.
        now: Returns the time in seconds since the epoch.
    """

    def __init__(self, credentials: Credentials, now: Callable[[], float] = time.time) -> None:
        self._credentials = credentials
        self._now = now
        self._steps: list[Step] = []
        self._failure = ""
        self._worked = False
        self._lock = threading.Lock()

    def get_credentials(self) -> Any:  # noqa: ANN401 - the vendor ships no types
        """Return credentials, as an object of the vendor's library, that have not expired.

        Raises:
            ConfigurationError: The source has no usable credentials.
            TransportError: The source fails now but worked before, or its service asks to retry.
        """
        with self._lock:
            if self._failure:
                raise ConfigurationError(self._failure)
            failure: EciError
            try:
                return self._resolve()
            except EciError as error:
                failure = error
            if isinstance(failure, ConfigurationError):
                self._failure = str(failure)
        raise failure

    async def get_credentials_async(self) -> Any:  # noqa: ANN401 - the vendor ships no types
        """See `get_credentials`."""
        return self.get_credentials()

    def get_provider_name(self) -> str:
        """Return the provider's name in the vendor's requests."""
        return _SESSION

    def _resolve(self) -> Any:  # noqa: ANN401 - the vendor ships no types
        if not self._steps:
            self._steps = _steps(self._credentials, self._now())
        found = None
        for step in self._steps:
            failure: EciError
            try:
                found = step.provider.get_credentials()
            except Exception as error:  # noqa: BLE001 - the library raises whatever it meets
                failure = _explain(step, error, worked=self._worked)
            else:
                continue
            # Raised outside the except block: the library's exception must not be chained.
            raise failure
        self._worked = True
        return found


def _explain(step: Step, error: Exception, *, worked: bool) -> EciError:
    if not step.service:
        return ConfigurationError(f"{step.failure}. {step.advice}".rstrip())
    text = str(error)
    code, status = _CODE.search(text), _STATUS.search(text)
    transient = worked
    if code or status:
        row = explain_code(code[1] if code else "", int(status[1]) if status else None)
        reason = (
            f"{step.service} answered {code[1] if code else f'HTTP status {status and status[1]}'}"
        )
        transient, advice = (
            row.reaction is Reaction.RETRY,
            row.advice if row.signing else step.advice,
        )
    elif isinstance(error, OSError):
        reason, advice = f"a file cannot be read ({type(error).__name__})", step.advice
    elif isinstance(error, _NO_ANSWER) or type(error).__name__ == "CredentialException":
        reason, advice = f"{step.service} answered without credentials", step.advice
    else:
        reason, advice = f"{step.service}: {transport_reason(error).text}", step.network_advice
    if transient:
        return TransportError(
            "The request for credentials", step.service, reason, reached=False, advice="Run again."
        )
    return ConfigurationError(f"{step.failure}: {reason}. {advice}".rstrip())


def _steps(credentials: Credentials, now: float) -> list[Step]:
    from alibabacloud_credentials import provider as vendor  # noqa: PLC0415 - costs time

    try:
        steps = [_source_step(vendor, credentials, now)]
        for role in credentials.roles:
            steps.append(_role_step(vendor, credentials, role, steps[-1].provider))
    except (ValueError, TypeError) as error:  # names arguments, without their values
        reason = printable(error)
    else:
        return steps
    raise ConfigurationError(
        f"{credentials.setting or 'the credentials'}: cannot be used ({reason})"
    )


def _source_step(vendor: Any, credentials: Credentials, now: float) -> Step:  # noqa: ANN401
    source, setting = credentials.source, credentials.setting
    if isinstance(source, AccessKey):
        return Step(_key_provider(vendor, source), setting)
    if isinstance(source, OidcRole):
        provider = vendor.OIDCRoleArnCredentialsProvider(
            role_arn=source.role.arn,
            oidc_provider_arn=source.provider_arn,
            oidc_token_file_path=expand(source.token_file),
            role_session_name=source.role.session_name or _SESSION,
            duration_seconds=source.role.seconds or None,
            policy=source.role.policy or None,
            sts_endpoint=credentials.sts_endpoint or None,
        )
        failure = f"cannot assume {source.role.arn} with OIDC ({setting})"
        advice = f"Check the token in {printable(source.token_file)}. {_TRUST}"
        return Step(provider, failure, "STS", advice)
    if isinstance(source, EcsRole):
        provider = vendor.EcsRamRoleCredentialsProvider(
            role_name=source.name, async_update_enabled=False
        )
        failure = f"the ECS instance's role {printable(source.name)} ({setting}) has no credentials"
        advice = "Check that this machine is an ECS instance with that role."
        return Step(provider, failure, "the metadata service", advice, advice)
    if isinstance(source, CredentialsUri):
        return _uri_step(vendor, source.uri, setting)
    found = load_profile(source, now) if isinstance(source, Profile) else current_profile(now)
    if found is not None:
        return _profile_step(vendor, found)
    return Step(vendor.DefaultCredentialsProvider(), _NO_CREDENTIALS)


def _key_provider(vendor: Any, key: AccessKey) -> Any:  # noqa: ANN401 - the vendor ships no types
    if key.token:
        return vendor.StaticSTSCredentialsProvider(
            access_key_id=key.key_id, access_key_secret=key.secret, security_token=key.token
        )
    return vendor.StaticAKCredentialsProvider(
        access_key_id=key.key_id, access_key_secret=key.secret
    )


def _profile_step(vendor: Any, found: FoundProfile) -> Step:  # noqa: ANN401
    if found.mode == "CredentialsURI":  # the Python library does not support the mode
        return _uri_step(vendor, str(found.fields["credentials_uri"]), str(found))
    kind = (
        vendor.ProfileCredentialsProvider if found.is_ini else vendor.CLIProfileCredentialsProvider
    )
    provider = kind(profile_name=found.name, profile_file=found.path)
    failure = f"{found} has no credentials"
    if found.mode == "External":
        return Step(provider, f"{failure}: its process_command printed none")
    advice = "" if found.is_ini else f"Run `{found.command}`."
    return Step(provider, failure, f"the service of mode {found.mode}", advice)


def _uri_step(vendor: Any, uri: str, setting: str) -> Step:  # noqa: ANN401
    host = printable(urlsplit(uri).hostname)
    return Step(
        vendor.URLCredentialsProvider(uri=uri),
        f"the credentials service at {host} ({setting}) returned no credentials",
        host,
        "Check that the service answers with Code, AccessKeyId, AccessKeySecret, SecurityToken and "
        "Expiration.",
    )


def _role_step(vendor: Any, credentials: Credentials, role: Role, base: Any) -> Step:  # noqa: ANN401
    provider = vendor.RamRoleArnCredentialsProvider(
        credentials_provider=base,
        role_arn=role.arn,
        role_session_name=role.session_name or _SESSION,
        duration_seconds=role.seconds or None,
        policy=role.policy or None,
        external_id=role.external_id or None,
        sts_endpoint=credentials.sts_endpoint or None,
    )
    return Step(provider, f"cannot assume {printable(role.arn)} ({role.setting})", "STS", _TRUST)
