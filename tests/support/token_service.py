"""A token service for a real registry: Docker's token specification, with tokens for an hour."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.support.certificates import Certificate, make_certificate
from tests.support.odd_server import reply, server
from tests.support.registry import PASSWORD, USER, DockerRegistry, docker_registry

SERVICE, ISSUER = "tests-registry", "tests-issuer"


@dataclass
class TokenService:
    """Issues tokens: with a login for any repository, else only for repositories in `library`.

    Attributes:
        certificate: The certificate whose key signs the tokens.
        asked: The repositories of each request for a token.
    """

    certificate: Certificate
    asked: list[list[str]] = field(default_factory=list)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        query = parse_qs(urlsplit(handler.path).query)
        repositories = [scope.split(":")[1] for scope in query.get("scope", [])]
        self.asked.append(repositories)
        given = handler.headers.get("Authorization")
        wanted = f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
        if given not in (None, wanted):
            reply(401, b'{"details": "incorrect username or password"}')(handler)
            return
        allowed = [name for name in repositories if given or name.startswith("library/")]
        body = json.dumps({"token": self.token(allowed)}).encode()
        reply(200, body)(handler)

    def token(self, repositories: list[str]) -> str:
        """Return a token for *repositories*."""
        now = int(time.time())
        chain = [base64.b64encode(self.certificate.der).decode()]
        access = [
            {"type": "repository", "name": name, "actions": ["pull", "push"]}
            for name in repositories
        ]
        claims = {
            "iss": ISSUER,
            "sub": USER,
            "aud": SERVICE,
            "exp": now + 3600,
            "nbf": now - 60,
            "iat": now,
            "jti": str(len(self.asked)),
            "access": access,
        }
        signed = f"{_packed({'typ': 'JWT', 'alg': 'ES256', 'x5c': chain})}.{_packed(claims)}"
        signature = self.certificate.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256()))
        both = b"".join(part.to_bytes(32, "big") for part in decode_dss_signature(signature))
        return f"{signed}.{_text(both)}"


def _packed(value: object) -> str:
    return _text(json.dumps(value).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@contextmanager
def with_tokens(folder: Path) -> Iterator[tuple[DockerRegistry, TokenService]]:
    """Run a registry that requires tokens, and its token service."""
    service = TokenService(make_certificate(folder))
    with server(service.answer) as url:
        auth = {
            "token": {
                "realm": f"{url}/token",
                "service": SERVICE,
                "issuer": ISSUER,
                "rootcertbundle": str(service.certificate.file),
            }
        }
        with docker_registry(folder, auth=auth) as registry:
            registry.sign = service.token
            yield registry, service
