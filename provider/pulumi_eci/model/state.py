"""What the service shows of a cache, and what Pulumi's state holds.

State holds nothing volatile (Progress, LastMatchedTime, ExpireDateTime, the temporary flash
snapshot), so that `pulumi refresh --expect-no-changes` is a drift check.
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
EVICTED = "Evicted"  # the provider's own: the cache is gone, and on_missing is ignore

SETTLED = frozenset({READY, FAILED, UPDATE_FAILED})
"""Statuses that do not change by themselves. Operations wait while a cache has any other status."""

_ONCE_READY = frozenset({READY, UPDATE_FAILED, "Updating", EVICTED, ""})
"""Statuses after a build that succeeded. An old release wrote no status: ""."""

ADOPTION_OUTPUT = "adoption"
DIGESTS = "imageDigests"
"""The digest of each image's tag when the cache was last built, as far as known, by image."""
UNSEEN_OUTPUT = "__unseen"
"""Properties of an imported cache whose values are not known until an update sends them. The engine
hides keys that begin with `__`."""

OUTPUT_NAMES = ("status", "snapshotId", "containerGroupId", LOGINS_OUTPUT, ADOPTION_OUTPUT, DIGESTS)
"""The outputs that are no inputs of the program."""


@dataclass(frozen=True)
class Event:
    """One entry of `Events[]`: what happened while images were pulled."""

    type: str = ""
    reason: str = ""
    message: str = ""
    last_timestamp: str = ""

    def __str__(self) -> str:
        """Return the event in a line. Many messages begin with their reason."""
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
        """The progress of a build in percent; None if the service shows no number."""
        match = re.fullmatch(r"\s*(\d{1,3})\s*%?\s*", self.progress)
        return int(match[1]) if match else None

    @property
    def deciding_event(self) -> Event | None:
        """The event to show: the latest one.

        Of a failed build, the latest warning whose cause is recognised, or else the latest warning.
        """
        ordered = sorted(self.events, key=lambda event: event.last_timestamp)
        warnings = [event for event in ordered if self.failed and event.type == "Warning"]
        recognised = [event for event in warnings if advise(event.message)]
        return next(reversed(recognised or warnings or ordered), None)


@dataclass(frozen=True)
class State:
    """What Pulumi's state holds of a cache: the spec, the status and the snapshot."""

    spec: ImageCacheSpec
    status: str
    snapshot_id: str

    @property
    def was_ready(self) -> bool:
        """Whether a build of the cache ever succeeded, as far as known."""
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
    """Return the outputs: *spec* with what was *seen*, without passwords and empty values.

    Args:
        spec: What is wanted.
        seen: What the service shows; None if that is not known.
        status: The status to write if *seen* is None.
    """
    if seen is not None:
        spec = with_observed(spec, seen)
    outputs = {row.output_name: _plain(spec, row) for row in PROPERTIES}
    outputs[ADOPTION_OUTPUT] = spec.adoption
    outputs[UNSEEN_OUTPUT] = sorted(spec.unseen)
    outputs["status"] = seen.status if seen else status
    # A flash cache is Ready before its regular snapshot exists, whose id would come as drift.
    outputs["snapshotId"] = seen.snapshot_id if seen and not spec.flash else ""
    outputs["containerGroupId"] = seen.container_group_id if seen else ""
    return {
        name: value
        for name, value in outputs.items()
        if not _is_empty(value) or (name in _ANY_JSON and value is not None)
    }


_ANY_JSON = frozenset(row.name for row in FIELDS if row.kind is Kind.JSON)
"""Properties whose empty values are in state, too."""


def with_observed(spec: ImageCacheSpec, seen: Observation) -> ImageCacheSpec:
    """Return *spec* with the value of every readable field that was *seen* to differ.

    Tags that the spec does not name belong to others and are left out.
    """
    found = {row.attribute: value for row, value in differences(spec, seen)}
    return replace(spec, **found)


