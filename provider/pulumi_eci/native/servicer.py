"""Serves Pulumi's provider protocol with `core`.

`codec` converts properties, `engine.failures` converts failures. All decisions about caches are in
`core`.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import metadata, resources
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from pulumi_eci.api.errors import EciError, IncompleteError
from pulumi_eci.core import Call, ImageCaches
from pulumi_eci.core.lookup import find, find_page, look_up, read_filters
from pulumi_eci.engine import DYNAMIC_PROVIDER, FLEET_LAYOUT, IMAGE_CACHE, PROVIDER_KEY
from pulumi_eci.engine.failures import internal_error, partial_result, trailer
from pulumi_eci.engine.log import log
from pulumi_eci.engine.watchdog import PERSISTED, is_idle, serving_call
from pulumi_eci.model.fields import LOGINS_OUTPUT, SECRET_INPUTS
from pulumi_eci.model.spec import ImageCacheSpec, contains_unknown
from pulumi_eci.model.text import printable
from pulumi_eci.native import layout, settings
from pulumi_eci.native.codec import Secrets, all_secret, decode, encode
from pulumi_eci.native.detail import detailed_diff, diff_response
from pulumi_eci.operations.clock import SystemClock
from pulumi_eci.operations.connections import Connections

GET_IMAGE_CACHE = "eci:index:getImageCache"
GET_IMAGE_CACHES = "eci:index:getImageCaches"

T = TypeVar("T")
Change = provider_pb2.PropertyDiff


def version() -> str:
    """Return the version of the plugin, which is that of the package."""
    return metadata.version("pulumi-eci")


def schema() -> str:
    """Return the package's schema, as JSON."""
    return resources.files("pulumi_eci.native").joinpath("schema.json").read_text()


def reported(
    method: Callable[[Any, Any, grpc.ServicerContext], T],
) -> Callable[[Any, Any, grpc.ServicerContext], T]:
    """Wrap a method of the servicer: report each exception as one message without a traceback.

    The state in an `IncompleteError` is passed to the engine, which keeps it.
    """

    @functools.wraps(method)
    def wrapper(self: object, request: Any, context: grpc.ServicerContext) -> T:
        details: list[any_pb2.Any] = []
        try:
            with serving_call():
                return method(self, request, context)
        except IncompleteError as error:
            message = str(error)
            details.append(partial_result(error.cache_id, _kept(error, request), message))
        except EciError as error:
            message = str(error)
        except Exception as error:  # noqa: BLE001 - gRPC would print the traceback
            message = internal_error(error)
        _fail(context, message, *details)

    return wrapper


def of_resource(
    method: Callable[[Any, Any, grpc.ServicerContext], Any],
) -> Callable[[Any, Any, grpc.ServicerContext], Any]:
    """Let `layout` answer where the resource is the layout of a fleet, and not *method*."""

    @reported
    @functools.wraps(method)
    def wrapper(self: object, request: Any, context: grpc.ServicerContext) -> Any:
        if request.type == FLEET_LAYOUT:
            return getattr(layout, method.__name__)(request)
        return method(self, request, context)

    return wrapper


def _fail(context: grpc.ServicerContext, message: str, *details: any_pb2.Any) -> NoReturn:
    """Answer a call with *message*; the engine reads it from the trailer."""
    context.set_trailing_metadata(trailer(message, *details))
    context.abort(grpc.StatusCode.UNKNOWN, message)
    raise AssertionError("abort() raises")


