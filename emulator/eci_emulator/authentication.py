"""Checks signature, age, nonce and STS token of requests, with the errors of the API gateway."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from eci_emulator.errors import ApiError, missing_parameter
from eci_emulator.signature import (
    acs3_signature,
    acs3_string_to_sign,
    parse_authorization,
    rpc_signature,
    rpc_string_to_sign,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from eci_emulator.settings import Settings
    from eci_emulator.signature import Message

SKEW_SECONDS = 15 * 60

RPC_NEEDS = (
    "AccessKeyId",
    "Signature",
    "SignatureMethod",
    "Timestamp",
    "SignatureNonce",
    "Action",  # a header could also name a token, but this signature does not cover headers
)


class Authenticator:
    """Checks requests against the access keys in the settings.

    The age of a request is measured with the machine's clock, not the emulator's, because clients
    sign with the date of their machine.
    """

    def __init__(self, wall_clock: Callable[[], float] = time.time) -> None:
        self._wall_clock = wall_clock
        self._nonces: dict[str, float] = {}
        self._lock = threading.Lock()

    def authenticate(self, message: Message, settings: Settings) -> str:
        """Return the access key ID of a request.

        Raises:
            ApiError: The request has no valid signature.
        """
        if message.header("authorization"):
            return self._acs3(message, settings)
        if "Signature" in message.params or settings.verify_signatures:
            return self._rpc(message, settings)
        return ""

    def _acs3(self, message: Message, settings: Settings) -> str:
        given = parse_authorization(message.header("authorization"))
        if not settings.verify_signatures:
            return given.access_key_id if given else ""
        if given is None:
            raise ApiError(
                400, "IncompleteSignature", "The Authorization header is not ACS3-HMAC-SHA256."
            )
        secret = _secret(given.access_key_id, settings)
        self._check_age(message.header("x-acs-date"))
        string_to_sign = acs3_string_to_sign(message, given.signed_headers)
        expected = acs3_signature(secret, string_to_sign)
        whole = _covers(message, given.signed_headers)
        if not whole or not hmac.compare_digest(expected, given.signature):
            raise _mismatch(settings, string_to_sign.replace("\n", "\\n"))
        if hashlib.sha256(message.body).hexdigest() != message.header("x-acs-content-sha256"):
            raise _mismatch(settings, "the body is not the one that was signed")
        token = message.header("x-acs-security-token")
        _check_security_token(given.access_key_id, token, settings)
        self._use_nonce(given.access_key_id, message.header("x-acs-signature-nonce"))
        return given.access_key_id

    def _rpc(self, message: Message, settings: Settings) -> str:
        params = message.params
        access_key_id = params.get("AccessKeyId", "")
        if not settings.verify_signatures:
            return access_key_id
        for name in RPC_NEEDS:
            if not params.get(name):
                raise missing_parameter(name)
        secret = _secret(access_key_id, settings)
        if params["SignatureMethod"].upper() != "HMAC-SHA1":
            raise ApiError(
                400, "InvalidSignatureMethod", "Specified signature method is not supported."
            )
        self._check_age(params["Timestamp"])
        string_to_sign = rpc_string_to_sign(message)
        expected = rpc_signature(secret, string_to_sign)
        # Bytes, because a wrong signature may hold any characters.
        if not hmac.compare_digest(expected.encode(), params["Signature"].encode()):
            # This string has the parameters as plain text, and clients log error messages.
            holds_password = any(name.endswith("Password") for name in params)
            raise _mismatch(settings, "not repeated here" if holds_password else string_to_sign)
        _check_security_token(access_key_id, params.get("SecurityToken", ""), settings)
        self._use_nonce(access_key_id, params["SignatureNonce"])
        return access_key_id

    def _check_age(self, text: str) -> None:
        if not text:
            raise missing_parameter("Timestamp")
        try:
            signed = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
        except ValueError:
            raise ApiError(
                400,
                "InvalidTimeStamp.Format",
                "Specified time stamp or date value is not well formatted.",
            ) from None
        if abs(self._wall_clock() - signed.timestamp()) > SKEW_SECONDS:
            raise ApiError(
                400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired."
            )

    def _use_nonce(self, access_key_id: str, nonce: str) -> None:
        if not nonce:
            raise missing_parameter("SignatureNonce")
        now = self._wall_clock()
        key = f"{access_key_id} {nonce}"
        with self._lock:
            self._forget_nonces(now)
            if key in self._nonces:
                raise ApiError(
                    400, "SignatureNonceUsed", "Specified signature nonce was used already."
                )
            self._nonces[key] = now

    def _forget_nonces(self, now: float) -> None:
        # Insertion order is age order, so the old ones come first. A request may be dated
        # ahead by the allowed skew, hence twice the skew.
        while self._nonces:
            oldest = next(iter(self._nonces))
            if now - self._nonces[oldest] <= 2 * SKEW_SECONDS:
                return
            del self._nonces[oldest]


def _secret(access_key_id: str, settings: Settings) -> str:
    secret = settings.access_keys.get(access_key_id)
    if secret is None:
        raise ApiError(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
    return secret


def _covers(message: Message, signed_headers: Iterable[str]) -> bool:
    public = {
        name
        for name in message.headers
        if name == "host" or (name.startswith("x-acs-") and message.header(name))
    }
    return public <= set(signed_headers)


def _mismatch(settings: Settings, string_to_sign: str) -> ApiError:
    return ApiError(
        400,
        settings.switches.bad_signature,
        "Specified signature is not matched with our calculation. "
        f"server string to sign is:{string_to_sign}",
    )


def _check_security_token(access_key_id: str, given: str, settings: Settings) -> None:
    expected = settings.security_tokens.get(access_key_id)
    if expected is None and given:
        raise ApiError(
            400,
            "InvalidSecurityToken.MismatchWithAccessKey",
            "Specified SecurityToken mismatch with the AccessKey.",
        )
    if expected and not given:
        raise missing_parameter("SecurityToken")
    if expected and not hmac.compare_digest(expected.encode(), given.encode()):
        raise ApiError(
            400, "InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed."
        )
