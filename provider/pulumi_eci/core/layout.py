"""The check of a fleet's layout, whichever front door remembers it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

from pulumi_eci.model.decode import image_problems
from pulumi_eci.model.images import in_region
from pulumi_eci.model.shards import rearrange
from pulumi_eci.model.spec import contains_unknown

WHAT_IT_IS = "stores which cache has which image; exists only in state"
"""Said on the row of a layout that changes, since it is no cache."""


def arrange(olds: Mapping[str, Any], wanted: Any) -> tuple[Any, list[str]]:  # noqa: ANN401 - JSON
    """Bring the layout of the last update to *wanted*, the first layout of the program's images.

    Args:
        olds: The inputs of the last update; empty for the first time.
        wanted: What the program asks for; it may not be known yet.

    Returns:
        The layout, and what is wrong with the images: what is no image is refused here, before any
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
