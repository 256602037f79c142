"""Which properties of an `ImageCache` are outputs: as few as can be, since each has its price."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from pulumi_eci.fields import FIELDS, INPUT_NAMES
from pulumi_eci.state import LOGINS_OUTPUT, OUTPUT_NAMES

# What the service may show, or chooses, whatever the program says.
_ALWAYS = (
    *dict.fromkeys(row.name for row in FIELDS if row.readable or row.default == 1),
    "region",
    "status",
    "snapshotId",
    "containerGroupId",
)


def output_names(props: Mapping[str, Any], opts: pulumi.ResourceOptions | None) -> tuple[str, ...]:
    """Name the properties that have to be outputs even if the program does not give them.

    A property is an output only if it is among the props, and each costs the SDK some tasks. What
    only a program can set is None without being asked for, unless the state may hold another value.

    Args:
        props: What the program gives; keys as in state.
        opts: The resource's options.
    """
    if opts and (opts.id is not None or opts.ignore_changes):
        return (*INPUT_NAMES, *OUTPUT_NAMES)
    if props.get("imageRegistryCredentials") is not None:
        return (*_ALWAYS, LOGINS_OUTPUT)
    return _ALWAYS


def wait_for_few(resource: pulumi.Resource) -> None:
    """Take the outputs off the list of those that the SDK waits for at the end of a program.

    It walks the whole list each time that one is done: quadratic in the number of resources. They
    come, or fail, together with `urn` and `id`, which stay on the list.
    """
    # What `apply` does to the output that it is called on; SDKs without it go without.
    untrack = getattr(pulumi.Output, "_untrack", None)
    if untrack is None:
        return
    for name, output in vars(resource).items():
        if isinstance(output, pulumi.Output) and name not in ("urn", "id"):
            untrack(output)


def get_output(resource: pulumi.Resource, name: str) -> Any:  # noqa: ANN401 - as pulumi.get()
    """Return the output *name*; one of None if the resource has no such output."""
    found = pulumi.get(resource, name)
    return resource.urn.apply(lambda _: None) if found is None else found