class ProviderServicer(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one configured provider: the engine starts a process for each."""

    # ruff: noqa: ANN401, N802 - the protocol's own names, and protobuf is untyped

    def __init__(self) -> None:
        self._configured: ImageCaches | None = None

    @property
    def _caches(self) -> ImageCaches:
        if self._configured is None:
            raise EciError("the provider was called before it was configured")
        return self._configured

    def untag_finished(self, older_than: float = 0.0) -> None:
        """See `Connections.untag_finished`."""
        if self._configured is not None:
            self._configured.connections.untag_finished(older_than)

    # -- the provider

    @reported
    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Return the supported features of the protocol."""
        del request, context
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, accept_outputs=True, supports_autonaming_configuration=True
        )

    @reported
    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Return the version."""
        del request, context
        return plugin_pb2.PluginInfo(version=version())

    @reported
    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Return the schema."""
        del request, context
        return provider_pb2.GetSchemaResponse(schema=schema())

    @reported
    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Report all problems of the settings."""
        del context
        given = decode(request.news).values
        connections = _connections(settings.known(given), request.urn)
        problems = [
            *settings.problems(given, request.urn),
            *connections.problems(ImageCacheSpec()),
        ]
        inputs = encode(given, all_secret(settings.SECRET_SETTINGS))
        return provider_pb2.CheckResponse(inputs=inputs, failures=_failures(problems))

    @reported
    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Return the settings that changed. No change replaces the provider.

        If a provider is replaced, the engine replaces all its resources. The engine also calls this
        when a resource moves from the dynamic provider. A cache whose region comes from the
        provider is replaced by the cache's own diff.
        """
        del context
        old, new = decode(request.old_inputs).values, decode(request.news).values
        changed = settings.changed(old, new)
        return diff_response({name: Change(kind=Change.UPDATE, inputDiff=True) for name in changed})

    @reported
    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Read the settings. The id of the provider resource identifies the stack."""
        del context
        stack, connections = request.id, _connections(decode(request.args).values, request.urn)
        self._configured = ImageCaches(connections, lambda *_: stack)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True,
            acceptOutputs=True,
            supportsPreview=True,
            supports_autonaming_configuration=True,
        )

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Remove the pending tags. The engine calls this at the end of a run.

        The engine also calls this when a user interrupts the run, before it has saved the latest
        results. So while calls are in progress, only tags of certainly saved caches are removed;
        the end of the process removes the others.
        """
        del request, context
        self.untag_finished(0.0 if is_idle() else PERSISTED)
        return empty_pb2.Empty()

    # -- image caches

    @of_resource
    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        """See `ImageCaches.check`."""
        news, wish = decode(request.news), request.autonaming
        call = _call(
            request,
            context,
            random_seed=request.randomSeed,
            proposed_name=wish.proposed_name,
            naming_mode=wish.mode,
        )
        checked = self._caches.check(call, decode(request.olds).values or None, news.values)
        secrets = {**news.secrets, **all_secret(SECRET_INPUTS)}
        return provider_pb2.CheckResponse(
            inputs=encode(checked.inputs, secrets), failures=_failures(checked.failures)
        )

    @of_resource
    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        """See `ImageCaches.diff`."""
        old_inputs, news = decode(request.old_inputs).values, decode(request.news).values
        call = _call(request, context, old_inputs=old_inputs)
        diff = self._caches.diff(call, request.id, decode(request.olds).values, news)
        return diff_response(detailed_diff(diff.plan, old_inputs, news), diff.replaces)

    @of_resource
    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        """See `ImageCaches.create`."""
        news = decode(request.properties)
        if request.preview:
            outputs = self._caches.preview(news.values)
            return provider_pb2.CreateResponse(properties=_outputs(outputs, news.secrets))
        cache_id, outputs = self._caches.create(_call(request, context), news.values)
        return provider_pb2.CreateResponse(id=cache_id, properties=_outputs(outputs, news.secrets))

    @of_resource
    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        """See `ImageCaches.read`, and `ImageCaches.import_` where the engine sends nothing."""
        state, inputs = decode(request.properties), decode(request.inputs)
        cache_id, reading = request.id, None
        if request.HasField("inputs"):
            call = _call(request, context, inputs=inputs.values)
            reading = self._caches.read(call, cache_id, state.values or inputs.values)
        else:
            cache_id, reading = self._caches.import_(_call(request, context), cache_id)
        if reading is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=cache_id,
            properties=encode(_movable(reading.outputs), state.secrets),
            inputs=encode(reading.inputs, inputs.secrets) if reading.inputs else None,
        )

    @of_resource
    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        """See `ImageCaches.update`."""
        news, olds = decode(request.news), decode(request.olds).values
        if request.preview:
            outputs = self._caches.preview(news.values, olds)
        else:
            call = _call(request, context, old_inputs=decode(request.old_inputs).values)
            outputs = self._caches.update(call, request.id, olds, news.values)
        return provider_pb2.UpdateResponse(properties=_outputs(outputs, news.secrets))

    @of_resource
    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        """See `ImageCaches.delete`."""
        call = _call(request, context, old_inputs=decode(request.old_inputs).values or None)
        self._caches.delete(call, request.id, decode(request.properties).values)
        return empty_pb2.Empty()

    # -- functions and lists

    @reported
    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Look up one cache, or all that fit some filters."""
        args = decode(request.args).values
        call = _call(request, context)
        if request.tok == GET_IMAGE_CACHE:
            found = look_up(self._caches, call, args)
        elif request.tok == GET_IMAGE_CACHES:
            found = {"caches": find(self._caches, call, read_filters(args))}
        else:
            raise EciError(f"the provider has no function {printable(request.tok)}")
        return provider_pb2.InvokeResponse(**{"return": encode(found)})

    def List(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        """List caches, a page of the service's at a time."""
        yield from self._list(request, context)

    @reported
    def _list(self, request: Any, context: grpc.ServicerContext) -> list[Any]:
        _know(request.token)
        query = decode(request.query).values
        if contains_unknown(query):
            return [provider_pb2.ListResponse(computed=provider_pb2.ListResponse.Computed())]
        filters, token = read_filters(query), request.continuation_token
        results = list[Any]()
        while True:
            found, token, region = find_page(self._caches, _call(request, context), filters, token)
            prefix = f"{region}/" if filters.region else ""
            results += [
                provider_pb2.ListResponse(
                    result=provider_pb2.ListResponse.Result(
                        id=prefix + seen.image_cache_id, name=seen.image_cache_name or ""
                    )
                )
                for seen in found
            ]
            if not token or (results and not request.limit) or len(results) >= request.limit > 0:
                break
        if request.limit > 0:
            del results[request.limit :]
        following = provider_pb2.ListResponse.Continuation(continuation_token=token)
        return [*results, *([provider_pb2.ListResponse(continuation=following)] if token else [])]

    # -- not supported

    def _not_served(self, request: Any, context: grpc.ServicerContext) -> NoReturn:
        del self, request
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "not implemented by pulumi-resource-eci")
        raise AssertionError("abort() raises")

    Attach = Call = GetMapping = GetMappings = Parameterize = _not_served


