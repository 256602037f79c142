"""A provider process, dynamic or native, driven over gRPC as the Pulumi engine drives it.

The provider does not run in the process of the tests, so the tests see what the engine sees.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import struct_pb2
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from eci_emulator.core import Emulator
from pulumi_eci.native.codec import decode
from pulumi_eci.provider import ImageCacheProvider

PROVIDER_KEY = "__provider"
PICKLED = serialize_provider(ImageCacheProvider())
REGION = "cn-hangzhou"
BROKEN = "registry.example.com/broken:1"
"""The image that the local ECI API of the host tests cannot pull."""

CALL_SECONDS = 60.0

Properties = dict[str, Any]


def urn_of(name: str) -> str:
    """Return the URN of the image cache *name*."""
    return f"urn:pulumi:dev::shop::pulumi-python:dynamic/eci:ImageCache::{name}"


WEB = urn_of("web")


def inputs(**changes: Any) -> Properties:  # noqa: ANN401 - property values
    """Return checked inputs of a cache, with *changes*; None removes a property."""
    base: Properties = {
        "region": REGION,
        "images": ["nginx:1.27"],
        "imageCacheName": "web-0123abc",
        "securityGroupId": "sg-1",
        "vswitchId": "vsw-1",
    }
    return {name: value for name, value in {**base, **changes}.items() if value is not None}


def sent(emulator: Emulator, operation: str) -> list[dict[str, str]]:
    """Return the parameters of all requests for an operation, in order."""
    entries = emulator.journal.entries()
    return [entry["params"] for entry in entries if entry["action"] == operation]


class CallFailedError(Exception):
    """A call that the provider answered with an error, as the engine reads it.

    Args:
        message: The text that the engine prints: the message of the status in the trailer, or
            without a trailer the details of the gRPC error.
        details: The details of the gRPC error, which the engine ignores if there is a trailer.
        partial: The partial result, if the trailer holds one.
    """

    def __init__(
        self, message: str, details: str, partial: provider_pb2.ErrorResourceInitFailed | None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.partial = partial

    @property
    def kept(self) -> Properties:
        """Return the state that the engine keeps."""
        assert self.partial is not None
        return as_dict(self.partial.properties)


class Door(Enum):
    """A provider, dynamic or native: how it starts, and the names of its settings."""

    DYNAMIC = "dynamic"
    NATIVE = "native"

    @property
    def module(self) -> str:
        """The module to run."""
        return "pulumi.dynamic" if self is Door.DYNAMIC else "pulumi_eci.plugin"

    def setting(self, key: str) -> str:
        """Return the name under which the engine passes a key of the stack's configuration."""
        return key if self is Door.DYNAMIC else key.removeprefix("eci:")


