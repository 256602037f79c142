"""What the service shows of a cache, what it means, and what is kept of it in Pulumi's state.

Nothing volatile is kept (Progress, LastMatchedTime, ExpireDateTime, the temporary flash snapshot),
so that `pulumi refresh --expect-no-changes` is a drift check.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from pulumi_eci.model.diagnosis import advise
from pulumi_eci.model.fields import (
    ADOPTED_TAG,
    FIELDS,
    INPUT_NAMES,
    LOGINS_OUTPUT,
    OWN_TAGS,
    PROPERTIES,
    Change,
    Field,
    Kind,
    camel_case,
    snake_case,
)
from pulumi_eci.model.images import by_identity, identity, in_order_of, spelled_like
from pulumi_eci.model.parse import parse
from pulumi_eci.model.spec import AcrRegistryInfo, ConnectionSpec, ImageCacheSpec
from pulumi_eci.model.text import printable

READY = "Ready"
FAILED = "Failed"
UPDATE_FAILED = "UpdateFailed"
CREATING = "Creating"
EVICTED = "Evicted"  # ours, not the service's: gone, and kept in state since on_missing is ignore

SETTLED = frozenset({READY, FAILED, UPDATE_FAILED})
"""Statuses that do not change by themselves; any other, known or not, is waited on."""

_ONCE_READY = frozenset({READY, UPDATE_FAILED, "Updating", EVICTED, ""})
"""Statuses after a build that succeeded; "" is what an old release did not write."""

ADOPTION_OUTPUT = "adoption"
DIGESTS = "imageDigests"
"""By image, the digest that its tag had when the cache was last built, as far as it is known."""
UNSEEN_OUTPUT = "__unseen"
"""Properties of an imported cache of which nothing is known, until an update sends them. The engine
hides keys that begin with `__`."""

OUTPUT_NAMES = ("status", "snapshotId", "containerGroupId", LOGINS_OUTPUT, ADOPTION_OUTPUT, DIGESTS)
"""What is in state beside the program's inputs."""


@dataclass(frozen=True)
class Event:
    """One entry of `Events[]`: what happened while images were pulled."""

    type: str = ""
    reason: str = ""
    message: str = ""
    last_timestamp: str = ""

    def __str__(self) -> str:
        """Say the event in a line; a message often begins with its reason anyway."""
        if not self.reason or self.message.startswith(self.reason):
            return printable(self.message)
        return printable(f"{self.reason}: {self.message}")


