"""Temporary logins of Container Registry Enterprise Edition, through the vendor's SDK."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import pytest

from pulumi_eci.api.connection import Connection
from pulumi_eci.api.credentials import AccessKey, Credentials
from pulumi_eci.registry.access import Instance, Target
from pulumi_eci.registry.answer import Failure
from tests.registry.conftest import resolve
from tests.support.odd_server import reply, server
from tests.support.registry import PASSWORD, USER, DockerRegistry

KEY = Credentials(AccessKey("testid", "testsecret"), "eci:accessKey")


@pytest.fixture(autouse=True)
def _no_proxy(_proxy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset the proxy: the vendor's SDK uses it even for loopback."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name)


def given(user: str, password: str) -> bytes:
    login = {"TempUsername": user, "AuthorizationToken": password}
    return json.dumps({"RequestId": "R", "IsSuccess": True, "Code": "success", **login}).encode()


@pytest.mark.parametrize(
    ("status", "body", "failure", "words"),
    [
        (200, given(USER, PASSWORD), None, ""),
        (200, given(USER, "wrong"), Failure.UNKNOWN, "access denied to user puller"),
        (200, b'{"RequestId": "R"}', Failure.UNKNOWN, "no temporary login for cri-1"),
        (403, b'{"Code": "NoPrivilege", "RequestId": "R"}', Failure.UNKNOWN, "NoPrivilege"),
    ],
)
def test_a_run_asks_an_instance_for_one_login(
    closed: DockerRegistry, status: int, body: bytes, failure: Failure | None, words: str
) -> None:
    closed.push("temporary/app:1", b"a")
    asked: list[dict[str, list[str]]] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(parse_qs(urlsplit(handler.path).query))
        assert handler.headers["x-acs-action"] == "GetAuthorizationToken"
        assert handler.headers["x-acs-version"] == "2018-12-01"
        reply(status, body)(handler)

    with server(answer) as url:
        connection = Connection("cn-hangzhou", url.partition("://")[2], "http", KEY)
        target = Target(closed.host, instance=Instance("cri-1", connection))
        answers = resolve(target, "temporary/app:1", "temporary/app:1", "temporary/other:1")
    assert answers[0].failure is failure
    assert words in answers[0].message
    assert [query["InstanceId"] for query in asked] == [["cri-1"]]
