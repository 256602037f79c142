"""Registries that misbehave: a message of one line, soon, and without a password."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from pulumi_eci.model.reference import parse_reference
from pulumi_eci.registry.access import Target
from pulumi_eci.registry.answer import Failure
from pulumi_eci.registry.lookup import Lookup, Query
from tests.registry.conftest import LOGIN, resolve
from tests.support.certificates import make_certificate
from tests.support.odd_server import Answer, reply, server
from tests.support.registry import OCI_INDEX, OCI_MANIFEST, PASSWORD

MANIFEST = json.dumps({"schemaVersion": 2, "config": {}, "layers": []}).encode()
DIGEST = f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"
Slow = Callable[[threading.Event, BaseHTTPRequestHandler], None]
SHORT = 0.6  # seconds, for tests of the time limit of an image


def good(**headers: str) -> Answer:
    return reply(200, MANIFEST, Content_Type=OCI_MANIFEST, **headers)


def host_of(url: str) -> str:
    return url.partition("://")[2]


def greets(answer: Answer) -> Answer:
    """Answer the first request well, and requests for manifests with *answer*."""

    def either(handler: BaseHTTPRequestHandler) -> None:
        (reply(200, b"{}") if handler.path == "/v2/" else answer)(handler)

    return either


def challenges(header: str) -> Answer:
    return reply(401, b"{}", WWW_Authenticate=header)


def repeats_what_it_was_sent(handler: BaseHTTPRequestHandler) -> None:
    said = f"no entry for {handler.headers.get('Authorization')} {PASSWORD}"
    body = json.dumps({"errors": [{"code": "DENIED\n\x1b[31m", "message": said}]}).encode()
    challenge = 'Basic realm="a"'
    reply(403 if handler.headers.get("Authorization") else 401, body, WWW_Authenticate=challenge)(
        handler
    )


INDEX = json.dumps({"manifests": [{"digest": DIGEST, "platform": {"os": 1}}, 3, {}]}).encode()
ODD: dict[str, Answer] = {
    "a page": reply(200, b"<html>hello</html>", Content_Type="text/html"),
    "a page that says 404": reply(404, b"<html>no</html>", Content_Type="text/html; charset=utf-8"),
    "nothing": reply(200, b""),
    "no JSON": reply(200, b"\xff\xfe{"),
    "deep JSON": reply(200, b"[" * 200_000),
    "other JSON": reply(200, b"[1]"),
    "a manifest of version 1": reply(200, b'{"schemaVersion": 1, "fsLayers": []}'),
    "another digest": good(Docker_Content_Digest=f"sha256:{'0' * 64}"),
    "another manifest in the index": reply(200, INDEX.replace(DIGEST[7:].encode(), b"0" * 64)),
    "a packed body": reply(200, gzip.compress(MANIFEST), Content_Encoding="gzip"),
    "throttling": reply(429, b'{"errors": [{"code": "TOOMANYREQUESTS"}]}'),
    "out of order": reply(503, b"<html>oops</html>", Content_Type="text/html"),
    "not modified": reply(304, b""),
    "a loop": reply(307, b"", Location="/v2/again"),
    "another scheme": reply(302, b"", Location="ftp://127.0.0.1/"),
    "a place that is none": reply(302, b"", Location="http://[::bad/"),
    "a challenge without a realm": challenges("Bearer service=x"),
    "a realm that is none": challenges('Bearer realm="file:///etc/passwd"'),
    "a challenge that is none": challenges("Negotiate"),
    "endless challenges": challenges("Bearer " + ",".join(f'a{n}="{n}' for n in range(5000))),
}


@pytest.mark.parametrize("at", ["once", "later"])
@pytest.mark.parametrize("name", ODD)
def test_an_invalid_answer_is_reported(name: str, at: str) -> None:
    answer = ODD[name] if at == "once" else greets(ODD[name])
    with server(answer) as url:
        found = resolve(Target(host_of(url), LOGIN), "app:1", "app:2")
    refused = name == "a challenge that is none"
    assert {each.failure for each in found} == {Failure.DENIED if refused else Failure.UNKNOWN}


def test_no_secret_and_no_control_character_is_in_the_message() -> None:
    with server(repeats_what_it_was_sent) as url:
        (answer,) = resolve(Target(host_of(url), LOGIN), "app:1")
    assert answer.failure is Failure.DENIED
    assert "no entry for Basic *** ***" in answer.message
    assert answer.message.isprintable()


@pytest.mark.parametrize("at", ["once", "later"])
def test_an_endless_answer_is_stopped(at: str) -> None:
    sent = 0

    def endless(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.send_header("Content-Length", str(100 * 2**20))
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x" * 2**20)
            sent += 1

    with server(endless if at == "once" else greets(endless)) as url:
        (answer,) = resolve(Target(host_of(url)), "app:1")
    assert "larger than 4 MiB" in answer.message
    assert sent < 50


# -- time


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Ends the servers whose slow answer would never end."""
    event = threading.Event()
    yield event
    event.set()


def silence(over: threading.Event, handler: BaseHTTPRequestHandler) -> None:
    del handler
    over.wait(30)


