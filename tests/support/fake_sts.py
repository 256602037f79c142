"""STS, CloudSSO and a credentials service in one TLS server on this machine.

The vendor's library uses only HTTPS. With `SSL_CERT_FILE` it trusts the certificate.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.odd_server import reply, server

KEY = {"AccessKeyId": "STS.role", "AccessKeySecret": "role-secret", "SecurityToken": "role-token"}
"""The key that all of them give, as the services spell it."""


def local_certificate(folder: Path) -> Path:
    """Make a certificate for 127.0.0.1 and its key, in one file that also trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.timezone.utc)
    day = dt.timedelta(days=1)
    host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - day, now + day)
        .add_extension(host, critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "tls.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@dataclass
class FakeSts:
    """The services.

    Attributes:
        host: Host and port.
        environment: The environment of a process that uses them.
        asked: The parameters of each request.
        refusal: An HTTP status and a vendor code to answer with instead.
    """

    host: str
    environment: dict[str, str]
    asked: list[dict[str, str]] = field(default_factory=list)
    refusal: tuple[int, str] | None = None

    def answer(self, path: str, asked: dict[str, str]) -> tuple[int, dict[str, object]]:
        """Answer one request: the status and the body."""
        self.asked.append(asked)
        if self.refusal:
            return self.refusal[0], {"Code": self.refusal[1], "Message": "m", "RequestId": "R"}
        key = {**KEY, "Expiration": "2999-01-01T00:00:00Z"}
        if path == "/credentials":
            return 200, {"Code": "Success", **key}
        return 200, {"CloudCredential" if path == "/cloud-credentials" else "Credentials": key}


@contextmanager
def running_sts(folder: Path) -> Iterator[FakeSts]:
    """Run the services for as long as the context lasts."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        url = urlsplit(handler.path)
        status, body = sts.answer(url.path, dict(parse_qsl(url.query)))
        reply(status, json.dumps(body).encode())(handler)

    certificate = local_certificate(folder)
    with server(answer, certificate=certificate) as address:
        host = address.removeprefix("https://")
        environment = {"SSL_CERT_FILE": str(certificate), "ALIBABA_CLOUD_STS_ENDPOINT": host}
        sts = FakeSts(host, environment)
        yield sts
