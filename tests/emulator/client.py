"""The smallest HTTP client: it uses only the standard library."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """Return the decoded body."""
        return json.loads(self.body)


def send(  # noqa: PLR0913 - the sides of an HTTP request
    url: str,
    method: str = "GET",
    path: str = "/",
    *,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    timeout: float = 10.0,
) -> Answer:
    """Send one request on a new connection."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        return Answer(
            response.status,
            {name.lower(): value for name, value in response.getheaders()},
            response.read(),
        )
    finally:
        connection.close()


def call(url: str, action: str, **params: str) -> Answer:
    """Call an operation without a signature; `Image_1` stands for `Image.1`."""
    query = {"Action": action, "RegionId": "cn-hangzhou"}
    query |= {name.replace("_", "."): value for name, value in params.items()}
    return send(url, "POST", f"/?{urlencode(query)}")


def control(url: str, method: str, path: str, body: object = None) -> Answer:
    """Call the control API."""
    data = None if body is None else json.dumps(body).encode()
    return send(url, method, f"/_emulator{path}", body=data)
