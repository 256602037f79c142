"""Both kinds of signatures, against a published vector and with every possible mistake."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from eci_emulator.authentication import Authenticator
from eci_emulator.errors import ApiError
from eci_emulator.settings import Settings
from eci_emulator.signature import (
    Message,
    acs3_signature,
    acs3_string_to_sign,
    parse_authorization,
    rpc_signature,
    rpc_string_to_sign,
)
from eci_emulator.switches import Switches
from eci_emulator.wire import parse_query

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "testsecret"
NOW = 1_767_323_045.0  # 2026-01-02T03:04:05Z
NONCE = "0123456789abcdef0123456789abcdef"
EMPTY = hashlib.sha256(b"").hexdigest()
QUERY = {
    "ImageCacheId": "imc-1",
    "Tag.1.Value": "",
    "Tag.1.Key": "k 1",
    "Tag.2.Key": "b",
    "Tag.2.Value": "v&=2*~+/ü",
    "RegionId": "cn-hangzhou",
    "Flash": "True",
}
HEADERS = {
    "accept": "application/json",
    "host": "127.0.0.1:8080",
    "user-agent": "ua/1",
    "x-acs-action": "UpdateImageCache",
    "x-acs-content-sha256": EMPTY,
    "x-acs-credentials-provider": "static_ak",
    "x-acs-date": "2026-01-02T03:04:05Z",
    "x-acs-signature-nonce": NONCE,
    "x-acs-version": "2018-08-08",
}
SIGNATURE = "3b7173484f6a7d198e94cec64cc26272836ef4be1c8259319cfbaf7725846181"


def authorization(signature: str, key: str = "testid", names: str = ";".join(HEADERS)) -> str:
    """Write an ACS3 Authorization header."""
    return f"ACS3-HMAC-SHA256 Credential={key},SignedHeaders={names},Signature={signature}"


def message(**headers: str) -> Message:
    """Return the vector's request, with some headers changed."""
    merged = {**HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Message(
        method="POST",
        path="/",
        headers={name: [value] for name, value in merged.items()},
        query=parse_query(urlencode(QUERY).encode()),
        form={},
        body=b"",
    )


def signed(unsigned: Message, secret: str = SECRET, key: str = "testid") -> Message:
    """Sign a request as the SDK does: all its headers."""
    names = sorted(unsigned.headers)
    signature = acs3_signature(secret, acs3_string_to_sign(unsigned, names))
    header = authorization(signature, key, ";".join(names))
    return replace(unsigned, headers={**unsigned.headers, "authorization": [header]})


def rpc(secret: str = SECRET, method: str = "POST", **changes: str) -> Message:
    """Return a request signed in the older style."""
    params = {
        **QUERY,
        "Action": "UpdateImageCache",
        "Version": "2018-08-08",
        "AccessKeyId": "testid",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": NONCE,
        "Timestamp": "2026-01-02T03:04:05Z",
        **changes,
    }
    unsigned = Message(method, "/", {"host": ["h"]}, params, {}, b"")
    signature = rpc_signature(secret, rpc_string_to_sign(unsigned))
    return replace(unsigned, query={**params, "Signature": signature})


def refusal(request: Message, settings: Settings | None = None, now: float = NOW) -> ApiError:
    """Return the reason for the refusal of a request."""
    with pytest.raises(ApiError) as raised:
        Authenticator(lambda: now).authenticate(request, settings or Settings())
    return raised.value


def test_acs3_vector_is_accepted() -> None:
    request = message(authorization=authorization(SIGNATURE))
    assert Authenticator(lambda: NOW).authenticate(request, Settings()) == "testid"


def test_rpc_signature_covers_method_and_sorted_parameters() -> None:
    request = Message("GET", "/", {}, {"b": "2 *~", "a": "1", "Signature": "x"}, {}, b"")
    assert rpc_string_to_sign(request) == "GET&%2F&a%3D1%26b%3D2%2520%252A~"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_rpc_signature_is_accepted(method: str) -> None:
    request = rpc(method=method)
    assert Authenticator(lambda: NOW).authenticate(request, Settings()) == "testid"


def test_rpc_signature_may_be_in_the_form() -> None:
    request = rpc()
    moved = replace(request, query={}, form=request.query)
    assert Authenticator(lambda: NOW).authenticate(moved, Settings()) == "testid"


REFUSALS: dict[str, tuple[Callable[[], Message], str]] = {
    "no signature at all": (message, "MissingAccessKeyId"),
    "another scheme": (lambda: message(authorization="Bearer abc"), "IncompleteSignature"),
    "wrong secret": (lambda: signed(message(), "wrong"), "SignatureDoesNotMatch"),
    "unknown key": (lambda: signed(message(), key="nobody"), "InvalidAccessKeyId.NotFound"),
    "changed parameter": (
        lambda: replace(signed(message()), query={**QUERY, "Flash": "False"}),
        "SignatureDoesNotMatch",
    ),
    "changed body": (lambda: replace(signed(message()), body=b"x"), "SignatureDoesNotMatch"),
    "unsigned vendor header": (
        lambda: replace(
            signed(message()),
            headers={**signed(message()).headers, "x-acs-extra": ["1"]},
        ),
        "SignatureDoesNotMatch",
    ),
    "no date": (lambda: signed(message(x_acs_date="")), "MissingTimestamp"),
    "date in words": (lambda: signed(message(x_acs_date="yesterday")), "InvalidTimeStamp.Format"),
    "16 minutes old": (
        lambda: signed(message(x_acs_date="2026-01-02T02:48:00Z")),
        "InvalidTimeStamp.Expired",
    ),
    "16 minutes ahead": (
        lambda: signed(message(x_acs_date="2026-01-02T03:20:10Z")),
        "InvalidTimeStamp.Expired",
    ),
    "no nonce": (lambda: signed(message(x_acs_signature_nonce="")), "MissingSignatureNonce"),
    "STS token of a permanent key": (
        lambda: signed(message(x_acs_security_token="t")),
        "InvalidSecurityToken.MismatchWithAccessKey",
    ),
    "older style, wrong secret": (lambda: rpc("wrong"), "SignatureDoesNotMatch"),
    "older style, unknown key": (lambda: rpc(AccessKeyId="nobody"), "InvalidAccessKeyId.NotFound"),
    "older style, too old": (
        lambda: rpc(Timestamp="2026-01-02T02:00:00Z"),
        "InvalidTimeStamp.Expired",
    ),
    "older style, other method": (
        lambda: rpc(SignatureMethod="HMAC-SHA256"),
        "InvalidSignatureMethod",
    ),
    "older style, action in an unsigned header": (lambda: rpc(Action=""), "MissingAction"),
    "older style, no nonce": (lambda: rpc(SignatureNonce=""), "MissingSignatureNonce"),
    "older style, signature beyond ASCII": (
        lambda: replace(rpc(), query={**rpc().query, "Signature": "ü"}),
        "SignatureDoesNotMatch",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_wrong_requests_are_refused(name: str) -> None:
    make, code = REFUSALS[name]
    error = refusal(make())
    assert (error.status, error.code) == (404 if code.endswith("NotFound") else 400, code)


@pytest.mark.parametrize("style", ["headers", "parameters"])
def test_a_nonce_works_once(style: str) -> None:
    request = signed(message()) if style == "headers" else rpc()
    authenticator = Authenticator(lambda: NOW)
    authenticator.authenticate(request, Settings())
    with pytest.raises(ApiError) as raised:
        authenticator.authenticate(request, Settings())
    assert raised.value.code == "SignatureNonceUsed"


def test_a_nonce_is_not_used_up_by_a_wrong_signature() -> None:
    authenticator = Authenticator(lambda: NOW)
    with pytest.raises(ApiError):
        authenticator.authenticate(signed(message(), "wrong"), Settings())
    assert authenticator.authenticate(signed(message()), Settings()) == "testid"


def test_sts_token_must_belong_to_the_key() -> None:
    settings = Settings(security_tokens={"testid": "token-1"})
    right = signed(message(x_acs_security_token="token-1"))
    assert Authenticator(lambda: NOW).authenticate(right, settings) == "testid"
    assert refusal(signed(message()), settings).code == "MissingSecurityToken"
    wrong = signed(message(x_acs_security_token="token-2"))
    assert refusal(wrong, settings).code == "InvalidSecurityToken.Malformed"
    older = rpc(SecurityToken="token-1")
    assert Authenticator(lambda: NOW).authenticate(older, settings) == "testid"


def test_loose_mode_accepts_any_signature() -> None:
    loose = Settings(verify_signatures=False)
    authenticator = Authenticator(lambda: NOW + 1e6)
    assert authenticator.authenticate(message(), loose) == ""
    assert authenticator.authenticate(signed(message(), "wrong"), loose) == "testid"
    assert authenticator.authenticate(rpc("wrong"), loose) == "testid"


@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "IncompleteSignature"])
def test_code_of_a_wrong_signature_is_a_switch(code: str) -> None:
    settings = Settings(switches=Switches().with_values({"bad_signature": code}))
    assert refusal(signed(message(), "wrong"), settings).code == code


def test_refusal_does_not_contain_a_password() -> None:
    request = rpc("wrong", **{"ImageRegistryCredential.1.Password": "hunter2"})
    assert "hunter2" not in str(refusal(request))
    assert rpc_string_to_sign(rpc("wrong")) in refusal(rpc("wrong")).message


def test_authorization_header_with_spaces_after_commas() -> None:
    header = authorization(SIGNATURE).replace(",", ", ")
    parsed = parse_authorization(header)
    assert parsed is not None
    assert (parsed.access_key_id, parsed.signature) == ("testid", SIGNATURE)
    assert parsed.signed_headers == tuple(HEADERS)
