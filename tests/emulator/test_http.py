"""The API over plain HTTP: methods, envelopes, limits, and the web page."""

from __future__ import annotations

import http.client
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest

from eci_emulator.server import listen
from eci_emulator.settings import Settings
from tests.emulator.client import call, send

if TYPE_CHECKING:
    from eci_emulator.server import RunningEmulator

LIST = {"Action": "DescribeImageCaches", "RegionId": "cn-hangzhou", "Version": "2018-08-08"}


def raw(url: str, data: bytes) -> bytes:
    """Send raw bytes and return the whole answer."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(data)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
        return received


def test_query_by_get_and_post_and_form(loose: RunningEmulator) -> None:
    query = urlencode(LIST)
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    answers = [
        send(loose.url, "GET", f"/?{query}"),
        send(loose.url, "POST", f"/?{query}"),
        send(loose.url, "POST", "/", body=query.encode(), headers=form),
    ]
    assert [(answer.status, answer.json["TotalCount"]) for answer in answers] == [(200, 0)] * 3


def test_a_parameter_in_both_query_and_form_is_refused(loose: RunningEmulator) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = send(loose.url, "POST", f"/?{urlencode(LIST)}", body=b"RegionId=b", headers=form)
    assert (answer.status, answer.json["Code"]) == (400, "InvalidParameter")


def test_the_signed_action_counts(loose: RunningEmulator) -> None:
    headers = {"x-acs-action": "DeleteImageCache"}
    answer = send(loose.url, "GET", f"/?{urlencode(LIST)}", headers=headers)
    assert "ImageCaches" in answer.json


def test_action_in_headers(loose: RunningEmulator) -> None:
    headers = {"x-acs-action": "DescribeImageCaches", "x-acs-version": "2018-08-08"}
    answer = send(loose.url, "POST", "/?RegionId=cn-hangzhou", headers=headers)
    assert answer.json["ImageCaches"] == []


def test_the_error_envelope(loose: RunningEmulator) -> None:
    answer = call(loose.url, "DeleteImageCache", ImageCacheId="imc-none")
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/json;charset=utf-8"
    assert set(answer.json) == {"RequestId", "HostId", "Code", "Message", "Recommend"}
    assert answer.json["HostId"] == urlsplit(loose.url).netloc


QUERIES: dict[str, tuple[str, str, int, str]] = {
    "no action": ("POST", "/?RegionId=a", 404, "InvalidApi.NotFound"),
    "another version": (
        "POST",
        "/?" + urlencode(LIST | {"Version": "2014-05-26"}),
        404,
        "InvalidApi.NotFound",
    ),
    "another path": ("POST", "/api?" + urlencode(LIST), 404, "InvalidApi.NotFound"),
    "a path upwards": ("GET", "/../../etc/passwd", 404, "InvalidApi.NotFound"),
    "an encoded path upwards": ("GET", "/%2e%2e/%00", 404, "InvalidApi.NotFound"),
    "two slashes": ("GET", "//?" + urlencode(LIST), 404, "InvalidApi.NotFound"),
    "another method": ("DELETE", "/?" + urlencode(LIST), 405, "UnsupportedHTTPMethod"),
    "a parameter twice": ("GET", "/?" + urlencode(LIST) + "&RegionId=b", 400, "InvalidParameter"),
    "no UTF-8": ("GET", "/?" + urlencode(LIST) + "&Image=%ff", 400, "InvalidParameter"),
    "a value of 1 MB": (
        "GET",
        "/?" + urlencode(LIST) + "&Image=" + "x" * 2**20,
        400,
        "InvalidParameter.LengthExceeded",
    ),
    "an index of 1 MB": (
        "GET",
        "/?" + urlencode(LIST) + "&Tag." + "1" * 2**20 + ".Key=x",
        400,
        "InvalidParameter",
    ),
}


@pytest.mark.parametrize("name", QUERIES)
def test_odd_requests_are_refused(loose: RunningEmulator, name: str) -> None:
    method, path, status, code = QUERIES[name]
    answer = send(loose.url, method, path)
    assert (answer.status, answer.json["Code"]) == (status, code)
    assert answer.json["RequestId"]
    assert len(answer.body) < 2000


def test_a_body_that_is_too_long(loose: RunningEmulator) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = send(loose.url, "POST", "/", body=b"a=" + b"x" * (2**20 + 1), headers=form)
    assert answer.json["Code"] == "InvalidParameter.LengthExceeded"


def test_invalid_http_is_refused(loose: RunningEmulator) -> None:
    answer = raw(loose.url, b"\x00\x01\x02 nonsense\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert json.loads(body)["Code"] == "InvalidRequest"
    assert call(loose.url, "DescribeImageCaches").status == 200


CLOSE = b"Host: here\r\nConnection: close\r\n"


@pytest.mark.parametrize("target", [b"GET http://here/", b"OPTIONS *", b"CONNECT here:443"])
def test_targets_that_are_not_paths_are_refused(loose: RunningEmulator, target: bytes) -> None:
    head, _, body = raw(loose.url, target + b" HTTP/1.1\r\n" + CLOSE + b"\r\n").partition(
        b"\r\n\r\n"
    )
    assert head.startswith((b"HTTP/1.1 404", b"HTTP/1.1 405"))
    assert json.loads(body)["RequestId"]


def test_a_body_that_breaks_off_before_the_answer(
    loose: RunningEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    chunked = b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + CLOSE + b"\r\n"
    answer = raw(loose.url, chunked + b"this is no chunk\r\n")
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1") == 1
    assert call(loose.url, "DescribeImageCaches").status == 200
    assert not [record for record in caplog.records if record.exc_info]


def test_a_body_that_breaks_off_after_the_answer(
    loose: RunningEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    chunked = b"PUT / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"
    address = urlsplit(loose.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(chunked)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert (answer.status, json.loads(answer.read())["Code"]) == (405, "UnsupportedHTTPMethod")
        connection.sendall(b"this is no chunk\r\n")
        with suppress(ConnectionResetError):
            assert connection.recv(65_536) == b""
    assert call(loose.url, "DescribeImageCaches").status == 200
    assert not [record for record in caplog.records if record.exc_info]


def test_an_upgrade_is_ignored(loose: RunningEmulator, caplog: pytest.LogCaptureFixture) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket"}
    assert send(loose.url, "GET", f"/?{urlencode(LIST)}", headers=headers).status == 200
    assert not caplog.records


def test_answers_do_not_wait_for_acknowledgements() -> None:
    with closing(listen(Settings())) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_many_threads_create_many_caches(loose: RunningEmulator) -> None:

    def create(number: int) -> str:
        name = f"web-{number}"
        answer = call(loose.url, "CreateImageCache", ImageCacheName=name, Image_1="nginx")
        return str(answer.json["ImageCacheId"])

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(create, range(64)))
    assert ids == {cache["id"] for cache in loose.emulator.caches()}
    assert len(ids) == 64


def test_the_web_page(loose: RunningEmulator) -> None:
    answer = send(loose.url, "GET", "/")
    page = answer.body.decode()
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert 'name="viewport"' in page
    assert "http://" not in page
    assert "https://" not in page
    assert "innerHTML" not in page
    assert loose.emulator.journal.entries() == []
