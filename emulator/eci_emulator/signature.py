"""The two signatures of the vendor's clients, computed from a request. Pure.

The signature `ACS3-HMAC-SHA256` is in a header and covers the headers that it names. The older RPC
signature, HMAC-SHA1, is in a parameter. `eci_emulator.authentication` compares them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ACS3 = "ACS3-HMAC-SHA256"

_AUTHORIZATION = re.compile(
    ACS3 + r"\s+Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})"
)


@dataclass(frozen=True)
class Message:
    """An HTTP request as received.

    Attributes:
        method: `GET` or `POST`.
        path: The path of the URL.
        headers: Values by lower-case name, in the order received.
        query: The decoded query string.
        form: The decoded form body.
        body: The body itself.
    """

    method: str
    path: str
    headers: Mapping[str, Sequence[str]]
    query: Mapping[str, str]
    form: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """Return the first value of a header, or an empty string."""
        values = self.headers.get(name)
        return values[0] if values else ""

    @property
    def params(self) -> dict[str, str]:
        """All parameters of query and form."""
        return {**self.query, **self.form}


@dataclass(frozen=True)
class Authorization:
    """The parts of an ACS3 `Authorization` header."""

    access_key_id: str
    signed_headers: tuple[str, ...]
    signature: str


def parse_authorization(header: str) -> Authorization | None:
    """Parse an ACS3 `Authorization` header; None for another header."""
    match = _AUTHORIZATION.fullmatch(header.strip())
    if match is None:
        return None
    return Authorization(match[1], tuple(match[2].split(";")), match[3])


def acs3_string_to_sign(message: Message, signed_headers: Sequence[str]) -> str:
    """Return the string that an ACS3 client signs."""
    canonical_headers = "".join(
        f"{name}:{','.join(sorted(value.strip() for value in message.headers.get(name, ())))}\n"
        for name in sorted(signed_headers)
    )
    canonical_request = "\n".join(
        [
            message.method,
            message.path,
            canonical_query(message.query),
            canonical_headers,
            ";".join(signed_headers),
            # The client's hash of the body, which is checked separately.
            message.header("x-acs-content-sha256"),
        ]
    )
    return f"{ACS3}\n{hashlib.sha256(canonical_request.encode()).hexdigest()}"


def acs3_signature(secret: str, string_to_sign: str) -> str:
    """Sign as an ACS3 client does."""
    return hmac.new(secret.encode(), string_to_sign.encode(), hashlib.sha256).hexdigest()


def rpc_string_to_sign(message: Message) -> str:
    """Return the string that a client of the older RPC style signs."""
    signed = {name: value for name, value in message.params.items() if name != "Signature"}
    return f"{message.method}&%2F&{_encode(canonical_query(signed))}"


def rpc_signature(secret: str, string_to_sign: str) -> str:
    """Sign as a client of the older RPC style does."""
    # The vendor's clients use SHA-1. Nothing here relies on its strength.
    digest = hmac.new(f"{secret}&".encode(), string_to_sign.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def canonical_query(params: Mapping[str, str]) -> str:
    """Write parameters in canonical form, which both sides sign."""
    return "&".join(f"{_encode(name)}={_encode(params[name])}" for name in sorted(params))


def _encode(text: str) -> str:
    return quote(text, safe="~")
