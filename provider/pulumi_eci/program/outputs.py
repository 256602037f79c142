"""Which properties of an `ImageCache` are outputs: as few as can be, since each has its price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi

from pulumi_eci.model.fields import FIELDS, INPUT_NAMES, LOGINS_OUTPUT
from pulumi_eci.model.state import DIGESTS, OUTPUT_NAMES

# What the service may show, or has a number for (size and copies), whatever the program says.
_ALWAYS = (
    *dict.fromkeys(row.name for row in FIELDS if row.readable or row.default == 1),
    "region",
    "status",
    "snapshotId",
    "containerGroupId",
)


def output_names(
    props: Mapping[str, Any], opts: pulumi.ResourceOptions | None, *, tracks: bool = False
) -> tuple[str, ...]:
    """Name the properties that have to be outputs even if the program does not give them.

    A property is an output only if it is among the props, and each costs the SDK some tasks. What
    only a program can set is None without being asked for, unless the state may hold another value.

    Args:
        props: What the program gives; keys as in state.
        opts: The resource's options.
        tracks: Whether there may be image digests.
    """
    if opts and (opts.id is not None or opts.ignore_changes):
        return (*INPUT_NAMES, *OUTPUT_NAMES)
    logins = (LOGINS_OUTPUT,) if props.get("imageRegistryCredentials") is not None else ()
    return (*_ALWAYS, *logins, *((DIGESTS,) if tracks else ()))


def untrack(resource: pulumi.Resource, names: Iterable[str]) -> None:
    """Take outputs off the list of those that the SDK waits for at the end of a program.

    It walks the whole list each time that one is done: quadratic in the number of resources. What
    the engine answers to a registration comes, or fails, all at once, so `urn` and `id` stand for
    it on the list.

    Args:
        resource: A resource that has been registered.
        names: The properties that it was registered with: no other output comes with its `urn`.
    """
    # What `apply` does to the output that it is called on; an SDK without it goes without.
    untrack_one = getattr(pulumi.Output, "_untrack", None)
    if untrack_one is None:
        return
    for name in names:
        output = vars(resource).get(name)
        if name not in ("urn", "id") and isinstance(output, pulumi.Output):
            untrack_one(output)


def get_output(resource: pulumi.Resource, name: str) -> Any:  # noqa: ANN401 - as pulumi.get()
    """Return the output *name*; one of None if the resource has no such output.

    None before the registration, when a transformation may ask: as with a generated SDK.
    """
    found = pulumi.get(resource, name)
    if found is None and "urn" in vars(resource):
        return resource.urn.apply(lambda _: None)
    return found
