"""`ImageCacheFleet` for programs in other languages: its children are resources of the plugin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.output import Unknown

from pulumi_eci.model.fields import INPUT_NAMES, camel_case, snake_case
from pulumi_eci.model.state import DIGESTS
from pulumi_eci.native.servicer import FLEET_LAYOUT, IMAGE_CACHE, version
from pulumi_eci.program.args import listed, to_props
from pulumi_eci.program.fleet import Door, ImageCacheFleet
from pulumi_eci.program.manifests import ManifestError, images_in
from pulumi_eci.program.options import cache_options

_DYNAMIC = "pulumi-python:dynamic/eci"
_PACKAGE = "eci"
_SPELLINGS = {snake_case(name): name for name in (*INPUT_NAMES, "registryHosts")}


class _Layout(pulumi.CustomResource):
    """The memory of a fleet, with `shards` as its output."""

    def __init__(self, name: str, shards: pulumi.Input[Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(FLEET_LAYOUT, name, {"shards": shards}, _of_this_version(opts))


class _Cache(pulumi.CustomResource):
    """A cache, with the outputs that a fleet reads."""

    status: pulumi.Output[str]
    images: pulumi.Output[list[str]]

    def __init__(self, name: str, opts: pulumi.ResourceOptions, **args: Any) -> None:  # noqa: ANN401
        props = {**dict.fromkeys(("status", DIGESTS)), **to_props(args)}
        super().__init__(IMAGE_CACHE, name, props, _of_this_version(cache_options(opts)))

    @property
    def image_digests(self) -> pulumi.Output[Mapping[str, str] | None]:
        """See `ImageCache.image_digests`."""
        found: pulumi.Output[Any] = pulumi.get(self, DIGESTS)
        return found


class RemoteFleet(ImageCacheFleet):
    """A fleet whose arguments come from another language.

    Args:
        resource_name: The fleet's name in the program.
        inputs: Its properties, in camelCase, with `manifests` for `images_in`.
        opts: Resource options. Providers of other packages, which a parent may have, do not matter.
    """

    _door = Door(_PACKAGE, _Layout, _Cache, f"{_DYNAMIC}:FleetLayout", f"{_DYNAMIC}:ImageCache")

    def __init__(
        self, resource_name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions
    ) -> None:
        providers: Any = opts.providers or {}
        opts.providers = {name: p for name, p in providers.items() if name == _PACKAGE}
        try:
            super().__init__(resource_name, opts, **_arguments(inputs))
        except pulumi.RunError as error:
            raise pulumi.RunError(in_camel_case(str(error))) from None

    def state(self) -> dict[str, Any]:
        """Return the outputs, by property."""
        names = ("ids", "status", "images", "annotations", "image_digests")
        return {camel_case(name): getattr(self, name) for name in names}


def in_camel_case(text: str) -> str:
    """Spell the arguments that *text* names as other languages do."""
    return re.sub(r"[a-z]+(?:_[a-z]+)+", lambda found: _SPELLINGS.get(found[0], found[0]), text)


def _of_this_version(opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """Let the process that makes the fleet serve its children, too, and no other version's."""
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(version=version()))


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


def _lifted(value: Any) -> Any:  # noqa: ANN401 - any property value
    """Make outputs of what is not known yet, and ints of whole numbers, at any depth."""
    if isinstance(value, Unknown):
        return pulumi.Output.from_input(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _lifted(item) for key, item in value.items()}
    return [_lifted(item) for item in value] if isinstance(value, list) else value


def _with_manifests(images: Any, patterns: Any) -> Any:  # noqa: ANN401 - inputs of any kind
    if not isinstance(patterns, list) or not all(isinstance(each, str) for each in patterns):
        raise pulumi.RunError("`manifests` is a list of plain strings, such as deploy/**/*.yaml")
    try:
        found = images_in(*patterns)
    except ManifestError as error:
        raise pulumi.RunError(f"manifests: {error}") from None
    if images is None:
        return found
    if isinstance(images, pulumi.Output):
        return images.apply(lambda known: [*(listed(known) or ()), *found])
    return [*images, *found] if isinstance(images, list) else images
