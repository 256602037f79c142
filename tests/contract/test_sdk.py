"""The gateway over the vendor's SDK: refusals, odd replies, network failures and threads."""

from __future__ import annotations

import inspect
import json
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from eci_emulator import errors as refusals
from eci_emulator.server import RunningEmulator
from pulumi_eci.api import alicloud
from pulumi_eci.api.alicloud import AlibabaCloudGateway
from pulumi_eci.api.codes import Reaction
from pulumi_eci.api.errors import ApiError, EciError, TransportError
from pulumi_eci.model.request import Parameters
from pulumi_eci.operations.retry import is_transient
from tests.contract.backends import local_connection, new_token
from tests.support.fake_sts import local_certificate
from tests.support.odd_server import reply, server

MARKER = "zq7marker7qz"
ID = "imc-00000000000000000000"


def parameters(**changes: object) -> Parameters:
    """Parameters of CreateImageCache with a registry password."""
    login = {"Server": "registry.example.com", "UserName": "robot", "Password": MARKER}
    return {
        "ImageCacheName": "contract",
        "Image": ["nginx:1.27"],
        "ImageRegistryCredential": [login],
        **changes,
    }


def transport_error(
    gateway: AlibabaCloudGateway, reaction: Reaction = Reaction.RETRY, **changes: object
) -> TransportError:
    """Return the error of a creation without a usable answer; it has no URL and no password."""
    with pytest.raises(TransportError) as caught:
        gateway.create(parameters(**changes), new_token())
    error = caught.value
    for text in (str(error), repr(error), repr(vars(error))):
        assert MARKER not in text
        assert "?Image" not in text
        assert "://1" not in text
    assert (error.__cause__, error.__context__) == (None, None)
    assert error.reaction is reaction
    return error


# -- refusals

FACTORIES: dict[str, Callable[..., refusals.ApiError]] = {
    name: function
    for name, function in inspect.getmembers(refusals, inspect.isfunction)
    if function.__module__ == refusals.__name__
}


def example(factory: Callable[..., refusals.ApiError]) -> refusals.ApiError:
    """Create a refusal of a class, whatever arguments its constructor takes."""
    values = {"str": "ImageCacheName", "int": 20}
    wanted = [
        each
        for each in inspect.signature(factory).parameters.values()
        if each.default is each.empty
    ]
    return factory(*(values[each.annotation] for each in wanted))


@pytest.mark.parametrize("name", FACTORIES)
@pytest.mark.parametrize("retry_after", [None, 50])
def test_every_refusal_of_the_local_api_is_translated(
    api: RunningEmulator, name: str, retry_after: int | None
) -> None:
    refusal = example(FACTORIES[name])
    api.emulator.faults.add(
        {
            "kind": "error",
            "status": refusal.status,
            "code": refusal.code,
            "message": refusal.message,
            "retry_after": retry_after,
        }
    )
    with pytest.raises(ApiError) as caught:
        AlibabaCloudGateway(local_connection(api.url)).tag(ID, {"a": "1"})
    error = caught.value
    (entry,) = api.emulator.journal.entries()
    assert (error.code, error.status) == (refusal.code, refusal.status)
    assert error.vendor_message == refusal.message
    assert error.request_id == entry["request_id"]
    assert error.operation == "TagResources"
    assert error.retry_after == (retry_after or 0) / 1000


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "throttle", "per_minute": 0},
        {"kind": "error", "code": "Throttling.User", "status": 400, "retry_after": 1},
        {"kind": "error", "code": "ServiceUnavailable", "status": 503},
        {"kind": "reset"},
        {"kind": "malformed", "status": 502},
    ],
    ids=["throttled", "throttled with a time", "5xx", "reset", "an error page"],
)
def test_the_sdk_does_not_retry_by_itself(api: RunningEmulator, fault: dict[str, object]) -> None:
    api.emulator.faults.add(fault)
    with pytest.raises(EciError) as caught:
        AlibabaCloudGateway(local_connection(api.url)).describe(ID)
    assert is_transient(caught.value)
    assert len(api.emulator.journal.entries()) == 1


