"""`ImageCacheFleet` for programs in other languages. Its children are resources of the plugin."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pulumi
from pulumi.output import Unknown
from pulumi.provider import ConstructResult, Provider
from pulumi.provider.server import ProviderServicer as SdkServicer

from pulumi_eci.engine import (
    DYNAMIC_FLEET_LAYOUT,
    DYNAMIC_IMAGE_CACHE,
    FLEET_LAYOUT,
    IMAGE_CACHE,
    engine_address,
)
from pulumi_eci.model.fields import INPUT_NAMES, camel_case, snake_case
from pulumi_eci.model.state import DIGESTS
from pulumi_eci.model.text import printable
from pulumi_eci.native.servicer import schema, version
from pulumi_eci.program.args import listed, to_props
from pulumi_eci.program.fleet import TYPE, ChildTypes, ImageCacheFleet
from pulumi_eci.program.manifests import ManifestError, images_in
from pulumi_eci.program.options import cache_options

# ruff: noqa: ANN401, SLF001 - protobuf is untyped, and Pulumi's SDK has no other way

_PACKAGE = "eci"
_SPELLINGS = {snake_case(name): name for name in (*INPUT_NAMES, "registryHosts")}


def construct(request: Any) -> Any:
    """Handle a `Construct` call of the engine's protocol. Calls may run concurrently.

    Pulumi's SDK keeps the state of a run in context variables, so each call has its own context.

    Raises:
        RunError: An argument is invalid, and the message names the argument in camelCase; or the
            engine refused a resource of the fleet, and the message is the engine's.
    """
    try:
        return contextvars.Context().run(asyncio.run, _construct(request))
    except pulumi.RunError as error:
        message = _in_camel_case(str(error)).removeprefix("ImageCacheFleet: ")
        raise pulumi.RunError(message) from None
    except Exception as error:
        if type(error) is not Exception:
            raise
        # Pulumi's SDK raises a plain Exception with the engine's message: a transform failed, say.
        raise pulumi.RunError(printable(error)) from None


async def _construct(request: Any) -> Any:
    loop = asyncio.get_running_loop()
    # The reply has the failure. Outputs that nobody awaits would report the same failure again.
    loop.set_exception_handler(lambda *_: None)
    # The registration of a child occupies a thread. The number is that of a Python program.
    loop.set_default_executor(ThreadPoolExecutor(4 * max(request.parallel, 1)))
    engine = ":".join(engine_address() or ())
    return await _Constructor(_Components(version()), [], engine)._construct(request, None)


class _Components(Provider):
    """The components of the plugin, in the form that Pulumi's SDK requires."""

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Construct a fleet."""
        if resource_type != TYPE:
            raise pulumi.RunError(f"the provider has no component {resource_type}")
        fleet = _Fleet(name, inputs, options or pulumi.ResourceOptions())
        return ConstructResult(fleet.urn, fleet.state())


class _Constructor(SdkServicer):
    """Pulumi's SDK translates the request. This class adds the options that the SDK drops."""

    @staticmethod
    def _construct_options(request: Any) -> pulumi.ResourceOptions:
        options = SdkServicer._construct_options(request)
        given, names = request.customTimeouts, vars(pulumi.CustomTimeouts())
        timeouts = {name: getattr(given, name, "") or None for name in names}
        options.custom_timeouts = pulumi.CustomTimeouts(**timeouts)
        if request.HasField("deleteBeforeReplace"):
            options.delete_before_replace = request.deleteBeforeReplace
        options.additional_secret_outputs = list(request.additionalSecretOutputs)
        return options


class _Layout(pulumi.CustomResource):
    """The layout of a fleet, with `shards` as its output."""

    def __init__(self, name: str, shards: pulumi.Input[Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(FLEET_LAYOUT, name, {"shards": shards}, _of_this_plugin(opts))


class _Cache(pulumi.CustomResource):
    """An image cache, with the outputs that a fleet reads."""

    status: pulumi.Output[str]
    images: pulumi.Output[list[str]]

    def __init__(self, name: str, opts: pulumi.ResourceOptions, **args: Any) -> None:
        props = {**dict.fromkeys(("status", DIGESTS)), **to_props(args)}
        super().__init__(IMAGE_CACHE, name, props, _of_this_plugin(cache_options(opts)))

    @property
    def image_digests(self) -> pulumi.Output[Mapping[str, str] | None]:
        """See `ImageCache.image_digests`."""
        found: pulumi.Output[Any] = pulumi.get(self, DIGESTS)
        return found


class _Fleet(ImageCacheFleet):
    """A fleet whose arguments come from another language.

    Args:
        resource_name: The fleet's name in the program.
        inputs: The inputs in camelCase, with `manifests` instead of `images_in`.
        opts: Resource options. Providers of other packages, inherited from a parent, are ignored.
    """

    _child_types = ChildTypes(_PACKAGE, _Layout, _Cache, DYNAMIC_FLEET_LAYOUT, DYNAMIC_IMAGE_CACHE)

    def __init__(
        self, resource_name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions
    ) -> None:
        providers: Any = opts.providers or {}
        opts.providers = {name: p for name, p in providers.items() if name == _PACKAGE}
        super().__init__(resource_name, opts, **_arguments(inputs))

    def state(self) -> dict[str, Any]:
        """Return the outputs, by property."""
        names = ("ids", "status", "images", "annotations", "image_digests")
        return {camel_case(name): getattr(self, name) for name in names}


def _in_camel_case(text: str) -> str:
    """Return *text* with the names of arguments in camelCase."""
    return re.sub(r"[a-z]+(?:_[a-z]+)+", lambda found: _SPELLINGS.get(found[0], found[0]), text)


def _of_this_plugin(opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """Request this version of the plugin, so that the same process serves the fleet's children."""
    own = pulumi.ResourceOptions(version=version(), plugin_download_url=_download_url())
    return pulumi.ResourceOptions.merge(opts, own)


@functools.cache
def _download_url() -> str:
    url: str = json.loads(schema())["pluginDownloadURL"]
    return url


def _arguments(inputs: Mapping[str, Any]) -> dict[str, Any]:
    args = {snake_case(name): _lifted(value) for name, value in inputs.items()}
    placements = args.get("placements")
    if isinstance(placements, Mapping):
        args["placements"] = {
            name: {snake_case(key): value for key, value in placement.items()}
            if isinstance(placement, Mapping)
            else placement
            for name, placement in placements.items()
        }
    patterns = args.pop("manifests", None)
    if patterns is not None:
        args["images"] = _with_manifests(args.get("images"), patterns)
    return args


def _lifted(value: Any) -> Any:
    """Convert unknown values to outputs, and whole numbers to ints, at any depth."""
    if isinstance(value, Unknown):
        return pulumi.Output.from_input(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _lifted(item) for key, item in value.items()}
    return [_lifted(item) for item in value] if isinstance(value, list) else value


def _with_manifests(images: Any, patterns: Any) -> Any:
    known = isinstance(patterns, list) and all(isinstance(each, str) for each in patterns)
    if not (known and patterns):
        raise pulumi.RunError(
            "`manifests` must be a list of plain strings, such as deploy/**/*.yaml"
        )
    try:
        found = images_in(*patterns)
    except ManifestError as error:
        raise pulumi.RunError(f"manifests: {error}") from None
    if images is None:
        return found
    if isinstance(images, pulumi.Output):
        return images.apply(lambda known: [*(listed(known) or ()), *found])
    return [*images, *found] if isinstance(images, list) else images
