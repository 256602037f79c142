"""`FleetLayout`: a resource that remembers which cache of a fleet holds which image.

It is nothing in the cloud. A program cannot see the last state, but the engine hands a provider's
check the old inputs, in preview too; from there the layout goes on to the caches as known values.

Module path and class name are in every user's state: neither may ever change.
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

from pulumi_eci.core.layout import NOTHING_IN_THE_CLOUD, arrange
from pulumi_eci.dynamic.host import current_call, plain, reported
from pulumi_eci.model.shards import Shards
from pulumi_eci.model.spec import contains_unknown


class FleetLayoutProvider(ResourceProvider):
    """Keeps images in the caches where they are."""

    serialize_as_secret_always = False  # it holds nothing, so it need not be a secret

    @reported
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """See `arrange`."""
        shards, problems = arrange(_olds or {}, plain(news)["shards"])
        if contains_unknown(shards):
            return CheckResult(news, [])
        return CheckResult({**news, "shards": shards}, [CheckFailure("", p) for p in problems])

    @reported
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Compare the layouts, and say on the row that this is no cache."""
        changes = _olds.get("shards") != plain(_news)["shards"]
        if changes:
            current_call().log(NOTHING_IN_THE_CLOUD)
        return DiffResult(changes)

    @reported
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Begin to remember."""
        return CreateResult("layout", {"shards": props["shards"]})

    @reported
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Nothing can change it."""
        return ReadResult(id_, props, current_call().inputs)

    @reported
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Remember another layout."""
        return UpdateResult({"shards": _news["shards"]})


_PROVIDER = FleetLayoutProvider()


class FleetLayout(Resource, module="eci", name="FleetLayout"):
    """Which images are in which cache of a fleet.

    Args:
        resource_name: The resource's name in the program.
        shards: The layout of a fleet that is new; else its images and number of caches count.
        opts: Resource options.
    """

    shards: pulumi.Output[Sequence[Sequence[str]]]
    """The images of each cache."""

    def __init__(
        self, resource_name: str, shards: pulumi.Input[Shards], opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__(_PROVIDER, resource_name, {"shards": shards}, opts)