# -- signatures


def test_a_security_token_is_sent(api: RunningEmulator) -> None:
    api.emulator.configure(security_tokens={"testid": "a-token"})
    accepted = AlibabaCloudGateway(local_connection(api.url, token="a-token"))
    assert accepted.describe(ID) is None
    with pytest.raises(ApiError, match="STS token"):
        AlibabaCloudGateway(local_connection(api.url, token="another")).describe(ID)


# -- threads


def test_one_gateway_serves_many_threads(api: RunningEmulator) -> None:
    gateway = AlibabaCloudGateway(local_connection(api.url))
    together = threading.Barrier(16)

    def create(index: int) -> str:
        together.wait(10)
        return gateway.create(parameters(ImageCacheName=f"cache-{index}"), new_token())

    with ThreadPoolExecutor(16) as pool:
        ids = list(pool.map(create, range(16)))
    assert {cache["id"]: cache["name"] for cache in api.emulator.caches()} == {
        cache_id: f"cache-{index}" for index, cache_id in enumerate(ids)
    }


@pytest.mark.parametrize("status", [200, 404, 502])
@pytest.mark.parametrize(
    ("body", "reported"),
    [
        (b"", "the reply is not JSON"),
        (b"{", "the reply is not JSON"),
        (b"\xff\xfe\x00", "the reply is not JSON"),
        (b"upstream timeout, connection refused", "the reply is not JSON"),
        (b"<html>Bad Gateway: timeout</html>", "web page"),
        (b"\n <!DOCTYPE html>", "web page"),
        (b'{"detail": "Not Found"}', "not an answer of this API"),
        (b"[]", "not an answer of this API"),
    ],
)
def test_a_reply_of_another_service_is_no_usable_answer(
    status: int, body: bytes, reported: str
) -> None:
    with server(reply(status, body)) as url:
        error = transport_error(AlibabaCloudGateway(local_connection(url)))
    assert reported in str(error)


@pytest.mark.parametrize(
    "body", [b"null", b"[]", b"7", b'"text"', b"{}", b'{"ImageCacheId": 7}', b'{"ImageCacheId":""}']
)
def test_a_creation_without_an_id_is_no_usable_answer(body: bytes) -> None:
    with server(reply(200, body)) as url:
        transport_error(AlibabaCloudGateway(local_connection(url)))


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"7",
        b'{"ImageCaches": 7}',
        b'{"ImageCaches": ["imc-1"]}',
        b"{}",
        b"[]",
        b'{"Code": "InternalError", "Message": "Sorry."}',
    ],
)
def test_an_unexpected_description_is_not_a_missing_cache(body: bytes) -> None:
    with server(reply(200, body)) as url, pytest.raises(TransportError):
        AlibabaCloudGateway(local_connection(url)).describe(ID)


def test_a_description_of_another_cache_is_no_usable_answer() -> None:
    body = json.dumps({"RequestId": "R", "ImageCaches": [{"ImageCacheId": "imc-other"}]})
    with server(reply(200, body.encode())) as url:
        assert AlibabaCloudGateway(local_connection(url)).describe(ID) is None


def test_a_huge_reply_is_cut_to_a_readable_length() -> None:
    body = json.dumps({"RequestId": "R", "Code": "Bad", "Message": "x" * 10**7}).encode()
    with server(reply(400, body)) as url, pytest.raises(ApiError) as caught:
        AlibabaCloudGateway(local_connection(url)).describe(ID)
    assert len(str(caught.value)) < 1_000
    events = [{"Type": "Warning", "Message": f"{number} {'x' * 100}"} for number in range(50_000)]
    entry = {"ImageCacheId": ID, "Status": "Failed", "Events": events}
    with server(reply(200, json.dumps({"RequestId": "R", "ImageCaches": [entry]}).encode())) as url:
        seen = AlibabaCloudGateway(local_connection(url)).describe(ID)
    assert seen is not None
    assert [event.message[:5] for event in (seen.events[0], seen.events[-1])] == ["49950", "49999"]


