"""Calls through the vendor's SDK, and a service that answers them in odd ways."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pulumi_eci.api.alicloud import AlibabaCloudGateway
from pulumi_eci.api.codes import Reaction
from pulumi_eci.api.errors import TransportError
from pulumi_eci.model.request import Parameters
from tests.contract.backends import new_token

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
