"""Messages on the rows of resources: the engine's own `Log` service."""

from __future__ import annotations

import functools

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from pulumi_eci.engine import engine_address
from pulumi_eci.model.text import LONGEST_TEXT, printable

_LONGEST_MESSAGE = 2 * LONGEST_TEXT  # what the service says, and what to do about it
_TIMEOUT = 2.0  # seconds; progress is a courtesy

Severity = engine_pb2.LogSeverity


def log(urn: str, message: str, *, warning: bool = False, ephemeral: bool = True) -> None:
    """Show *message* on the resource's own row; a message that cannot be shown is dropped.

    It ends with the resource's name: with `--diff` the engine prints the message alone.
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
    """Show a warning that concerns no resource, the first time only."""
    log("", f"pulumi-eci: {message}", warning=True, ephemeral=False)


@functools.cache
def _engine() -> engine_pb2_grpc.EngineStub | None:
    address = engine_address()
    if address is None:
        return None
    return engine_pb2_grpc.EngineStub(grpc.insecure_channel(":".join(address)))
