"""What the gateway over the vendor's SDK makes of bad networks, bad replies and bad credentials."""

from __future__ import annotations

import inspect
import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from eci_emulator import errors as refusals
from eci_emulator.server import RunningEmulator
from pulumi_eci import alicloud
from pulumi_eci.alicloud import AlibabaCloudGateway
from pulumi_eci.codes import Reaction
from pulumi_eci.errors import ApiError, EciError, TransportError
from pulumi_eci.request import Parameters
from pulumi_eci.retry import is_transient
from tests.contract.backends import local_connection, new_token

MARKER = "zq7marker7qz"
ID = "imc-00000000000000000000"


def parameters(**changes: object) -> Parameters:
    """Parameters of CreateImageCache with a registry password in them."""
    login = {"Server": "registry.example.com", "UserName": "robot", "Password": MARKER}
    return {
        "ImageCacheName": "contract",
        "Image": ["nginx:1.27"],
        "ImageRegistryCredential": [login],
        **changes,
    }


def transport_error(gateway: AlibabaCloudGateway, **changes: object) -> TransportError:
    """The error of a creation that gets no usable answer; it holds no URL and no password."""
    with pytest.raises(TransportError) as caught:
        gateway.create(parameters(**changes), new_token())
    error = caught.value
    for text in (str(error), repr(error), repr(vars(error))):
        assert MARKER not in text
        assert "?" not in text
        assert "://" not in text
    assert (error.__cause__, error.__context__) == (None, None)
    assert error.reaction is Reaction.RETRY
    return error


# -- networks