@dataclass(frozen=True)
class Observation:
    """One entry of DescribeImageCaches' `ImageCaches[]`; None where the service shows nothing."""

    image_cache_id: str
    status: str
    progress: str = ""
    snapshot_id: str = ""
    container_group_id: str = ""
    image_cache_name: str | None = None
    images: tuple[str, ...] | None = None
    image_cache_size: int | None = None
    resource_group_id: str | None = None
    elimination_strategy: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    events: tuple[Event, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether the status no longer changes by itself."""
        return self.status in SETTLED

    @property
    def failed(self) -> bool:
        """Whether the last build of the cache failed."""
        return self.status in (FAILED, UPDATE_FAILED)

    @property
    def percent(self) -> int | None:
        """How far a build is; None if the service does not say so in a number."""
        match = re.fullmatch(r"\s*(\d{1,3})\s*%?\s*", self.progress)
        return int(match[1]) if match else None

    @property
    def deciding_event(self) -> Event | None:
        """The event that tells most: the latest one, but of a failed build the latest warning, and
        rather one that tells the cause.
        """
        ordered = sorted(self.events, key=lambda event: event.last_timestamp)
        warnings = [event for event in ordered if self.failed and event.type == "Warning"]
        telling = [event for event in warnings if advise(event.message)]
        return next(reversed(telling or warnings or ordered), None)


@dataclass(frozen=True)
class State:
    """What Pulumi's state says of a cache: what was wanted, and how it was found."""

    spec: ImageCacheSpec
    status: str
    snapshot_id: str

    @property
    def was_ready(self) -> bool:
        """Whether a build of the cache ever succeeded, as far as is known."""
        return bool(self.snapshot_id) or self.status in _ONCE_READY


def read_state(outputs: Mapping[str, Any]) -> State:
    """Read *outputs* as this or another release wrote them."""
    inputs = {
        row.name: outputs[name]
        for row in PROPERTIES
        for name in (row.name, row.output_name)
        if name in outputs
    }
    return State(
        spec=replace(
            parse(inputs).spec,
            adoption=str(outputs.get(ADOPTION_OUTPUT) or ""),
            unseen=frozenset(INPUT_NAMES).intersection(outputs.get(UNSEEN_OUTPUT) or ()),
        ),
        status=str(outputs.get("status") or ""),
        snapshot_id=str(outputs.get("snapshotId") or ""),
    )


def write_state(
    spec: ImageCacheSpec, seen: Observation | None, *, status: str = ""
) -> dict[str, Any]:
    """Write the outputs: *spec* with what was *seen* of it, less passwords and empty values.

    Args:
        spec: What is wanted.
        seen: What the service shows, or None if it could not be asked.
        status: The status to write when nothing was seen.
    """
    if seen is not None:
        spec = as_observed(spec, seen)
    outputs = {row.output_name: _plain(spec, row) for row in PROPERTIES}
    outputs[ADOPTION_OUTPUT] = spec.adoption
    outputs[UNSEEN_OUTPUT] = sorted(spec.unseen)
    outputs["status"] = seen.status if seen else status
    # An instant cache is Ready before its regular snapshot exists, and its id would come as drift.
    outputs["snapshotId"] = seen.snapshot_id if seen and not spec.flash else ""
    outputs["containerGroupId"] = seen.container_group_id if seen else ""
    return {
        name: value
        for name, value in outputs.items()
        if not _is_empty(value) or (name in _ANY_JSON and value is not None)
    }


_ANY_JSON = frozenset(row.name for row in FIELDS if row.kind is Kind.JSON)
"""Properties of which an empty value is a value, too."""


def as_observed(spec: ImageCacheSpec, seen: Observation) -> ImageCacheSpec:
    """Overlay *spec* with every readable field that differs from what was *seen*.

    Tags that the spec does not name belong to others and are left out.
    """
    found = {row.attribute: value for row, value in differences(spec, seen)}
    return replace(spec, **found)


def differences(spec: ImageCacheSpec, seen: Observation) -> list[tuple[Field, Any]]:
    """List the readable fields of *seen* that are not as *spec* wants them, with what was found."""
    found = []
    for row in FIELDS:
        if not row.readable:
            continue
        wanted, shown = getattr(spec, row.attribute), getattr(seen, row.attribute)
        if row.kind is Kind.TAGS:
            shown = {key: shown[key] for key in wanted if key in shown}
        if row.kind is Kind.IMAGES and shown is not None:
            # What is as wanted stays as the program has it: spelling and order are the program's.
            shown = tuple(in_order_of(wanted, spelled_like(wanted, shown)))
        unasked = row.service_chooses and wanted == row.default
        if shown is not None and not unasked and not same(row, wanted, shown):
            found.append((row, shown))
    return found


def same(row: Field, one: Any, other: Any) -> bool:  # noqa: ANN401 - a field of any kind
    """Compare two values of a field; images have no order and several spellings, and a digest that
    is not known does not differ.
    """
    if row.absent_is_unknown and not (one and other):
        return True
    if row.kind is Kind.IMAGES:
        return set(map(identity, one)) == set(map(identity, other))
    if row.kind is Kind.DIGESTS:
        return not moved(one, other)
    if row.kind is Kind.JSON:
        return bool(_canonical(one) == _canonical(other))
    return bool(one == other)


def moved(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Name the images whose tags have another digest than before."""
    known = by_identity(old)
    return [i for i, digest in new.items() if known.get(identity(i), digest) != digest]


def _canonical(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Make JSON values comparable as JSON has them: 1 is 1.0, but true is not 1."""
    if isinstance(value, Mapping):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    return (isinstance(value, bool), value)


def as_state(old: State, seen: Observation, wanted: ImageCacheSpec) -> State:
    """Make the state true to what was seen, except for a build that never happened.

    Images or a size that are shown and wanted, on the snapshot that has the old ones, are a promise
    that the service did not keep: they still call for a rebuild. State holds no snapshot of an
    instant cache, so for that one it is never known.
    """
    spec = as_observed(old.spec, seen)
    if seen.snapshot_id == old.snapshot_id or (old.spec.flash and not old.snapshot_id):
        unbuilt = [
            row.attribute
            for row in FIELDS
            if row.readable
            and row.change is Change.REBUILD
            and same(row, getattr(spec, row.attribute), getattr(wanted, row.attribute))
        ]
        spec = replace(spec, **{name: getattr(old.spec, name) for name in unbuilt})
    return State(spec, seen.status, seen.snapshot_id)


def drifted_inputs(
    inputs: Mapping[str, Any], old: ImageCacheSpec, seen: Observation
) -> dict[str, Any]:
    """Overlay the program's *inputs* with the fields that drifted, and with no others.

    Rebuilding all inputs from outputs would lose passwords.
    """
    overlaid = dict(inputs)
    now = as_observed(old, seen)
    for row, _ in differences(old, seen):
        value = _plain(now, row)
        if _is_empty(value):
            overlaid.pop(row.name, None)
        else:
            overlaid[row.name] = value
    return overlaid


def observed_spec(seen: Observation) -> ImageCacheSpec:
    """Describe an existing cache that no program declared, as far as the service shows it."""
    return ImageCacheSpec(
        images=seen.images or (),
        image_cache_name=seen.image_cache_name or "",
        resource_group_id=seen.resource_group_id or "",
        image_cache_size=seen.image_cache_size or ImageCacheSpec.image_cache_size,
        elimination_strategy=seen.elimination_strategy,
        tags={key: tag for key, tag in seen.tags.items() if key not in OWN_TAGS},
    )


UNSEEN = tuple(
    dict.fromkeys(
        row.name for row in FIELDS if not row.readable and row.change is not Change.METADATA
    )
)
"""What the service does not show of an existing cache, and what a rebuild or a replacement alone
could change: it is taken to be as wanted. All else is taken to be unset: sending it is free."""


def as_adopted(spec: ImageCacheSpec, seen: Observation) -> ImageCacheSpec:
    """Describe an existing cache that *spec* takes over, for the plan of the one update it may get.

    What `UNSEEN` names is taken to be as wanted. Tags of others stay theirs.
    """
    tags = {key: tag for key, tag in seen.tags.items() if key in spec.tags}
    return replace(assume(observed_spec(seen), spec, UNSEEN), tags=tags)


def assume(spec: ImageCacheSpec, wanted: ImageCacheSpec, names: Iterable[str]) -> ImageCacheSpec:
    """Take the properties *names* of *spec* to be as *wanted*."""
    taken = {name: getattr(wanted, name) for name in map(snake_case, names)}
    return replace(spec, **taken)


def imported_spec(seen: Observation, region: str) -> ImageCacheSpec:
    """Describe an existing cache that a program is about to declare."""
    return replace(
        observed_spec(seen),
        region=region,
        adoption=seen.tags.get(ADOPTED_TAG, ""),
        unseen=frozenset(
            row.name
            for row in FIELDS
            if row.name in UNSEEN
            and row.change is not Change.SILENT
            and not (row.derived or row.locates)
        ),
    )


def imported_inputs(spec: ImageCacheSpec) -> dict[str, Any]:
    """Return the arguments of a program that declares a cache as it is found; defaults left out."""
    values = ((row, _plain(spec, row)) for row in PROPERTIES if row.readable or row.locates)
    return {
        row.name: value for row, value in values if not _is_empty(value) and value != row.default
    }


def _plain(spec: ImageCacheSpec, row: Field) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value of a property as state has it: credentials without their passwords."""
    if row.kind is Kind.CREDENTIALS:
        return [{"server": server, "userName": user} for server, user in spec.registry_logins]
    value = getattr(spec, snake_case(row.name))
    if row.kind is Kind.CONNECTION:
        return _plain_object(value)
    if row.kind is Kind.ACR_INFOS:
        return [_plain_object(info) for info in value]
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def _plain_object(value: AcrRegistryInfo | ConnectionSpec) -> dict[str, Any]:
    members = ((camel_case(key), member) for key, member in asdict(value).items() if member)
    return {key: list(m) if isinstance(m, tuple) else m for key, m in members}


def _is_empty(value: object) -> bool:
    # Empty is what an absent property reads as; only numbers carry a default worth showing.
    return value is None or value is False or value in ("", 0, [], {})
