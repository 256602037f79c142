"""Failures in the engine's format: a status with details, in the trailing metadata of a call."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.protobuf import any_pb2, struct_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

_UNKNOWN_ERROR = 2  # grpc.StatusCode.UNKNOWN, the engine's code for errors of a provider

Trailer = tuple[tuple[str, bytes], ...]


def trailer(message: str, *details: any_pb2.Any) -> Trailer:
    """Return trailing metadata with which the engine prints *message* and no traceback."""
    status = status_pb2.Status(code=_UNKNOWN_ERROR, message=message, details=details)
    return (("grpc-status-details-bin", status.SerializeToString()),)


def partial_result(
    cache_id: str, outputs: Mapping[str, Any] | struct_pb2.Struct, reason: str
) -> any_pb2.Any:
    """Return the detail with which the engine keeps a resource although the call failed.

    Args:
        cache_id: The cache's id, `imc-…`.
        outputs: The state to keep.
        reason: The message for the user.
    """
    properties = outputs
    if not isinstance(outputs, struct_pb2.Struct):
        properties = struct_pb2.Struct()
        properties.update(outputs)
    failed = provider_pb2.ErrorResourceInitFailed(
        id=cache_id, properties=properties, reasons=[reason]
    )
    detail = any_pb2.Any()
    detail.Pack(failed)
    return detail


def internal_error(error: Exception) -> str:
    """Return the message for a bug, without text of the exception, which may hold a secret."""
    places = [
        f"{Path(entry.filename).name}:{entry.lineno}"
        for entry in traceback.extract_tb(error.__traceback__)
    ]
    return (
        f"internal error of pulumi-eci: {type(error).__name__} at {' > '.join(places[-3:])}. "
        "Please report this line. The error's text is not shown, because it may hold a secret."
    )
