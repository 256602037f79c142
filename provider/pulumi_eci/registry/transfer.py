"""HTTP requests to one registry, limited in size and time.

`requests` would follow redirects with credentials and read `~/.netrc`. So redirects are followed
here, and `~/.netrc` is not read. `requests` is imported on first use, because the import takes
0.1 s.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from pulumi_eci.api.transport import transport_reason
from pulumi_eci.registry.answer import RegistryError, unknown
from pulumi_eci.registry.hosts import is_loopback, origin
from pulumi_eci.registry.manifest import read_json

if TYPE_CHECKING:
    import requests

CONNECTIONS = 16
"""Parallel requests."""
LARGEST_ANSWER = 4 * 1024 * 1024  # bytes; the limit in the OCI distribution specification
_CHUNK = 64 * 1024
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
CONNECT_SECONDS = 5.0
_NO_PROXIES = {"http": "", "https": ""}
_ERROR_MEMBERS = ("code", "message", "error", "details")
_MOST_ERRORS = 3


@dataclass(frozen=True)
class Reply:
    """A registry's whole answer. The names of *headers* are case-insensitive."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_page(self) -> bool:
        """Whether the answer is a web page, such as a proxy's."""
        return "html" in self.headers.get("Content-Type", "")

    @property
    def message(self) -> str:
        """The HTTP status, and the error in either specification's format."""
        content = read_json(self.body)
        held = content if isinstance(content, Mapping) else {}
        listed = held.get("errors")
        errors = [held, *(listed if isinstance(listed, list) else ())]
        said = [
            ": ".join(str(error[name]) for name in _ERROR_MEMBERS if error.get(name))
            for error in errors[: 1 + _MOST_ERRORS]
            if isinstance(error, Mapping)
        ]
        return ", ".join([f"HTTP {self.status}", *filter(None, said)])


class Transfer:
    """The connections to one registry and to the targets of its redirects.

    Args:
        insecure: Hosts, with their ports if any, whose certificates are not verified.
    """

    def __init__(self, insecure: frozenset[str] = frozenset()) -> None:
        import requests  # noqa: PLC0415 - costs time; see above
        import urllib3  # noqa: PLC0415

        self._insecure = insecure
        if insecure:  # the program asks for it, so warnings add nothing
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            adapter = requests.adapters.HTTPAdapter(pool_maxsize=2 * CONNECTIONS)
            self._session.mount(scheme, adapter)

    def get(  # noqa: PLR0913 - what a request is made of
        self,
        url: str,
        deadline: float,
        headers: Mapping[str, str] | None = None,
        authorization: str = "",
        *,
        method: str = "GET",
        connect_seconds: float = CONNECT_SECONDS,
    ) -> Reply:
        """Make a request, and follow redirects.

        Args:
            url: The URL.
            deadline: When to give up, in seconds on the monotonic clock.
            headers: Headers for every request.
            authorization: The header `Authorization`, sent only to the origin of *url*.
            method: GET or HEAD.
            connect_seconds: Timeout for a connection.

        Raises:
            RegistryError: No usable answer arrived.
        """
        first = origin(url)
        for _ in range(_MOST_REDIRECTS + 1):
            sent = dict(headers or {})
            if authorization and origin(url) == first:
                sent["Authorization"] = authorization
            reply = self._once(method, url, sent, deadline, connect_seconds)
            place = reply.headers.get("Location")
            if reply.status not in _REDIRECTS or not place:
                return reply
            url = urljoin(url, place)
            if origin(url)[0] not in {"https", first[0]}:
                raise unknown("the registry redirects to an address without TLS")
        raise unknown(f"the registry redirects more than {_MOST_REDIRECTS} times")

    def _once(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        deadline: float,
        connect_seconds: float,
    ) -> Reply:
        left = deadline - time.monotonic()
        if left <= 0:
            raise unknown("the registry did not answer in time")
        try:
            with self._session.request(
                method,
                url,
                headers={"Accept-Encoding": "identity", "User-Agent": "pulumi-eci", **headers},
                auth=_no_netrc,
                # A proxy cannot reach registries on this machine.
                proxies=_NO_PROXIES if is_loopback(urlsplit(url).netloc) else None,
                timeout=(min(connect_seconds, left), left),
                stream=True,
                allow_redirects=False,
                verify=urlsplit(url).netloc.lower() not in self._insecure,
            ) as response:
                body = _read(response, deadline)
                return Reply(response.status_code, response.headers, body)
        except RegistryError:
            raise
        except Exception as error:  # noqa: BLE001 - also the exceptions of lower libraries
            # The text in parentheses applies only to the vendor's SDK.
            failure = unknown(transport_reason(error).text.partition(" (")[0])
        # Raised outside the except block: the library's exception holds the URL.
        raise failure


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _read(response: requests.Response, deadline: float) -> bytes:
    body = b""
    # Not decoded: the digest is that of the sent bytes, and decoding could multiply the size.
    for chunk in response.raw.stream(_CHUNK, decode_content=False):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise unknown("the registry's answer is larger than 4 MiB")
        if time.monotonic() > deadline:
            raise unknown("the registry did not answer in time")
    return body
