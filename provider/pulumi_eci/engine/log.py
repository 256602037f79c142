"""Messages on the rows of resources, through the engine's `Log` service."""

from __future__ import annotations

import functools

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from pulumi_eci.engine import engine_address
from pulumi_eci.model.text import LONGEST_TEXT, printable

_LONGEST_MESSAGE = 2 * LONGEST_TEXT  # the service's message, and the advice
_TIMEOUT = 2.0  # seconds; a lost progress message does no harm

Severity = engine_pb2.LogSeverity


def log(urn: str, message: str, *, warning: bool = False, ephemeral: bool = True) -> None:
    """Show *message* on the resource's row. A message that cannot be shown is dropped.

    The resource's name is appended, because with `--diff` the engine prints only the message.

    Args:
        urn: The resource's URN; "" for a message about no resource.
        message: The message.
        warning: Whether the message is a warning.
        ephemeral: Whether the next message replaces this one.
    """
    engine = _engine()
    if engine is None:
        return
    name = printable(urn.rpartition("::")[2])
    request_ = engine_pb2.LogRequest(
        severity=Severity.WARNING if warning else Severity.INFO,
        message=printable(message, _LONGEST_MESSAGE) + (f" [{name}]" if name else ""),
        urn=urn,
        ephemeral=ephemeral,
    )
    try:
        engine.Log(request_, timeout=_TIMEOUT)
    except grpc.RpcError:
        return


@functools.cache
def warn_once(message: str) -> None:
    """Show a warning about no particular resource, once in a process."""
    log("", f"pulumi-eci: {message}", warning=True, ephemeral=False)


@functools.cache
def _engine() -> engine_pb2_grpc.EngineStub | None:
    address = engine_address()
    if address is None:
        return None
    return engine_pb2_grpc.EngineStub(grpc.insecure_channel(":".join(address)))