@dataclass
class Provider:
    """A client of one provider process.

    Attributes:
        heard: Every reply and error as text, without what may repeat the inputs (see `_note`).
        pid: The process id.
        door: The kind of provider.
        call_seconds: Timeout of a call.
    """

    stub: provider_pb2_grpc.ResourceProviderStub
    folder: Path
    heard: list[str]
    lock: threading.Lock
    pid: int
    door: Door
    call_seconds: float = CALL_SECONDS

    def configure(self, config: Mapping[str, str]) -> None:
        """Pass the stack's configuration, once."""
        arguments = struct_pb2.Struct()
        arguments.update({self.door.setting(key): value for key, value in config.items()})
        request = provider_pb2.ConfigureRequest(args=arguments, id="provider-1")
        self._call("Configure", request)

    def check(
        self,
        news: Properties,
        olds: Properties | None = None,
        *,
        name: str = "web",
        seed: bytes = b"seed",
        autonaming: provider_pb2.CheckRequest.AutonamingOptions | None = None,
    ) -> provider_pb2.CheckResponse:
        """Call Check; *olds* are the old inputs."""
        reply: provider_pb2.CheckResponse = self._call(
            "Check",
            provider_pb2.CheckRequest(
                urn=urn_of(name),
                name=name,
                olds=as_struct(olds) if olds else None,
                news=as_struct(news),
                randomSeed=seed,
                autonaming=autonaming,
            ),
        )
        return reply

    def diff(
        self,
        cache_id: str,
        olds: Properties,
        news: Properties,
        *,
        old_inputs: Properties | None = None,
        urn: str = WEB,
    ) -> provider_pb2.DiffResponse:
        """Call Diff; *olds* are the old outputs, and the old inputs are *news* if not given."""
        reply: provider_pb2.DiffResponse = self._call(
            "Diff",
            provider_pb2.DiffRequest(
                id=cache_id,
                urn=urn,
                olds=as_struct(olds),
                news=as_struct(news),
                old_inputs=as_struct(news if old_inputs is None else old_inputs),
            ),
        )
        return reply

    def create(
        self, news: Properties, *, urn: str = WEB, timeout: float = 0.0
    ) -> tuple[str, Properties]:
        """Call Create and return the id and the outputs."""
        reply: provider_pb2.CreateResponse = self._call(
            "Create",
            provider_pb2.CreateRequest(urn=urn, properties=as_struct(news), timeout=timeout),
        )
        return reply.id, as_dict(reply.properties)

    def update(  # noqa: PLR0913 - what an UpdateRequest has
        self,
        cache_id: str,
        olds: Properties,
        news: Properties,
        *,
        old_inputs: Properties | None = None,
        urn: str = WEB,
        timeout: float = 0.0,
    ) -> Properties:
        """Call Update and return the outputs; *olds* are the old ones."""
        reply: provider_pb2.UpdateResponse = self._call(
            "Update",
            provider_pb2.UpdateRequest(
                id=cache_id,
                urn=urn,
                olds=as_struct(olds),
                news=as_struct(news),
                old_inputs=as_struct(news if old_inputs is None else old_inputs),
                timeout=timeout,
            ),
        )
        return as_dict(reply.properties)

    def refresh(
        self, cache_id: str, outputs: Properties, news: Properties, *, urn: str = WEB
    ) -> provider_pb2.ReadResponse:
        """Call Read as a refresh does: with the state's outputs and inputs."""
        reply: provider_pb2.ReadResponse = self._call(
            "Read",
            provider_pb2.ReadRequest(
                id=cache_id, urn=urn, properties=as_struct(outputs), inputs=as_struct(news)
            ),
        )
        return reply

    def read_by_id(
        self, cache_id: str, news: Properties, *, urn: str = WEB
    ) -> provider_pb2.ReadResponse:
        """Call Read as a resource with the option `id` does: with inputs alone."""
        reply: provider_pb2.ReadResponse = self._call(
            "Read", provider_pb2.ReadRequest(id=cache_id, urn=urn, inputs=as_struct(news))
        )
        return reply

    def delete(
        self, cache_id: str, outputs: Properties, *, urn: str = WEB, timeout: float = 0.0
    ) -> None:
        """Call Delete."""
        self._call(
            "Delete",
            provider_pb2.DeleteRequest(
                id=cache_id, urn=urn, properties=as_struct(outputs), timeout=timeout
            ),
        )

    def output(self) -> str:
        """Return everything that the process wrote to standard output and standard error."""
        return "".join((self.folder / name).read_text() for name in ("stdout", "stderr"))

    def _call(self, method: str, request: object) -> Any:  # noqa: ANN401 - one shape for all calls
        failure: CallFailedError
        try:
            reply = getattr(self.stub, method)(request, timeout=self.call_seconds)
        except grpc.RpcError as error:
            failure = self._failure(error)
        else:
            self._note(reply)
            return reply
        raise failure

    def _note(self, reply: Any) -> None:  # noqa: ANN401 - any reply
        """Keep a reply, without the inputs, which Check and Read must return unchanged."""
        shown = type(reply)()
        shown.CopyFrom(reply)
        if isinstance(reply, provider_pb2.CheckResponse | provider_pb2.ReadResponse):
            shown.ClearField("inputs")
        with self.lock:
            self.heard.append(str(shown))

    def _failure(self, error: Any) -> CallFailedError:  # noqa: ANN401 - grpc ships no types
        trailer = {item.key: item.value for item in error.trailing_metadata() or ()}
        status = status_pb2.Status()
        details = str(error.details())
        with self.lock:
            self.heard.extend((details, str(error.debug_error_string()), repr(trailer)))
        if "grpc-status-details-bin" not in trailer:
            return CallFailedError(details, details, None)
        status.ParseFromString(trailer["grpc-status-details-bin"])
        with self.lock:
            self.heard.append(str(status))
        for detail in status.details:
            partial = provider_pb2.ErrorResourceInitFailed()
            if detail.Unpack(partial):
                with self.lock:
                    self.heard.append(str(partial))
                return CallFailedError(status.message, details, partial)
        return CallFailedError(status.message, details, None)


def as_struct(properties: Mapping[str, Any]) -> Any:  # noqa: ANN401 - protobuf is untyped
    """Encode properties as the engine does, including the pickled provider."""
    struct = struct_pb2.Struct()
    struct.update({**properties, PROVIDER_KEY: PICKLED})
    return struct


def as_dict(struct: Any) -> Properties:  # noqa: ANN401 - protobuf is untyped
    """Decode properties. If they include a provider, it must be the one in users' state."""
    properties = decode(struct).values
    assert properties.pop(PROVIDER_KEY, PICKLED) == PICKLED
    return properties
