"""The check of a fleet's layout, for the dynamic provider and the plugin."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

from pulumi_eci.model.decode import image_problems
from pulumi_eci.model.images import in_region
from pulumi_eci.model.shards import rearrange
from pulumi_eci.model.spec import contains_unknown

WHAT_IT_IS = "stores which cache has which image; exists only in state"
"""The text on the row of a layout that changes. A layout is no cache."""


def arrange(olds: Mapping[str, Any], wanted: Any) -> tuple[Any, list[str]]:  # noqa: ANN401 - JSON
    """Change the layout of the last update as little as the program's images require.

    Args:
        olds: The inputs of the last update; empty for a new fleet.
        wanted: A layout of the program's images; may be unknown.

    Returns:
        The layout, and the problems of the images. Invalid images are reported here, before any
        cache is declared.
    """
    if contains_unknown(wanted):
        return wanted, []
    problems = [each for image in chain(*wanted) for each in image_problems(in_region(image, "r"))]
    if not problems:
        try:
            return rearrange(olds.get("shards") or (), wanted), []
        except ValueError as error:
            problems = [str(error)]
    return wanted, [f"images: {each}" for each in problems]
