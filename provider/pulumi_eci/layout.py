"""`FleetLayout`: a resource that stores which cache of a fleet holds which image.

The resource exists only in state. A program cannot read the last state, but the engine passes the
old inputs to a provider's check, in preview too. So check computes the layout, and the program
passes it on to the caches as known values.

Module path and class name are in users' state and must never change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from pulumi_eci.core.layout import WHAT_IT_IS, arrange
from pulumi_eci.dynamic.host import current_call, replace_unknowns, reported
from pulumi_eci.model.shards import Shards
from pulumi_eci.model.spec import contains_unknown


class FleetLayoutProvider(ResourceProvider):
    """The dynamic provider of `FleetLayout`. It keeps images in the caches that hold them."""

    serialize_as_secret_always = False  # the pickled provider holds no data

    @reported
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Return the last update's layout, changed as little as the program's images require.

        Invalid images are reported here, before any cache is declared.
        """
        shards, problems = arrange(_olds or {}, replace_unknowns(news)["shards"])
        if contains_unknown(shards):
            return CheckResult(news, [])
        return CheckResult({**news, "shards": shards}, [CheckFailure("", p) for p in problems])

    @reported
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Compare the layouts, and explain on the row what the resource is."""
        changes = _olds.get("shards") != replace_unknowns(_news)["shards"]
        if changes:
            current_call().log(WHAT_IT_IS)
        return DiffResult(changes)

    @reported
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Store the layout."""
        return CreateResult("layout", {"shards": props["shards"]})

    @reported
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Return the state as it is."""
        return ReadResult(id_, props, current_call().inputs)

    @reported
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Store the new layout."""
        return UpdateResult({"shards": _news["shards"]})


_PROVIDER = FleetLayoutProvider()


class FleetLayout(Resource, module="eci", name="FleetLayout"):
    """The layout of a fleet: which cache holds which images.

    Args:
        resource_name: The resource's name in the program.
        shards: The images of each cache, for a new fleet. For an existing fleet only the set of
            images and the number of caches count.
        opts: Resource options.
    """

    shards: pulumi.Output[Sequence[Sequence[str]]]
    """The images of each cache."""

    def __init__(
        self, resource_name: str, shards: pulumi.Input[Shards], opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__(_PROVIDER, resource_name, {"shards": shards}, opts)
