"""HTTP connections: errors in the vendor's format, and a function that resets a connection."""

from __future__ import annotations

import json
import socket
import struct
from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from eci_emulator.core import new_request_id
from eci_emulator.errors import ApiError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import MutableMapping

_transports: dict[tuple[str, int], asyncio.Transport] = {}


class Connection(H11Protocol):
    """An HTTP connection with an index by the peer's address. It logs no URL."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as uvicorn calls it
        super().__init__(*args, **kwargs)
        # No access log, even if a logger is configured: the URL holds passwords. The journal is the
        # log of requests.
        self.access_log = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the connection."""
        super().connection_made(transport)
        if self.client is not None:
            _transports[self.client] = transport

    def _unsupported_upgrade_warning(self) -> None:
        """Ignore an upgrade, as HTTP allows, so that no WebSocket library is needed."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove the connection from the index."""
        if self.client is not None:
            _transports.pop(self.client, None)
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer invalid HTTP with an error in the vendor's format instead of plain text."""
        if self.conn.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            self.transport.close()  # the request was answered before its body went wrong
            return
        if self.cycle is not None:
            self.cycle.disconnected = True  # so that the request gets no second answer
        error = ApiError(400, "InvalidRequest", msg)
        error.request_id = new_request_id()
        body = json.dumps(error.body()).encode()
        head = h11.Response(
            status_code=400,
            headers=[
                (b"content-type", b"application/json;charset=utf-8"),
                (b"content-length", str(len(body)).encode()),
                (b"connection", b"close"),
            ],
            reason=b"Bad Request",
        )
        for event in (head, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def cut(scope: MutableMapping[str, Any]) -> None:
    """Reset the connection of a request, as a crashed server or a firewall would."""
    client = scope.get("client")
    transport = _transports.get(tuple(client)) if client else None
    if transport is None:
        return
    raw = transport.get_extra_info("socket")
    # Without lingering the kernel sends RST rather than an orderly FIN.
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
