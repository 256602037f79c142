"""`pulumi_eci` for test programs that use the plugin: the same arguments, another resource.

Programs in other languages use a generated SDK instead, which these tests do not need.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

import pulumi

from pulumi_eci.model.fields import INPUT_NAMES, camel_case
from pulumi_eci.model.state import OUTPUT_NAMES
from pulumi_eci.program.args import property_path, to_props

DYNAMIC = "pulumi-python:dynamic/eci:ImageCache"


class ImageCache(pulumi.CustomResource):
    """An image cache of the plugin."""

    def __init__(
        self,
        name: str,
        opts: pulumi.ResourceOptions | None = None,
        **args: Any,  # noqa: ANN401 - any argument
    ) -> None:
        props = {**dict.fromkeys((*INPUT_NAMES, *OUTPUT_NAMES)), **to_props(args)}
        super().__init__("eci:index:ImageCache", name, props, _in_camel(opts))

    @staticmethod
    def get(name: str, cache_id: str, **where: Any) -> ImageCache:  # noqa: ANN401
        """Read an existing cache."""
        return ImageCache(name, pulumi.ResourceOptions(id=cache_id), **where)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - an output
        """Return an output by its Python name."""
        if name.startswith("_"):
            raise AttributeError(name)
        return pulumi.get(self, camel_case(name))


Placement = dict


class ImageCacheFleet(pulumi.ComponentResource):
    """A fleet of the plugin."""

    ids: pulumi.Output[Any]
    status: pulumi.Output[Any]
    images: pulumi.Output[Any]
    annotations: pulumi.Output[Any]

    def __init__(
        self,
        name: str,
        opts: pulumi.ResourceOptions | None = None,
        **args: Any,  # noqa: ANN401 - any argument
    ) -> None:
        placements = args.get("placements")
        if isinstance(placements, dict):
            args["placements"] = {key: to_props(held) for key, held in placements.items()}
        outputs = dict.fromkeys(("ids", "status", "images", "annotations", "imageDigests"))
        props = {**outputs, **to_props(args)}
        super().__init__("eci:index:ImageCacheFleet", name, props, _in_camel(opts, ()), remote=True)

    @property
    def image_digests(self) -> Any:  # noqa: ANN401 - an output
        """See the dynamic fleet."""
        return pulumi.get(self, "imageDigests")


def _in_camel(
    opts: pulumi.ResourceOptions | None, moved: Sequence[str] = (DYNAMIC,)
) -> pulumi.ResourceOptions:
    options = copy(opts) if opts else pulumi.ResourceOptions()
    for name in ("ignore_changes", "replace_on_changes"):
        setattr(options, name, [property_path(path) for path in getattr(options, name) or ()])
    aliases = [pulumi.Alias(type_=each) for each in moved]  # as the schema says
    return pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(aliases=aliases))
