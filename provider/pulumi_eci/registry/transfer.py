"""HTTP requests to one registry: bounded in size and time, and careful with passwords.

`requests` follows redirects and reads `~/.netrc` by itself; both are done, or left, here instead.
It is imported on first use, which costs 0.1 s.
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
"""Requests side by side."""
LARGEST_ANSWER = 4 * 1024 * 1024  # bytes; the OCI distribution specification's own limit
_CHUNK = 64 * 1024
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
CONNECT_SECONDS = 5.0
_NO_PROXIES = {"http": "", "https": ""}
_ERROR_MEMBERS = ("code", "message", "error", "details")
_MOST_ERRORS = 3


@dataclass(frozen=True)
class Reply:
    """A registry's answer, read to its end; the names of *headers* have no case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_page(self) -> bool:
        """Whether this is a page for people, such as a proxy's."""
        return "html" in self.headers.get("Content-Type", "")

    @property
    def words(self) -> str:
        """What the registry says of an error, in the shape of either specification."""
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
    """The connections to one registry, and to where it redirects.

    Args:
        insecure: Hosts, with their ports if any, whose certificates are not looked at.
    """

    def __init__(self, insecure: frozenset[str] = frozenset()) -> None:
        import requests  # noqa: PLC0415 - costs time; see above
        import urllib3  # noqa: PLC0415

        self._insecure = insecure
        if insecure:  # the program says so, and a warning at each request says no more
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
        """Make a request, and follow where it leads.

        Args:
            url: Where to.
            deadline: Until when, on the monotonic clock.
            headers: Headers for whoever answers.
            authorization: The header of that name: for the origin of *url*, and nobody else.
            method: GET or HEAD.
            connect_seconds: How long a connection may take to come about.

        Raises:
            RegistryError: No usable answer came.
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
                raise unknown("it redirects to an address without TLS")
        raise unknown(f"it redirects more than {_MOST_REDIRECTS} times")

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
            raise unknown("it did not answer in time")
        try:
            with self._session.request(
                method,
                url,
                headers={"Accept-Encoding": "identity", "User-Agent": "pulumi-eci", **headers},
                auth=_no_netrc,
                # No proxy reaches this machine's own registries; for others the environment counts.
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
        except Exception as error:  # noqa: BLE001 - whatever lies beneath the library, too
            # What stands in parentheses is true of the vendor's SDK alone.
            failure = unknown(transport_reason(error).text.partition(" (")[0])
        # Outside the except block: the library's exception holds the URL.
        raise failure


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _read(response: requests.Response, deadline: float) -> bytes:
    body = b""
    # Not decoded: a digest is of what was sent, and a small answer might become a huge one.
    for chunk in response.raw.stream(_CHUNK, decode_content=False):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise unknown("its answer is larger than 4 MiB")
        if time.monotonic() > deadline:
            raise unknown("it did not answer in time")
    return body
