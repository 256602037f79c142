"""A session with one registry: its address, authentication, and the meaning of refusals.

Follows the OCI distribution specification and Docker's specification of token services. What all
images of a registry share is found once. A failure is kept and not retried.
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
from pulumi_eci.registry.access import Login, Target
from pulumi_eci.registry.answer import Failure, RegistryError, unknown
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
"""Timeout of a connection to a host within a VPC, which is unreachable from other networks."""
_MOST_SCOPES = 50  # repositories in one request for a token
_LONGEST_MESSAGE = 200
_LONGEST_NAME = 80
_OUT_OF_ORDER = frozenset({HTTPStatus.TOO_MANY_REQUESTS, *range(500, 600)})


class Session:
    """Authenticated requests to a registry. Thread-safe.

    Args:
        target: The registry, and how it is called.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._transfer = Transfer(target.insecure)
        self._lock = threading.Lock()
        self._failure: RegistryError | None = None
        self._base = ""
        self._uses_public_host = False
        self._challenge = Challenge()
        self._login: Login | None = None
        self._tokens: dict[str, str] = {}
        self._announced: set[str] = set()

    def announce(self, repository: str) -> None:
        """Announce requests for *repository*, so that one token can cover many repositories."""
        self._announced.add(repository)

    def request(
        self,
        repository: str,
        place: str,
        deadline: float,
        headers: Mapping[str, str],
        method: str = "GET",
    ) -> Reply:
        """Request a resource of a repository.

        Args:
            repository: The repository's path.
            place: The path within the repository, such as `manifests/latest`.
            deadline: When to give up, in seconds on the monotonic clock.
            headers: Request headers without authorization.
            method: GET or HEAD.

        Returns:
            An answer with status 200 or 304.

        Raises:
            RegistryError: There is no such answer.
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
        """Let one thread at a time request what all threads share. A failure is kept."""
        if not self._lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise unknown("the registry did not answer in time")
        try:
            if self._failure:
                raise RegistryError(self._failure.failure, str(self._failure))  # noqa: TRY301
            yield
        except RegistryError as error:
            self._failure = error
            raise
        finally:
            self._lock.release()

    def _open(self, deadline: float) -> None:
        """Find the registry's address and authentication, and check a login once."""
        reply, base = self._greet(deadline)
        if reply.status in _OUT_OF_ORDER:
            raise self._refusal(reply)
        self._challenge = read_challenge(reply.headers.get("WWW-Authenticate"))
        if self._challenge.scheme == "basic" and (used := self._basic()):
            # Send a wrong password once, not for each image: registries lock accounts.
            reply = self._transfer.get(f"{base}/v2/", deadline, authorization=used)
            if reply.status == HTTPStatus.UNAUTHORIZED:
                raise self._refusal(reply)
        self._base = base

    def _greet(self, deadline: float) -> tuple[Reply, str]:
        """Return the first URL that answers, and its answer."""
        target = self._target
        host, public = api_host(target.host), public_host(target.host)
        # As in Docker, a registry on this machine may be without TLS.
        is_local = is_loopback(host) and not target.is_plain_http and host not in target.insecure
        bases = {f"http://{host}": ""} if is_local or target.is_plain_http else {}
        if not target.is_plain_http:
            bases[f"https://{host}"] = "with TLS: " if is_local else ""
        if public:
            bases[f"https://{public}"] = f"public host {public}: "
        failures = list[str]()
        for base, name in bases.items():
            seconds = _VPC_SECONDS if public else CONNECT_SECONDS
            try:
                reply = self._transfer.get(f"{base}/v2/", deadline, connect_seconds=seconds)
            except RegistryError as error:
                if str(error) not in failures or public:
                    failures.append(f"{name}{error}")
                continue
            if reply.status == HTTPStatus.BAD_REQUEST and is_local and base.startswith("http:"):
                failures.append(f"the registry answered {reply.message}")  # may require TLS
                continue
            self._uses_public_host = base.endswith(f"//{public}")
            return reply, base
        raise unknown("; ".join(failures))

    def _basic(self) -> str:
        if self._login is None:
            self._login = self._target.find_login()
        login = self._login
        return basic(login.user, login.password) if login.user else ""

    def _authorization(
        self, challenge: Challenge, repository: str, deadline: float, stale: str = ""
    ) -> str:
        """Return the header `Authorization`, "" for none. Never returns the rejected *stale* token
        of a Bearer challenge again.
        """
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
        """Get a token to pull from *repositories*, or at least from the first.

        Returns:
            Why there is no token for the first repository; None if there is one.

        Raises:
            RegistryError: A failure that concerns all repositories.
        """
        realm, used = challenge.parameters.get("realm", ""), self._basic()
        scheme, host, _ = origin(realm)
        if scheme not in {"https", origin(self._base)[0]} or not host:
            raise unknown("the registry's token service has no address, or one without TLS")
        if used and not may_log_in(self._base, realm):
            name = printable(host, _LONGEST_NAME)
            raise unknown(
                f"the registry's token service is at another host, {name}, so the password was not "
                "sent"
            )
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
        """Return the error for an answer with another status, with the registry's message."""
        login = self._login or self._target.login
        tokens = (token.removeprefix("Bearer ") for token in self._tokens.values())
        packed = basic(login.user, login.password).removeprefix("Basic ")
        clean = redaction((login.password, packed, *tokens))
        message = printable(clean(reply.message), _LONGEST_MESSAGE)
        if reply.status == HTTPStatus.NOT_FOUND and not reply.is_page:
            return RegistryError(Failure.MISSING, f"{Failure.MISSING.value} ({message})")
        if reply.status not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return unknown(f"the registry answered {message}")
        name = printable(login.user, _LONGEST_NAME)
        # ECI pulls from the vendor's registries with permissions of its own.
        is_other = login.is_borrowed or (not name and self._target.host.endswith(VENDOR))
        user = f"to user {name}" if name else "without a login"
        return RegistryError(
            Failure.UNKNOWN if is_other or self._uses_public_host else Failure.DENIED,
            f"{Failure.DENIED.value} {user} ({message})",
        )
