"""`pulumi_eci` for programs of tests, through the plugin: the same arguments, another resource.

Programs in other languages have a generated SDK for this; these tests need none.
"""

from __future__ import annotations

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
        """Return an output by its name in Python."""
        if name.startswith("_"):
            raise AttributeError(name)
        return pulumi.get(self, camel_case(name))


def _in_camel(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    options = copy(opts) if opts else pulumi.ResourceOptions()
    for name in ("ignore_changes", "replace_on_changes"):
        setattr(options, name, [property_path(path) for path in getattr(options, name) or ()])
    moved = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_=DYNAMIC)])  # as the schema says
    return pulumi.ResourceOptions.merge(options, moved)
