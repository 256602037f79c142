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
import threading
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf import any_pb2, struct_pb2
from google.rpc import status_pb2
from pulumi.output import Unknown
from pulumi.runtime import rpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2

from pulumi_eci.api.errors import EciError, IncompleteError
from pulumi_eci.core import Call
from pulumi_eci.dynamic.watchdog import at_work, engine_address, watch_engine
from pulumi_eci.dynamic.workers import WORKERS, widen
from pulumi_eci.model.spec import UNKNOWN
from pulumi_eci.model.text import LONGEST_TEXT, printable

PROVIDER_KEY = "__provider"

_UNKNOWN_ERROR = 2  # grpc.StatusCode.UNKNOWN, which the host itself answers with
PERSISTED = 60.0
"""Seconds after which the engine surely has written down what a call returned."""

_HEARTBEAT = 10.0
_LONGEST_MESSAGE = 2 * LONGEST_TEXT  # what the service says, and what to do about it
_LOG_TIMEOUT = 2.0  # seconds; progress is a courtesy

Severity = engine_pb2.LogSeverity
T = TypeVar("T")


def current_call() -> Call:
    """Describe the call that this thread is serving; empty values where the host hides it."""
    found = _current_request()
    if found is None:
        _warn_once("this SDK hides the gRPC request: timeouts and progress are not available")
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
            _fail(_internal(error))

    return wrapper


def _internal(error: Exception) -> str:
    # Neither the text nor the arguments of an unforeseen exception: they may hold a secret.
    places = [
        f"{Path(entry.filename).name}:{entry.lineno}"
        for entry in traceback.extract_tb(error.__traceback__)
    ]
    return (
        f"internal error of pulumi-eci: {type(error).__name__} at {' > '.join(places[-3:])}. "
        "Nothing more is shown, since it may hold a secret; please report this line."
    )


def _partial(error: IncompleteError, props: Mapping[str, Any]) -> any_pb2.Any:
    properties = struct_pb2.Struct()
    properties.update({**error.outputs, PROVIDER_KEY: props[PROVIDER_KEY]})
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=error.cache_id, properties=properties, reasons=[str(error)]
        )
    )
    return detail


def _fail(message: str, *details: any_pb2.Any) -> NoReturn:
    """Answer the call with *message*; the engine reads it from the trailer, not the traceback."""
    _, context = _current_request() or (None, None)
    if context is not None:
        status = status_pb2.Status(code=_UNKNOWN_ERROR, message=message, details=details)
        trailer = (("grpc-status-details-bin", status.SerializeToString()),)
        context.set_trailing_metadata(trailer)
    raise RuntimeError(message) from None


# -- progress


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
        engine.Log(request_, timeout=_LOG_TIMEOUT)
    except grpc.RpcError:
        return


@functools.cache
def _engine() -> engine_pb2_grpc.EngineStub | None:
    address = engine_address()
    if address is None:
        return None
    return engine_pb2_grpc.EngineStub(grpc.insecure_channel(":".join(address)))


@functools.cache
def _warn_once(message: str) -> None:
    log("", f"pulumi-eci: {message}", warning=True, ephemeral=False)


# -- the engine's end


def follow_engine(release: Callable[[float], None]) -> None:
    """End with the engine: at once if it is killed, and else after a last *release*.

    The engine interrupts this process once everything is written down, and waits for it for five
    seconds.

    Args:
        release: Called with 0 at that end, and every now and then before it with `PERSISTED`.
    """
    if engine_address() is None:
        return
    if not watch_engine():
        _warn_once("the engine cannot be watched: killed, it would leave this process at work")
    main = threading.main_thread()

    def wait() -> None:
        while main.is_alive():
            main.join(_HEARTBEAT)
            release(PERSISTED if main.is_alive() else 0.0)

    # Not a daemon, as the thread that starts it may be: so the process waits for it.
    threading.Thread(target=wait, name="eci-release", daemon=False).start()


# -- workers


def raise_workers(count: int = WORKERS) -> bool:
    """Let the host run *count* calls at a time; called on one of its worker threads.

    Returns:
        Whether it worked. If not, four caches are built at a time, and a warning says so.
    """
    if not widen(count):
        _warn_once("this Pulumi SDK or Python hides the worker pool: four caches at a time")
        return False
    return True
