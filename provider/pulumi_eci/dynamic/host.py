"""Everything that Pulumi's dynamic host does not offer, in one file.

The host hands a dynamic provider neither the URN nor the timeout of a call, turns every failure
into a traceback, cannot keep a partial result, and runs four calls at a time. The gRPC request and
its context are there, though, a few frames up; so are the executor and the engine's address.

What is relied upon is pinned by a contract test against the installed SDK. Where a recipe no longer
fits, the provider goes on without it and says so once.
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
from pulumi_eci.api.settings import PREFIX, unknown_settings
from pulumi_eci.core import Call
from pulumi_eci.dynamic.workers import widen
from pulumi_eci.engine import PROVIDER_KEY, WORKERS
from pulumi_eci.engine.failures import internal_error, partial_result, trailer
from pulumi_eci.engine.log import log, warn_once
from pulumi_eci.engine.watchdog import at_work
from pulumi_eci.model.spec import UNKNOWN

T = TypeVar("T")


def current_call() -> Call:
    """Describe the call that this thread is serving; empty values where the host hides it."""
    found = _current_request()
    if found is None:
        warn_once("this SDK hides the gRPC request: timeouts and progress are not available")
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
    """Find the gRPC request that this thread is serving, and its context, up the stack."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the recipe
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


def plain(value: Any) -> Any:  # noqa: ANN401 - any property value
    """Spell the SDK's unknown values, at any depth, as `spec.UNKNOWN`."""
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def misspelt_keys(config: Config) -> list[str]:
    """Return one sentence for each key under `eci:` in the stack's *config* that is no setting.

    In a project called `eci` the project's own keys begin with `eci:`, so none is reported.
    """
    if getattr(config, "_project_name", "") == PREFIX.removesuffix(":"):
        return []
    keys = getattr(config, "_props", {})  # the SDK has no public list of the keys
    return unknown_settings(key.removeprefix(PREFIX) for key in keys if key.startswith(PREFIX))


# -- failures


def reported(method: Callable[..., T]) -> Callable[..., T]:
    """Make whatever *method* (of the provider) raises one clean message, without a traceback.

    An `IncompleteError` hands its state to the engine, so that nothing is lost.
    """

    @functools.wraps(method)
    def wrapper(self: object, *args: Any) -> T:  # noqa: ANN401 - the host's own signatures
        try:
            with at_work():
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
    """Answer the call with *message*; the engine reads it from the trailer, not the traceback."""
    _, context = _current_request() or (None, None)
    if context is not None:
        context.set_trailing_metadata(trailer(message, *details))
    raise RuntimeError(message) from None


# -- workers


def raise_workers(count: int = WORKERS) -> bool:
    """Let the host run *count* calls at a time; called on one of its worker threads.

    Returns:
        Whether it worked. If not, four caches are built at a time, and a warning says so.
    """
    if not widen(count):
        warn_once("this Pulumi SDK or Python hides the worker pool: four caches at a time")
        return False
    return True
