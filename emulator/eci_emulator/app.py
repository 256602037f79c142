"""The API over HTTP: converts a request to a call, and its result to a response."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount, Router

from eci_emulator.authentication import Authenticator
from eci_emulator.control import control_app
from eci_emulator.core import new_request_id
from eci_emulator.delivery import deliver, reset
from eci_emulator.errors import (
    ApiError,
    invalid_parameter,
    last_token_processing,
    length_exceeded,
    unknown_action,
)
from eci_emulator.journal import Outcome
from eci_emulator.page import is_for_people, page
from eci_emulator.signature import Message
from eci_emulator.wire import parse_query, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

    from eci_emulator.core import Emulator
    from eci_emulator.faults import Fault

VERSION = "2018-08-08"
CONTROL_PREFIX = "/_emulator"
LARGEST_BODY = 1024 * 1024
HOLD_STEP = 0.02  # seconds

_log = logging.getLogger("eci_emulator")


def create_app(emulator: Emulator) -> ASGIApp:
    """Return an ASGI application that serves an emulator."""
    return Router(
        [Mount(CONTROL_PREFIX, control_app(emulator))],
        default=Api(emulator, Authenticator()),
    )


class ConnectionCut(Exception):  # noqa: N818 - it is no error but what was asked for
    """A fault requires a reset of the connection instead of a reply."""


@dataclass
class Exchange:
    """A request on its way to a response, filled in step by step."""

    request_id: str
    action: str = ""
    params: dict[str, str] = field(default_factory=dict)
    account: str = ""
    fault: Fault | None = None


class Api:
    """The API's single endpoint, `/`, as an ASGI application."""

    def __init__(self, emulator: Emulator, authenticator: Authenticator) -> None:
        self._emulator = emulator
        self._authenticator = authenticator
        self._in_flight: set[tuple[str, ...]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        if is_for_people(request):
            await page(scope, receive, send)
            return
        exchange = Exchange(new_request_id())
        try:
            response = _json(200, await self._result(request, exchange))
            self._record(exchange, 200, None)
        except ApiError as error:
            error.request_id = exchange.request_id
            response = _refusal(error, request.headers.get("host", ""))
            self._record(exchange, error.status, error.code)
        except ClientDisconnect:
            return
        except ConnectionCut:
            self._record(exchange, 0, None)
            await reset(scope, receive)
            return
        await deliver(response, exchange.fault, scope, receive, send)

    async def _result(self, request: Request, exchange: Exchange) -> dict[str, Any]:
        message = await read_message(request)
        exchange.params = message.params
        exchange.action = _action(message)
        exchange.account = self._authenticator.authenticate(message, self._emulator.settings)
        with self._token_in_flight(exchange):
            injected = self._emulator.faults.draw(exchange.action, exchange.params)
            exchange.fault = injected.fault
            if injected.latency_seconds:
                await asyncio.sleep(injected.latency_seconds)
            if injected.fault is not None and not injected.fault.after_effect:
                await self._hold(injected.fault, request)
                self._interrupt(injected.fault)
            try:
                return self._emulator.serve(
                    exchange.action, exchange.params, exchange.request_id, exchange.account
                )
            finally:  # a refusal can be lost as well as a result
                if injected.fault is not None:
                    await self._hold(injected.fault, request)
                    self._interrupt(injected.fault)

    async def _hold(self, fault: Fault, request: Request) -> None:
        """Wait until a `hold` is removed."""
        if not self._emulator.faults.holds(fault):
            return
        while self._emulator.faults.holds(fault):  # noqa: ASYNC110 - other threads remove it
            await asyncio.sleep(HOLD_STEP)
        if not fault.after_effect and await request.is_disconnected():
            raise ClientDisconnect

    def _interrupt(self, fault: Fault) -> None:
        if fault.kind == "reset":
            raise ConnectionCut
        if fault.kind in {"error", "throttle"}:
            raise fault.refusal(self._emulator.settings.switches)

    @contextmanager
    def _token_in_flight(self, exchange: Exchange) -> Iterator[None]:
        """Refuse a client token while its first request has no reply."""
        token = exchange.params.get("ClientToken")
        if not token or self._emulator.settings.switches.idempotency_in_flight == "accept":
            yield
            return
        region = exchange.params.get("RegionId", "")
        key = (exchange.account, exchange.action, region, token)
        if key in self._in_flight:
            raise last_token_processing()
        self._in_flight.add(key)
        try:
            yield
        finally:
            self._in_flight.discard(key)

    def _record(self, exchange: Exchange, status: int, code: str | None) -> None:
        fault = exchange.fault.id if exchange.fault is not None else None
        outcome = Outcome(status, code, exchange.request_id, fault)
        self._emulator.record(exchange.action, exchange.params, outcome)
        # Other text may contain line breaks, which must not get into a log.
        action = exchange.action if exchange.action.isidentifier() else "?"
        _log.info("%s %s %s %s", shorten(action), status, code or "-", exchange.request_id)


async def read_message(request: Request) -> Message:
    """Receive a request as a whole.

    Raises:
        ApiError: The request is too long, or is not a call of the API.
    """
    if request.method not in {"GET", "POST"}:
        raise ApiError(405, "UnsupportedHTTPMethod", "This http method is not supported.")
    if request.scope["path"] != "/":
        raise unknown_action()
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise length_exceeded("Body", LARGEST_BODY)
    headers: dict[str, list[str]] = {}
    for name, value in request.scope["headers"]:
        headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    kind = request.headers.get("content-type", "")
    is_form = kind.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"
    query = parse_query(request.scope["query_string"])
    form = parse_query(body) if is_form else {}
    for name in query.keys() & form.keys():
        raise invalid_parameter(shorten(name), "it is specified in the query and in the form")
    return Message(request.method, "/", headers, query, form, body)


def _action(message: Message) -> str:
    # Parameters first: they are signed in either style, headers in the newer one alone.
    action = message.params.get("Action") or message.header("x-acs-action")
    version = message.params.get("Version") or message.header("x-acs-version") or VERSION
    if not action or version != VERSION:
        raise unknown_action()
    return action


def _refusal(error: ApiError, host: str) -> Response:
    response = _json(error.status, error.body(host))
    if error.retry_after is not None:
        response.headers["x-acs-retry-after"] = str(error.retry_after)
    return response


def _json(status: int, content: dict[str, Any]) -> Response:
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status, media_type="application/json;charset=utf-8")
