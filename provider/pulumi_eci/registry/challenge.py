"""Authentication: challenges as in RFC 9110, and tokens of Docker's token services. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pulumi_eci.registry.answer import unknown
from pulumi_eci.registry.manifest import read_json

_LONGEST = 4096
_CHALLENGE = re.compile(
    r'\b(Bearer|Basic)\b((?:[\s,]{1,4}[a-z_]+=(?:"[^"]*"|[^\s",]+))*)', re.IGNORECASE
)
_PARAMETER = re.compile(r'([a-z_]+)=(?:"([^"]*)"|([^\s",]+))', re.IGNORECASE)
_TOKEN = re.compile(r"[\x21-\x7e]{1,65536}")


@dataclass(frozen=True)
class Challenge:
    """A challenge. The *scheme* is `bearer`, `basic`, or "" if no authentication is required."""

    scheme: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


def read_challenge(header: str | None) -> Challenge:
    """Return the challenge in a header `WWW-Authenticate`; of several, the one for a token."""
    found = [
        Challenge(
            scheme.lower(),
            {name.lower(): one or other for name, one, other in _PARAMETER.findall(parameters)},
        )
        for scheme, parameters in _CHALLENGE.findall((header or "")[:_LONGEST])
    ]
    return max(found, key=lambda each: each.scheme, default=Challenge())  # bearer > basic


def basic(user: str, password: str) -> str:
    """Return the header `Authorization` for a login."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def bearer(body: bytes) -> str:
    """Return the header `Authorization` for the token in the answer of a token service.

    Raises:
        RegistryError: The answer has no token.
    """
    content = read_json(body)
    held = content if isinstance(content, Mapping) else {}
    token = held.get("token") or held.get("access_token")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise unknown("the registry's token service answered without a token")
    return f"Bearer {token}"
