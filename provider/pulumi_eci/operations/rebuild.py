"""A rebuild must be seen: an accepted request is a promise, and the service may not keep it."""

from __future__ import annotations

from dataclasses import replace

from pulumi_eci.api.errors import EciError
from pulumi_eci.model.fields import FIELDS, Change
from pulumi_eci.model.spec import ImageCacheSpec
from pulumi_eci.model.state import UPDATE_FAILED, Observation, State, as_observed, same
from pulumi_eci.operations import messages
from pulumi_eci.operations.attempt import Attempt

REBUILD_GRACE = 30.0
"""Seconds within which an accepted rebuild must be seen to begin."""


def await_rebuilt(attempt: Attempt, before: Observation, old: ImageCacheSpec) -> None:
    """Wait until a rebuild was seen to begin (Updating, or another snapshot) and to end."""
    clock = attempt.service.clock
    late = clock.now() + REBUILD_GRACE
    moved = False

    def done(seen: Observation) -> bool:
        nonlocal moved
        moved = moved or not seen.settled or _build_marks(seen) != _build_marks(before)
        return seen.settled and (moved or clock.now() >= late)

    attempt.settle_ready(done)
    if not moved:
        # So that the next `up` tries again, also where the service shows the new images.
        attempt.spec = _with_old_build(attempt.spec, old)
        attempt.seen = attempt.seen and replace(attempt.seen, images=None, image_cache_size=None)
        why = "the service accepted the request, but status and snapshot did not change"
        raise EciError(messages.not_rebuilt(attempt.cache_id, why))


def _build_marks(seen: Observation) -> tuple[object, ...]:
    """What another build leaves behind: a snapshot, or another failure."""
    failed = seen.status == UPDATE_FAILED
    return seen.snapshot_id, failed, failed and seen.deciding_event


def as_state(old: State, seen: Observation, wanted: ImageCacheSpec) -> State:
    """Make the state true to what was seen, but for a build that never was.

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


def _with_old_build(spec: ImageCacheSpec, old: ImageCacheSpec) -> ImageCacheSpec:
    built = [row.attribute for row in FIELDS if row.change is Change.REBUILD]
    return replace(spec, **{name: getattr(old, name) for name in built})
