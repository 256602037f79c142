"""The part of the Pulumi engine that a provider calls: its log, which tests can read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2


@dataclass(frozen=True)
class LogLine:
    """One message that the engine would show."""

    urn: str
    text: str
    severity: str
    ephemeral: bool


class FakeEngine:
    """The messages of the provider, in the order of arrival."""

    def __init__(self) -> None:
        self._lines: list[LogLine] = []
        self._lock = threading.Lock()
        self.address = ""

    def log(self, request: engine_pb2.LogRequest, _context: object) -> Any:  # noqa: ANN401 - protobuf is untyped
        """Serve `Engine.Log`."""
        severity = engine_pb2.LogSeverity.Name(request.severity)
        line = LogLine(request.urn, request.message, severity, request.ephemeral)
        with self._lock:
            self._lines.append(line)
        return empty_pb2.Empty()

    @property
    def lines(self) -> list[LogLine]:
        """Everything that was logged."""
        with self._lock:
            return list(self._lines)

    def texts(self, urn: str) -> list[str]:
        """Return the messages on the row of one resource, without its name at their ends."""
        name = f" [{urn.rpartition('::')[2]}]"
        return [line.text.removesuffix(name) for line in self.lines if line.urn == urn]

    def forget(self) -> None:
        """Forget what was logged."""
        with self._lock:
            self._lines.clear()


@contextmanager
def running_engine() -> Iterator[FakeEngine]:
    """Serve a fake engine on loopback for as long as the context lasts."""
    engine = FakeEngine()
    log = grpc.unary_unary_rpc_method_handler(
        engine.log,
        request_deserializer=engine_pb2.LogRequest.FromString,
        response_serializer=empty_pb2.Empty.SerializeToString,
    )
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("pulumirpc.Engine", {"Log": log}),)
    )
    engine.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield engine
    finally:
        server.stop(0).wait()