def drops(over: threading.Event, handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 99999\r\n\r\n")
    while not over.wait(0.05):
        handler.wfile.write(b" ")


def drops_a_header(over: threading.Event, handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
    while not over.wait(0.05):
        handler.wfile.write(b"X")


@pytest.mark.parametrize("slow", [silence, drops, drops_a_header])
@pytest.mark.parametrize("at", ["once", "later"])
def test_a_slow_registry_times_out(over: threading.Event, slow: Slow, at: str) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        slow(over, handler)

    with server(answer if at == "once" else greets(answer)) as url:
        began = time.monotonic()
        (found,) = resolve(Target(host_of(url)), "app:1", lookup=Lookup(SHORT))
        took = time.monotonic() - began
        over.set()
    assert found.failure is Failure.UNKNOWN
    assert took < 10  # the server takes 30 seconds


def test_slow_images_do_not_delay_those_of_other_registries(over: threading.Event) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        drops(over, handler)

    with server(greets(answer)) as slow, server(good(Docker_Content_Digest=DIGEST)) as quick:
        lookup = Lookup(SHORT)
        slow_target, target = Target(host_of(slow)), Target(host_of(quick))
        queries = [
            Query(slow_target, parse_reference(f"{slow_target.host}/app-{n}:1")) for n in range(20)
        ]
        queries.append(Query(target, parse_reference(f"{target.host}/app:1")))
        answers = lookup.find(queries)
        over.set()
    assert {answer.failure for answer in answers[:-1]} == {Failure.UNKNOWN}
    assert answers[-1].digest == DIGEST


def test_a_run_has_a_time_limit_for_all_registries_together(
    over: threading.Event,
) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        silence(over, handler)

    with server(greets(answer)) as url, server(good()) as other:
        lookup = Lookup(SHORT, 2 * SHORT)
        answers = resolve(Target(host_of(url)), *(f"app-{n}:1" for n in range(99)), lookup=lookup)
        answers += resolve(Target(host_of(other)), "app:1", lookup=lookup)
        over.set()
    assert {each.failure for each in answers} == {Failure.UNKNOWN}
    assert sum("of a run" in each.message for each in answers) > 40


# -- passwords only go to their hosts


def test_a_password_is_not_sent_to_a_token_service_of_another_host() -> None:
    sent: list[str | None] = []

    def listen(handler: BaseHTTPRequestHandler) -> None:
        sent.append(handler.headers.get("Authorization"))
        reply(200, b'{"token": "t"}')(handler)

    def asks(handler: BaseHTTPRequestHandler) -> None:
        challenges(f'Bearer realm="{elsewhere}/token"')(handler)

    with server(listen, host="127.0.0.2") as elsewhere, server(asks) as url:
        (answer,) = resolve(Target(host_of(url), LOGIN), "app:1")
        assert (answer.failure, sent) == (Failure.UNKNOWN, [])
        assert "127.0.0.2" in answer.message
        resolve(Target(host_of(url)), "app:1")
    assert set(sent) == {None}


@pytest.mark.parametrize("scheme", ["Basic", "Bearer"])
def test_a_redirect_sends_no_credentials_to_another_host(scheme: str) -> None:
    sent: list[str | None] = []

    def listen(handler: BaseHTTPRequestHandler) -> None:
        sent.append(handler.headers.get("Authorization"))
        good()(handler)

    def sends_on(handler: BaseHTTPRequestHandler) -> None:
        realm = f"http://{handler.headers['Host']}/token"
        if handler.path.startswith("/token"):
            reply(200, b'{"token": "secret-token"}')(handler)
        elif not handler.headers.get("Authorization"):
            challenges(f'{scheme} realm="{realm}"')(handler)
        elif handler.path == "/v2/":
            reply(200, b"{}")(handler)
        else:
            reply(307, b"", Location=f"{elsewhere}{handler.path}")(handler)

    with server(listen, host="127.0.0.2") as elsewhere, server(sends_on) as url:
        (answer,) = resolve(Target(host_of(url), LOGIN), "app:1")
    assert answer.digest == DIGEST
    assert set(sent) == {None}


@pytest.mark.parametrize("where", ["place", "realm"])
def test_a_registry_with_tls_cannot_redirect_to_a_host_without_tls(
    tmp_path: Path, where: str
) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if where == "place":
            reply(307, b"", Location=plain)(handler)
        else:
            challenges(f'Bearer realm="{plain}"')(handler)

    certificate = make_certificate(tmp_path).file
    with (
        server(reply(200, b'{"token": "t"}')) as plain,
        server(answer, certificate=certificate) as url,
    ):
        target = Target(host_of(url), LOGIN, insecure=frozenset({host_of(url)}))
        (found,) = resolve(target, "app:1")
    assert "without TLS" in found.message


def test_the_netrc_of_the_machine_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    sent: list[str | None] = []

    def listen(handler: BaseHTTPRequestHandler) -> None:
        sent.append(handler.headers.get("Authorization"))
        good()(handler)

    with server(listen) as url:
        resolve(Target(host_of(url)), "app:1")
    assert set(sent) == {None}


def test_an_expired_certificate_is_reported(tmp_path: Path) -> None:
    with server(good(), certificate=make_certificate(tmp_path, days=-1).file) as url:
        (answer,) = resolve(Target(host_of(url)), "app:1")
    assert answer.failure is Failure.UNKNOWN
    assert "certificate" in answer.message


def test_a_host_without_a_server_is_reported() -> None:
    with server(good()) as url:
        pass
    (answer,) = resolve(Target(host_of(url)), "app:1")
    assert answer.failure is Failure.UNKNOWN
    assert "refused" in answer.message


def test_invalid_entries_of_an_index_are_ignored() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        is_tag = handler.path.endswith("/manifests/1")
        (reply(200, INDEX, Content_Type=OCI_INDEX) if is_tag else good())(handler)

    with server(answer) as url:
        (found,) = resolve(Target(host_of(url)), "app:1")
    assert (found.layers, found.platforms, found.failure) == ({}, (), None)


def test_an_unreachable_proxy_is_named() -> None:
    (answer,) = resolve(Target("registry.invalid"), "app:1")
    assert (
        answer.message == "registry.invalid: the proxy of HTTP_PROXY or HTTPS_PROXY did not answer"
    )