@contextmanager
def server(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """Serve *answer* to every request; yields the URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}"
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


def reply(status: int, body: bytes, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """An answer of any kind."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def closed_url() -> str:
    """A URL of this machine where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_a_refused_connection_is_told_without_url_and_password() -> None:
    """Operation, host and reason are told; the URL, which holds the password, is not."""
    url = closed_url()
    error = transport_error(AlibabaCloudGateway(local_connection(url)))
    host = url.removeprefix("http://")
    assert str(error) == (
        f"CreateImageCache got no usable answer from {host}: the connection was refused. "
        "Check the network, and eci:endpoint or eci:region."
    )


@pytest.mark.parametrize("word", ["timeout", "proxy", "json", "reset", "certificate"])
def test_the_reason_is_not_read_out_of_the_request(word: str) -> None:
    """An image called `timeout` whose connection is refused was refused, not timed out."""
    gateway = AlibabaCloudGateway(local_connection(closed_url()))
    error = transport_error(gateway, Image=[f"registry.example.com/{word}:1"])
    assert "the connection was refused" in str(error)


def test_a_name_that_does_not_resolve_is_told() -> None:
    """A mistyped endpoint is told as a name that is none."""
    error = transport_error(AlibabaCloudGateway(local_connection("http://eci.invalid")))
    assert "eci.invalid: its name could not be resolved" in str(error)


def test_a_server_that_speaks_no_tls_is_told(api: RunningEmulator) -> None:
    """HTTPS to a port that speaks HTTP is an error without details of the request."""
    url = api.url.replace("http://", "https://")
    transport_error(AlibabaCloudGateway(local_connection(url)))


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The read timeout ends the call, and is told as such."""
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
    """A connection that ends before or within the reply leaves no usable answer."""
    api.emulator.faults.add({"kind": kind})
    transport_error(AlibabaCloudGateway(local_connection(api.url)))


def test_a_proxy_that_does_not_answer_is_named(
    monkeypatch: pytest.MonkeyPatch, api: RunningEmulator
) -> None:
    """The SDK sends even loopback through HTTP_PROXY, whatever NO_PROXY says: that is told."""
    monkeypatch.setenv("HTTP_PROXY", closed_url())
    monkeypatch.setenv("NO_PROXY", "*")
    error = transport_error(AlibabaCloudGateway(local_connection(api.url)))
    assert "HTTP_PROXY" in str(error)


# -- replies


@pytest.mark.parametrize("status", [200, 404, 502])
@pytest.mark.parametrize("body", [b"", b"<html>Bad Gateway</html>", b"{"])
def test_a_reply_that_is_no_json_is_no_answer(status: int, body: bytes) -> None:
    """An empty reply or an error page leaves open whether the call took effect: try again."""
    with server(reply(status, body)) as url:
        error = transport_error(AlibabaCloudGateway(local_connection(url)))
    assert "the reply is not JSON" in str(error)


def test_a_reply_that_is_no_text_is_no_answer() -> None:
    """Bytes that no encoding explains are told without the bytes, and without the request."""
    with server(reply(200, b"\xff\xfe\x00")) as url:
        transport_error(AlibabaCloudGateway(local_connection(url)))


@pytest.mark.parametrize(
    "body", [b"null", b"[]", b"7", b'"text"', b"{}", b'{"ImageCacheId": 7}', b'{"ImageCacheId":""}']
)
def test_a_creation_that_names_no_id_is_no_answer(body: bytes) -> None:
    """A 200 of another shape is not taken for a cache."""
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
def test_a_description_of_another_shape_is_not_an_absent_cache(body: bytes) -> None:
    """A refresh that took it for one would drop the cache from the state."""
    with server(reply(200, body)) as url, pytest.raises(TransportError):
        AlibabaCloudGateway(local_connection(url)).describe(ID)


def test_an_answer_about_another_cache_is_no_answer() -> None:
    """A service that ignores the id shows other caches; none of them is the one."""
    body = json.dumps({"RequestId": "R", "ImageCaches": [{"ImageCacheId": "imc-other"}]})
    with server(reply(200, body.encode())) as url:
        assert AlibabaCloudGateway(local_connection(url)).describe(ID) is None


def test_values_of_wrong_types_are_absent_values() -> None:
    """Whatever an entry holds, it is read; text of the service is one printable line."""
    entry = {
        "ImageCacheId": ID,
        "Status": 7,
        "Progress": None,
        "ImageCacheName": "a\x1b[31mb\nc",
        "Images": ["nginx", 7, None],
        "ImageCacheSize": "twenty",
        "SnapshotId": ["s-1"],
        "Tags": [{"Key": "a", "Value": 1}, {"Key": 2}],
        "Events": [{"Type": 1, "Message": "x\r\ny"}],
        "Surprise": {"new": "field"},
    }
    body = json.dumps({"RequestId": "R", "ImageCaches": [entry]})
    with server(reply(200, body.encode())) as url:
        seen = AlibabaCloudGateway(local_connection(url)).describe(ID)
    assert seen is not None
    assert (seen.status, seen.progress, seen.snapshot_id) == ("", "", "")
    assert seen.image_cache_name == "a [31mb c"
    assert seen.images == ("nginx",)
    assert seen.image_cache_size is None
    assert [event.message for event in seen.events] == ["x y"]


def test_a_huge_reply_is_cut_to_what_can_be_read() -> None:
    """A message of ten megabytes is told in a line; of a flood of events the latest are kept."""
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


def test_half_a_password_is_not_told_where_a_message_is_cut() -> None:
    """Passwords are taken out before the text is shortened."""
    message = "x" * 495 + MARKER
    entry = {"ImageCacheId": ID, "Status": "Failed", "Events": [{"Message": message}]}
    body = json.dumps({"RequestId": "R", "ImageCacheId": ID, "ImageCaches": [entry]}).encode()
    with server(reply(200, body)) as url:
        gateway = AlibabaCloudGateway(local_connection(url))
        gateway.create(parameters(), new_token())
        seen = gateway.describe(ID)
    assert seen is not None
    assert MARKER[:4] not in seen.events[0].message


def test_a_refusal_without_details_is_still_one() -> None:
    """A code alone makes an ApiError; what is missing is not filled with the word None."""
    with (
        server(reply(400, b'{"Code": "InvalidParameter"}')) as url,
        pytest.raises(ApiError) as caught,
    ):
        AlibabaCloudGateway(local_connection(url)).delete(ID, new_token())
    assert (caught.value.code, caught.value.status) == ("InvalidParameter", 400)
    assert (caught.value.vendor_message, caught.value.request_id) == ("", "")
    assert "None" not in str(caught.value)


# -- refusals

FACTORIES: dict[str, Callable[..., refusals.ApiError]] = {
    name: function
    for name, function in inspect.getmembers(refusals, inspect.isfunction)
    if function.__module__ == refusals.__name__
}


def example(factory: Callable[..., refusals.ApiError]) -> refusals.ApiError:
    """Make a refusal of some kind, with any arguments."""
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
    """Code, message, status and RequestId arrive as sent, with or without x-acs-retry-after."""
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


@pytest.mark.parametrize(("status", "code"), [(500, "InternalError"), (503, "ServiceUnavailable")])
def test_a_failure_of_the_service_is_worth_another_try(
    api: RunningEmulator, status: int, code: str
) -> None:
    """A 5xx with a code is an ApiError like any other, and transient."""
    api.emulator.faults.add({"kind": "error", "status": status, "code": code, "message": "Sorry."})
    with pytest.raises(ApiError) as caught:
        AlibabaCloudGateway(local_connection(api.url)).list_page()
    assert (caught.value.code, caught.value.status) == (code, status)
    assert caught.value.reaction is Reaction.RETRY


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
    """A retry has to know the deadline, so each call is one request, whatever came of it."""
    api.emulator.faults.add(fault)
    with pytest.raises(EciError) as caught:
        AlibabaCloudGateway(local_connection(api.url)).describe(ID)
    assert is_transient(caught.value)
    assert len(api.emulator.journal.entries()) == 1


@pytest.mark.parametrize("header", ["soon", "-5", "0", "1e9", "", "9" * 5000])
def test_a_senseless_time_to_wait_is_none(header: str) -> None:
    """What x-acs-retry-after holds is not trusted."""
    body = json.dumps({"Code": "Throttling.User", "Message": "m", "RequestId": "R"}).encode()
    with server(reply(400, body, x_acs_retry_after=header)) as url, pytest.raises(ApiError) as told:
        AlibabaCloudGateway(local_connection(url)).describe(ID)
    assert told.value.retry_after == 0.0


# -- signatures


def test_a_wrong_secret_is_told_with_advice(api: RunningEmulator) -> None:
    """SignatureDoesNotMatch names what to check, and not the secret."""
    gateway = AlibabaCloudGateway(replace(local_connection(api.url), access_key_secret=MARKER))
    with pytest.raises(ApiError) as caught:
        gateway.create(parameters(), new_token())
    assert (caught.value.code, caught.value.status) == ("SignatureDoesNotMatch", 400)
    assert caught.value.reaction is Reaction.FINAL
    assert "ALIBABA_CLOUD_ACCESS_KEY_SECRET" in str(caught.value)
    assert MARKER not in str(caught.value)


def test_an_unknown_key_is_told_with_advice(api: RunningEmulator) -> None:
    """A key that does not exist is not taken for a cache that does not, though both are 404."""
    connection = replace(local_connection(api.url), access_key_id="nobody")
    with pytest.raises(ApiError) as caught:
        AlibabaCloudGateway(connection).delete(ID, new_token())
    assert caught.value.code.startswith("InvalidAccessKeyId")
    assert caught.value.reaction is Reaction.FINAL
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" in str(caught.value)


def test_a_security_token_is_sent(api: RunningEmulator) -> None:
    """Keys of STS work with their token, and are refused with another."""
    api.emulator.configure(security_tokens={"testid": "a-token"})
    connection = local_connection(api.url)
    assert AlibabaCloudGateway(replace(connection, security_token="a-token")).describe(ID) is None
    with pytest.raises(ApiError):
        AlibabaCloudGateway(replace(connection, security_token="another")).describe(ID)


# -- threads


def test_one_gateway_serves_many_threads(api: RunningEmulator) -> None:
    """All resources of a connection share a gateway, from the first call on."""
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