def test_a_cut_message_contains_no_part_of_a_password() -> None:
    message = "x" * 495 + MARKER
    entry = {"ImageCacheId": ID, "Status": "Failed", "Events": [{"Message": message}]}
    body = json.dumps({"RequestId": "R", "ImageCacheId": ID, "ImageCaches": [entry]}).encode()
    with server(reply(200, body)) as url:
        gateway = AlibabaCloudGateway(local_connection(url))
        gateway.create(parameters(), new_token())
        seen = gateway.describe(ID)
    assert seen is not None
    assert MARKER[:4] not in seen.events[0].message


def test_a_refusal_without_details_is_a_refusal() -> None:
    with (
        server(reply(400, b'{"Code": "InvalidParameter"}')) as url,
        pytest.raises(ApiError) as caught,
    ):
        AlibabaCloudGateway(local_connection(url)).delete(ID, new_token())
    assert (caught.value.code, caught.value.status) == ("InvalidParameter", 400)
    assert (caught.value.vendor_message, caught.value.request_id) == ("", "")
    assert "None" not in str(caught.value)


@pytest.mark.parametrize("header", ["soon", "-5", "0", "1e9", "", "9" * 5000])
def test_an_invalid_retry_after_is_ignored(header: str) -> None:
    body = json.dumps({"Code": "Throttling.User", "Message": "m", "RequestId": "R"}).encode()
    with (
        server(reply(400, body, x_acs_retry_after=header)) as url,
        pytest.raises(ApiError) as caught,
    ):
        AlibabaCloudGateway(local_connection(url)).describe(ID)
    assert caught.value.retry_after == 0.0


def closed_url() -> str:
    """A URL of this machine on which no server listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.parametrize("word", ["app", "timeout", "proxy", "json", "reset", "certificate"])
def test_a_refused_connection_is_reported_whatever_the_request_contains(word: str) -> None:
    url = closed_url()
    gateway = AlibabaCloudGateway(local_connection(url))
    message = str(transport_error(gateway, Image=[f"registry.example.com/{word}:1"]))
    host = url.removeprefix("http://")
    for fact in ("CreateImageCache", f" {host}: the connection was refused", "eci:endpoint"):
        assert fact in message


def test_a_host_name_that_does_not_resolve_is_reported() -> None:
    error = transport_error(AlibabaCloudGateway(local_connection("http://eci.invalid")))
    assert "eci.invalid: the host name could not be resolved" in str(error)


def test_a_server_without_tls_is_reported_at_once(api: RunningEmulator) -> None:
    gateway = AlibabaCloudGateway(local_connection(api.url.replace("http://", "https://")))
    error = transport_error(gateway, Reaction.FINAL)
    assert "write http:// before the address" in str(error)
    assert not error.in_doubt


def test_an_untrusted_certificate_is_reported_at_once(
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
    ("greeting", "reported"),
    [(b"SSH-2.0-OpenSSH_9.6\r\n", "not speak HTTP"), (b"", "the connection was ")],
)
def test_a_port_of_another_service_is_reported(greeting: bytes, reported: str) -> None:
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
    assert reported in str(error)


def test_a_server_that_never_answers_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alicloud, "READ_TIMEOUT_MS", 200)
    released = threading.Event()

    def stay_silent(_: BaseHTTPRequestHandler) -> None:
        released.wait(10)

    with server(stay_silent) as url:
        error = transport_error(AlibabaCloudGateway(local_connection(url)))
        released.set()
    assert "did not answer in time" in str(error)


@pytest.mark.parametrize("kind", ["reset", "truncated"])
def test_a_closed_connection_is_reported(api: RunningEmulator, kind: str) -> None:
    api.emulator.faults.add({"kind": kind})
    transport_error(AlibabaCloudGateway(local_connection(api.url)))


def test_an_unreachable_proxy_is_named(
    monkeypatch: pytest.MonkeyPatch, api: RunningEmulator
) -> None:
    monkeypatch.setenv("HTTP_PROXY", closed_url())
    monkeypatch.setenv("NO_PROXY", "*")
    error = transport_error(AlibabaCloudGateway(local_connection(api.url)))
    assert "HTTP_PROXY" in str(error)
