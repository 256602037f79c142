"""What the gateway over the vendor's SDK makes of bad networks."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from eci_emulator.server import RunningEmulator
from pulumi_eci.api import alicloud
from pulumi_eci.api.alicloud import AlibabaCloudGateway
from pulumi_eci.api.codes import Reaction
from tests.contract.backends import local_connection
from tests.contract.odd_service import transport_error
from tests.support.fake_sts import local_certificate
from tests.support.odd_server import reply, server


def closed_url() -> str:
    """A URL of this machine where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_a_refused_connection_is_told_without_url_and_password() -> None:
    url = closed_url()
    error = transport_error(AlibabaCloudGateway(local_connection(url)))
    host = url.removeprefix("http://")
    assert str(error) == (
        f"CreateImageCache got no usable answer from {host}: the connection was refused. "
        "Check the network, and eci:endpoint or eci:region."
    )


@pytest.mark.parametrize("word", ["timeout", "proxy", "json", "reset", "certificate"])
def test_the_reason_is_not_read_out_of_the_request(word: str) -> None:
    gateway = AlibabaCloudGateway(local_connection(closed_url()))
    error = transport_error(gateway, Image=[f"registry.example.com/{word}:1"])
    assert "the connection was refused" in str(error)


def test_a_name_that_does_not_resolve_is_told() -> None:
    error = transport_error(AlibabaCloudGateway(local_connection("http://eci.invalid")))
    assert "eci.invalid: its name could not be resolved" in str(error)


def test_a_server_that_speaks_no_tls_is_told_at_once(api: RunningEmulator) -> None:
    gateway = AlibabaCloudGateway(local_connection(api.url.replace("http://", "https://")))
    error = transport_error(gateway, Reaction.FINAL)
    assert "write http:// before the address" in str(error)
    assert not error.in_doubt


def test_a_certificate_that_is_not_trusted_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = local_certificate(tmp_path)
    page = reply(200, b"<html>an intranet</html>")
    with server(page, certificate=certificate) as url:
        error = transport_error(AlibabaCloudGateway(local_connection(url)), Reaction.FINAL)
    assert "SSL_CERT_FILE" in str(error)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with server(page, certificate=certificate) as url:
        assert "web page" in str(transport_error(AlibabaCloudGateway(local_connection(url))))


@pytest.mark.parametrize(
    ("greeting", "told"),
    [(b"SSH-2.0-OpenSSH_9.6\r\n", "it does not speak HTTP"), (b"", "the connection was ")],
)
def test_a_port_of_another_service_is_told(greeting: bytes, told: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def greet() -> None:
            client, _ = other.accept()
            with client:
                client.recv(10)
                client.sendall(greeting)

        thread = threading.Thread(target=greet)
        thread.start()
        url = f"http://127.0.0.1:{other.getsockname()[1]}"
        error = transport_error(AlibabaCloudGateway(local_connection(url)))
        thread.join()
    assert told in str(error)


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alicloud, "READ_TIMEOUT_MS", 200)
    released = threading.Event()

    def stay_silent(_: BaseHTTPRequestHandler) -> None:
        released.wait(10)

    with server(stay_silent) as url:
        error = transport_error(AlibabaCloudGateway(local_connection(url)))
        released.set()
    assert "it did not answer in time" in str(error)


@pytest.mark.parametrize("kind", ["reset", "truncated"])
def test_a_cut_connection_is_told(api: RunningEmulator, kind: str) -> None:
    api.emulator.faults.add({"kind": kind})
    transport_error(AlibabaCloudGateway(local_connection(api.url)))


def test_a_proxy_that_does_not_answer_is_named(
    monkeypatch: pytest.MonkeyPatch, api: RunningEmulator
) -> None:
    monkeypatch.setenv("HTTP_PROXY", closed_url())
    monkeypatch.setenv("NO_PROXY", "*")
    error = transport_error(AlibabaCloudGateway(local_connection(api.url)))
    assert "HTTP_PROXY" in str(error)