def _connections(given: Mapping[str, Any], urn: str) -> Connections:
    environ = settings.environment(given, os.environ, urn)
    return Connections(settings.configuration(given), environ, SystemClock())


def _know(token: str) -> None:
    if token != IMAGE_CACHE:
        raise EciError(f"the provider has no resource {printable(token)}")


def _call(request: Any, context: grpc.ServicerContext, **more: Any) -> Call:
    """Describe the call of a request; one without a URN is for no resource."""
    urn = getattr(request, "urn", "")
    if urn and request.type:
        _know(request.type)
    return Call(
        urn=urn,
        name=urn.rpartition("::")[2],
        timeout=float(getattr(request, "timeout", 0.0)),
        log=functools.partial(log, urn),
        can_keep=True,
        is_active=context.is_active,
        **more,
    )


def _failures(problems: Sequence[str]) -> list[Any]:
    # The engine prints the value of the property that a failure names, even a secret one. So
    # failures name no property, and the reason begins with the property path.
    return [provider_pb2.CheckFailure(reason=problem) for problem in problems]


def _movable(outputs: Mapping[str, Any]) -> dict[str, Any]:
    return {**outputs, PROVIDER_KEY: DYNAMIC_PROVIDER}


def _outputs(outputs: Mapping[str, Any], secrets: Mapping[str, Secrets]) -> Any:
    """Return encoded outputs. What is secret in the inputs is secret in the outputs, as are
    logins.
    """
    return encode(_movable(outputs), {**secrets, LOGINS_OUTPUT: True})


def _kept(error: IncompleteError, request: Any) -> Any:
    inputs = request.properties if hasattr(request, "properties") else request.news
    return _outputs(error.outputs, decode(inputs).secrets)
