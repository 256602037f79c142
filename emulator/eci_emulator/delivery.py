"""Send a response, or a broken response if a fault requires it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import Response, StreamingResponse

from eci_emulator.connection import cut

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from eci_emulator.faults import Fault

SLOW_STEPS = 20


async def deliver(
    response: Response, fault: Fault | None, scope: Scope, receive: Receive, send: Send
) -> None:
    """Send a response, changed by a fault."""
    kind = fault.kind if fault is not None else ""
    if fault is None or kind not in {"malformed", "truncated", "slow"}:
        await response(scope, receive, send)
    elif kind == "malformed":
        text = f"<html><body>{fault.message}</body></html>"
        await Response(text, fault.status, media_type="text/html")(scope, receive, send)
    elif kind == "slow":
        body = _dribble(bytes(response.body), fault.latency_seconds)
        slow = StreamingResponse(body, response.status_code, dict(response.headers))
        await slow(scope, receive, send)
    else:
        await _send_half(response, scope, receive, send)


async def reset(scope: Scope, receive: Receive) -> None:
    """Reset the connection instead of a reply, unless the client has closed it."""
    cut(scope)
    # Returning before the server has noticed would make it reply with a 500.
    while (await receive())["type"] != "http.disconnect":
        pass


async def _dribble(body: bytes, seconds: float) -> AsyncIterator[bytes]:
    step = max(1, len(body) // SLOW_STEPS)
    for start in range(0, len(body), step):
        await asyncio.sleep(seconds / SLOW_STEPS)
        yield body[start : start + step]


async def _send_half(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    headers = response.raw_headers
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    half = bytes(response.body)[: len(response.body) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": True})
    await asyncio.sleep(0)  # send the first half before the reset
    await reset(scope, receive)
