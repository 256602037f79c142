"""The way into one registry: where it answers, how it wants to be asked, what a refusal means.

By the OCI distribution specification and Docker's specification of token services. What all images
of a registry have in common is found out once, and what failed is not tried again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from urllib.parse import urlencode

from pulumi_eci.model.redaction import redaction
from pulumi_eci.model.text import printable
from pulumi_eci.registry.access import Login, Way
from pulumi_eci.registry.answer import RegistryError, Trouble, unknown
from pulumi_eci.registry.challenge import Challenge, basic, bearer, read_challenge
from pulumi_eci.registry.hosts import (
    VENDOR,
    api_host,
    is_loopback,
    may_log_in,
    origin,
    public_host,
)
from pulumi_eci.registry.transfer import CONNECT_SECONDS, Reply, Transfer

_VPC_SECONDS = 2.0
"""How long a connection to a host within a VPC may take: on a laptop it never comes about."""
_MOST_SCOPES = 50  # in one request for a token
_LONGEST_WORDS = 200
_LONGEST_NAME = 80
_OUT_OF_ORDER = frozenset({HTTPStatus.TOO_MANY_REQUESTS, *range(500, 600)})


class Door:
    """The way into a registry; any number of threads may go it.

    Args:
        way: Which registry, and who asks.
    """

    def __init__(self, way: Way) -> None:
        self._way = way
        self._transfer = Transfer(way.insecure)
        self._lock = threading.Lock()
        self._failure: RegistryError | None = None
        self._base = ""
        self._is_detour = False
        self._challenge = Challenge()
        self._login: Login | None = None
        self._tokens: dict[str, str] = {}
        self._announced: set[str] = set()

    def announce(self, repository: str) -> None:
        """Say that *repository* will be asked about: one token may do for many."""
        self._announced.add(repository)

    def ask(
        self,
        repository: str,
        place: str,
        deadline: float,
        headers: Mapping[str, str],
        method: str = "GET",
    ) -> Reply:
        """Ask for a *place* of a repository, such as `manifests/latest`.

        Returns:
            An answer with status 200 or 304.

        Raises:
            RegistryError: There is none.
        """
        with self._once(deadline):
            if not self._base:
                self._open(deadline)
        url = f"{self._base}/v2/{repository}/{place}"
        used = self._authorization(self._challenge, repository, deadline)
        reply = self._transfer.get(url, deadline, headers, used, method=method)
        if reply.status == HTTPStatus.UNAUTHORIZED:
            challenge = read_challenge(reply.headers.get("WWW-Authenticate"))
            again = self._authorization(challenge, repository, deadline, stale=used)
            if again != used:
                reply = self._transfer.get(url, deadline, headers, again, method=method)
        if reply.status in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
            return reply
        raise self._refusal(reply)

    @contextmanager
    def _once(self, deadline: float) -> Iterator[None]:
        """Let one thread find out what all want to know; what failed is not tried again."""
        if not self._lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise unknown("it did not answer in time")
        try:
            if self._failure:
                raise RegistryError(self._failure.trouble, str(self._failure))  # noqa: TRY301
            yield
        except RegistryError as error:
            self._failure = error
            raise
        finally:
            self._lock.release()

    def _open(self, deadline: float) -> None:
        """Find out where the registry answers, how it wants to be asked, and if it knows us."""
        reply, base = self._greet(deadline)
        if reply.status in _OUT_OF_ORDER:
            raise self._refusal(reply)
        self._challenge = read_challenge(reply.headers.get("WWW-Authenticate"))
        if self._challenge.scheme == "basic" and (used := self._basic()):
            # A wrong password once, not once an image: accounts are locked for less.
            reply = self._transfer.get(f"{base}/v2/", deadline, authorization=used)
            if reply.status == HTTPStatus.UNAUTHORIZED:
                raise self._refusal(reply)
        self._base = base

    def _greet(self, deadline: float) -> tuple[Reply, str]:
        """Find the URL that answers: of several, the first."""
        way, host, public = self._way, api_host(self._way.host), public_host(self._way.host)
        # A registry of this machine is one for trials: as for Docker, it need not have TLS.
        is_trial = is_loopback(host) and not way.is_plain_http and host not in way.insecure
        bases = {f"http://{host}": ""} if is_trial or way.is_plain_http else {}
        if not way.is_plain_http:
            bases[f"https://{host}"] = "with TLS " if is_trial else ""
        if public:
            bases[f"https://{public}"] = f"its public host {public}: "
        failures = list[str]()
        for base, name in bases.items():
            seconds = _VPC_SECONDS if public else CONNECT_SECONDS
            try:
                reply = self._transfer.get(f"{base}/v2/", deadline, connect_seconds=seconds)
            except RegistryError as error:
                if str(error) not in failures or public:
                    failures.append(f"{name}{error}")
                continue
            if reply.status == HTTPStatus.BAD_REQUEST and is_trial and base.startswith("http:"):
                failures.append(f"it answered {reply.words}")  # it wants TLS, perhaps
                continue
            self._is_detour = base.endswith(f"//{public}")
            return reply, base
        raise unknown("; ".join(failures))

    def _who(self) -> Login:
        if self._login is None:
            self._login = self._way.find_login()
        return self._login

    def _basic(self) -> str:
        login = self._who()
        return basic(login.user, login.password) if login.user else ""

    def _authorization(
        self, challenge: Challenge, repository: str, deadline: float, stale: str = ""
    ) -> str:
        """Return the header to ask with; of a token another one than *stale*."""
        if not challenge.scheme:
            return ""
        refusal = None
        with self._once(deadline):
            if challenge.scheme == "basic":
                return self._basic()
            if self._tokens.get(repository, stale) == stale:
                others = () if stale else sorted(self._announced - {repository, *self._tokens})
                asked = [repository, *others[: _MOST_SCOPES - 1]]
                refusal = self._fetch_token(challenge, asked, deadline)
        if refusal:
            raise refusal
        return self._tokens[repository]

    def _fetch_token(
        self, challenge: Challenge, repositories: Sequence[str], deadline: float
    ) -> RegistryError | None:
        """Get a token to pull from *repositories*, or at least from the first of them.

        Returns:
            Why there is none for the first. What concerns all repositories is raised.
        """
        realm, used = challenge.parameters.get("realm", ""), self._basic()
        scheme, host, _ = origin(realm)
        if scheme not in {"https", origin(self._base)[0]} or not host:
            raise unknown("its token service has no address, or one without TLS")
        if used and not may_log_in(self._base, realm):
            where = printable(host, _LONGEST_NAME)
            raise unknown(f"it wants the password at another host, {where}; it was not sent there")
        service = challenge.parameters.get("service")
        scopes = [("scope", f"repository:{each}:pull") for each in repositories]
        query = urlencode([*([("service", service)] if service else []), *scopes])
        url = f"{realm}{'&' if '?' in realm else '?'}{query}"
        reply = self._transfer.get(url, deadline, authorization=used)
        if reply.status == HTTPStatus.OK:
            self._tokens |= dict.fromkeys(repositories, bearer(reply.body))
            return None
        if reply.status in _OUT_OF_ORDER or (used and reply.status == HTTPStatus.UNAUTHORIZED):
            raise self._refusal(reply)
        if len(repositories) > 1:
            return self._fetch_token(challenge, repositories[:1], deadline)
        return self._refusal(reply)

    def _refusal(self, reply: Reply) -> RegistryError:
        """Say what an answer without what was asked for means, in the registry's own words."""
        login = self._login or self._way.login
        tokens = (token.removeprefix("Bearer ") for token in self._tokens.values())
        packed = basic(login.user, login.password).removeprefix("Basic ")
        clean = redaction((login.password, packed, *tokens))
        words = printable(clean(reply.words), _LONGEST_WORDS)
        if reply.status == HTTPStatus.NOT_FOUND and not reply.is_page:
            return RegistryError(Trouble.MISSING, f"{Trouble.MISSING.value} ({words})")
        if reply.status not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return unknown(f"it answered {words}")
        name = printable(login.user, _LONGEST_NAME)
        # The service pulls from the vendor's registries with rights of its own.
        is_other = login.is_borrowed or (not name and self._way.host.endswith(VENDOR))
        return RegistryError(
            Trouble.UNKNOWN if is_other or self._is_detour else Trouble.DENIED,
            f"{Trouble.DENIED.value} {f'to user {name}' if name else 'without a login'} ({words})",
        )
