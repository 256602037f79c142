"""Workarounds for the limits of Pulumi's dynamic provider host.

The host gives a dynamic provider neither the URN nor the timeout of a call, turns every failure
into a traceback, cannot keep a partial result, and runs at most four calls at a time. But the gRPC
request and its context are local variables of the host's function, a few stack frames up.

A contract test checks these internals in the installed SDK. If an SDK lacks one of them, the
provider works without the feature and warns once.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf import any_pb2
from pulumi.dynamic import Config
from pulumi.output import Unknown
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2

from pulumi_eci.api.errors import EciError, IncompleteError
from pulumi_eci.api.settings import PREFIX, nearest_setting, unknown_settings
from pulumi_eci.core import Call
from pulumi_eci.dynamic.workers import raise_max_workers
from pulumi_eci.engine import PROVIDER_KEY, WORKERS
from pulumi_eci.engine.failures import internal_error, partial_result, trailer
from pulumi_eci.engine.log import log, warn_once
from pulumi_eci.engine.watchdog import serving_call
from pulumi_eci.model.spec import UNKNOWN

T = TypeVar("T")


def current_call() -> Call:
    """Return the call that this thread serves; a `Call` with default values if it is not found."""
    found = _current_request()
    if found is None:
        warn_once(
            "this version of Pulumi's Python SDK is not supported: custom_timeouts are ignored, "
            "and progress is not shown"
        )
        return Call()
    message, context = found
    urn: str = message.urn
    autonaming = getattr(message, "autonaming", None)
    return Call(
        urn=urn,
        name=getattr(message, "name", "") or urn.rpartition("::")[2],
        timeout=float(getattr(message, "timeout", 0.0)),
        random_seed=bytes(getattr(message, "randomSeed", b"")),
        proposed_name=str(getattr(autonaming, "proposed_name", "")),
        naming_mode=int(getattr(autonaming, "mode", 0)),
        inputs=_properties(message, "inputs", provider_pb2.ReadRequest),
        old_inputs=_properties(
            message,
            "old_inputs",
            provider_pb2.DiffRequest,
            provider_pb2.UpdateRequest,
            provider_pb2.DeleteRequest,
        ),
        log=functools.partial(log, urn),
        can_keep=context is not None,
        is_active=getattr(context, "is_active", None) or Call.is_active,
    )


def _current_request() -> tuple[Any, grpc.ServicerContext | None] | None:
    """Return the gRPC request that this thread serves, and its context, from the call stack."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the host has no public way
    while frame is not None:
        message = frame.f_locals.get("request")
        if hasattr(message, "urn"):
            context = frame.f_locals.get("context")
            return message, context if hasattr(context, "set_trailing_metadata") else None
        frame = frame.f_back
    return None


def _properties(message: Any, name: str, *kinds: type) -> dict[str, Any] | None:  # noqa: ANN401
    if not isinstance(message, kinds):
        return None
    properties: dict[str, Any] = rpc.deserialize_properties(getattr(message, name))
    properties.pop(PROVIDER_KEY, None)
    return properties


def replace_unknowns(value: Any) -> Any:  # noqa: ANN401 - any property value
    """Return *value* with `spec.UNKNOWN` for the SDK's unknown values, at any depth."""
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: replace_unknowns(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [replace_unknowns(item) for item in value]
    return value


def misspelt_keys(config: Config) -> list[str]:
    """Return one sentence for each key under `eci:` in the stack's *config* that is misspelt.

    A key that resembles no setting may be the program's own: the program can read `eci:` keys, too.
    In a project called `eci` all of the project's own keys begin with `eci:`, so none is reported.
    """
    if getattr(config, "_project_name", "") == PREFIX.removesuffix(":"):
        return []
    keys = getattr(config, "_props", {})  # the SDK has no public list of the keys
    names = (key.removeprefix(PREFIX) for key in keys if key.startswith(PREFIX))
    return unknown_settings(name for name in names if nearest_setting(name))


# -- failures


def reported(method: Callable[..., T]) -> Callable[..., T]:
    """Wrap a method of the provider: report each exception as one message without a traceback.

    The state in an `IncompleteError` is passed to the engine, which keeps it.
    """

    @functools.wraps(method)
    def wrapper(self: object, *args: Any) -> T:  # noqa: ANN401 - the host's own signatures
        try:
            with serving_call():
                return method(self, *args)
        except IncompleteError as error:
            _fail(str(error), _partial(error, args[-1]))
        except EciError as error:
            _fail(str(error))
        except Exception as error:  # noqa: BLE001 - the host would print the traceback
            _fail(internal_error(error))

    return wrapper


def _partial(error: IncompleteError, props: Mapping[str, Any]) -> any_pb2.Any:
    outputs = {**error.outputs, PROVIDER_KEY: props[PROVIDER_KEY]}
    return partial_result(error.cache_id, outputs, str(error))


def _fail(message: str, *details: any_pb2.Any) -> NoReturn:
    """Fail the call with *message*. The engine reads the trailer and ignores the traceback."""
    _, context = _current_request() or (None, None)
    if context is not None:
        context.set_trailing_metadata(trailer(message, *details))
    raise RuntimeError(message) from None


# -- workers


def raise_workers(count: int = WORKERS) -> bool:
    """Let the host run *count* calls at a time. Must be called on one of its worker threads.

    Returns:
        Whether it worked. If not, at most four caches are built at a time, and a warning says so.
    """
    if not raise_max_workers(count):
        warn_once(
            "this version of Python or of Pulumi's SDK is not supported: at most four caches are "
            "built at a time"
        )
        return False
    return True
