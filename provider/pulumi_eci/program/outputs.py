"""Which properties of an `ImageCache` become outputs. Each output costs the SDK time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi

from pulumi_eci.model.fields import FIELDS, INPUT_NAMES, LOGINS_OUTPUT
from pulumi_eci.model.state import DIGESTS, OUTPUT_NAMES

# Properties that have a value even if the program does not set them.
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
    """Return the properties that must be outputs even if the program does not set them.

    The SDK makes an output only of a registered property. An input that the program leaves unset is
    not registered, and its getter returns None. With the options `id` and `ignore_changes` state
    may hold another value, so all properties are registered.

    Args:
        props: The properties that the program sets; keys as in state.
        opts: The resource's options.
        tracks: Whether the cache may have image digests.
    """
    if opts and (opts.id is not None or opts.ignore_changes):
        return (*INPUT_NAMES, *OUTPUT_NAMES)
    logins = (LOGINS_OUTPUT,) if props.get("imageRegistryCredentials") is not None else ()
    return (*_ALWAYS, *logins, *((DIGESTS,) if tracks else ()))


def untrack(resource: pulumi.Resource, names: Iterable[str]) -> None:
    """Remove outputs from the list of those that the SDK waits for at the end of a program.

    The SDK walks the whole list whenever one output resolves, which takes quadratic time. All
    outputs of a registration resolve together, so `urn` and `id` are enough on the list.

    Args:
        resource: A registered resource.
        names: The properties that the resource was registered with.
    """
    # `apply` does the same to its output. With an SDK without this method nothing is removed.
    untrack_one = getattr(pulumi.Output, "_untrack", None)
    if untrack_one is None:
        return
    for name in names:
        output = vars(resource).get(name)
        if name not in ("urn", "id") and isinstance(output, pulumi.Output):
            untrack_one(output)


def get_output(resource: pulumi.Resource, name: str) -> Any:  # noqa: ANN401 - as pulumi.get()
    """Return the output *name*, or an output of None if the resource has no such output.

    Before the registration, in a transformation, return None, as a generated SDK does.
    """
    found = pulumi.get(resource, name)
    if found is None and "urn" in vars(resource):
        return resource.urn.apply(lambda _: None)
    return found