def differences(spec: ImageCacheSpec, seen: Observation) -> list[tuple[Field, Any]]:
    """Return the readable fields of *seen* that differ from *spec*, with the values of *seen*."""
    found = []
    for row in FIELDS:
        if not row.readable:
            continue
        wanted, shown = getattr(spec, row.attribute), getattr(seen, row.attribute)
        if row.kind is Kind.TAGS:
            shown = {key: shown[key] for key in wanted if key in shown}
        if row.kind is Kind.IMAGES and shown is not None:
            # Images that are as wanted keep the spelling and the order of the program.
            shown = tuple(in_order_of(wanted, spelled_like(wanted, shown)))
        unasked = row.service_chooses and wanted == row.default
        if shown is not None and not unasked and not equal(row, wanted, shown):
            found.append((row, shown))
    return found


def equal(row: Field, one: Any, other: Any) -> bool:  # noqa: ANN401 - a field of any kind
    """Whether two values of a field are equal.

    Images have no order and several spellings. An unknown digest differs from no other.
    """
    if row.absent_is_unknown and not (one and other):
        return True
    if row.kind is Kind.IMAGES:
        return set(map(identity, one)) == set(map(identity, other))
    if row.kind is Kind.DIGESTS:
        return not moved_images(one, other)
    if row.kind is Kind.JSON:
        return bool(_canonical(one) == _canonical(other))
    return bool(one == other)


def moved_images(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Return the images whose tags have another digest than before."""
    known = by_identity(old)
    return [i for i, digest in new.items() if known.get(identity(i), digest) != digest]


def _canonical(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Make JSON values comparable: 1 equals 1.0, but true does not equal 1."""
    if isinstance(value, Mapping):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    return (isinstance(value, bool), value)


def refreshed_state(old: State, seen: Observation, wanted: ImageCacheSpec) -> State:
    """Return the state with what was *seen*, except for a build that never happened.

    If the service shows the *wanted* images or size on the old snapshot, the service accepted an
    update and did not rebuild: the old values stay in the state, and still require a rebuild. State
    holds no snapshot of a flash cache, so for a flash cache the old values always stay.
    """
    spec = with_observed(old.spec, seen)
    if seen.snapshot_id == old.snapshot_id or (old.spec.flash and not old.snapshot_id):
        unbuilt = [
            row.attribute
            for row in FIELDS
            if row.readable
            and row.change is Change.REBUILD
            and equal(row, getattr(spec, row.attribute), getattr(wanted, row.attribute))
        ]
        spec = replace(spec, **{name: getattr(old.spec, name) for name in unbuilt})
    return State(spec, seen.status, seen.snapshot_id)


def drifted_inputs(
    inputs: Mapping[str, Any], old: ImageCacheSpec, seen: Observation
) -> dict[str, Any]:
    """Return the program's *inputs* with the values of the fields that drifted.

    All other inputs stay as they are: outputs do not hold passwords.
    """
    overlaid = dict(inputs)
    now = with_observed(old, seen)
    for row, _ in differences(old, seen):
        value = _plain(now, row)
        if _is_empty(value):
            overlaid.pop(row.name, None)
        else:
            overlaid[row.name] = value
    return overlaid


def observed_spec(seen: Observation) -> ImageCacheSpec:
    """Return the spec of an existing cache, as far as the service shows the cache."""
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
"""Properties that the service does not show, and that only a rebuild or a replacement could change.
Of an existing cache they are assumed to be as wanted. Other hidden properties are assumed to be
unset: sending them costs nothing."""


def as_adopted(spec: ImageCacheSpec, seen: Observation) -> ImageCacheSpec:
    """Return the spec of an existing cache that *spec* adopts, for the plan of its one update.

    The properties of `UNSEEN` are assumed to be as wanted. Tags of others are left out.
    """
    tags = {key: tag for key, tag in seen.tags.items() if key in spec.tags}
    return replace(with_values_of(observed_spec(seen), spec, UNSEEN), tags=tags)


def with_values_of(
    spec: ImageCacheSpec, other: ImageCacheSpec, names: Iterable[str]
) -> ImageCacheSpec:
    """Return *spec* with the values that *other* has of the properties *names*."""
    taken = {name: getattr(other, name) for name in map(snake_case, names)}
    return replace(spec, **taken)


def imported_spec(seen: Observation, region: str) -> ImageCacheSpec:
    """Return the spec of an existing cache that `pulumi import` adds to state."""
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
    """Return the arguments of a program that declares a found cache, without defaults."""
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
    # An absent property reads as empty. Only defaults that are numbers are in state.
    return value is None or value is False or value in ("", 0, [], {})
