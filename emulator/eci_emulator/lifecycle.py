"""Status, progress and events of a cache at a given time. Pure functions of cache and time.

A build has three phases with fixed shares of its duration: resources are prepared, images are
pulled one after the other, and a snapshot is created. The words of events follow the two published
samples; the service's full list of events is not public.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eci_emulator.clock import DAY
from eci_emulator.model import Event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eci_emulator.model import Build, Cache, Status

PREPARED = 0.2
"""Share of a build after which the resources exist and pulls begin."""

PULLED = 0.6
"""Share of a build after which all images are pulled, and a flash cache can be used."""

ROUNDING = 1e-9  # against rounding errors: a quarter must be 25%, not 24%
WITHOUT_SNAPSHOT = ("Preparing", "Creating", "Failed")
KEPT_EVENTS = 50
FAILED_KEPT = DAY


@dataclass(frozen=True)
class Observation:
    """The fields of a cache that are computed from the time."""

    status: Status
    progress: str
    snapshot_id: str | None
    flash_snapshot_id: str | None
    events: tuple[Event, ...]
    expires: float | None


def observe(cache: Cache, now: float) -> Observation:
    """Return the computed fields of a cache."""
    status = status_at(cache, now)
    snapshot_id, flash_snapshot_id = _snapshots(cache, now)
    return Observation(
        status=status,
        progress=f"{_progress(cache, now)}%",
        snapshot_id=snapshot_id,
        flash_snapshot_id=flash_snapshot_id,
        events=events_at(cache, now),
        expires=expiry(cache, status),
    )


def status_at(cache: Cache, now: float) -> Status:
    """Return the status of a cache."""
    if cache.pinned_status is not None:
        return cache.pinned_status
    build = cache.build
    update = build.kind == "update"
    if build.failure is not None and now >= build_end(build):
        return "UpdateFailed" if update else "Failed"
    share = _share(build, now)
    if share >= 1 or (build.flash_snapshot_id and not build.failure and share >= PULLED):
        return "Ready"
    if update:
        return "Updating"
    return "Preparing" if share < PREPARED else "Creating"


def build_end(build: Build) -> float:
    """Return when a build ends. A failing build ends at the pull that fails."""
    if build.failure is None:
        return build.started + build.seconds
    return _pulled_at(build, build.images.index(build.failure.image))


def expiry(cache: Cache, status: Status) -> float | None:
    """Return when the service deletes an expired cache, or None for never."""
    if status == "Failed":
        return build_end(cache.build) + FAILED_KEPT
    if not cache.retention_days:
        return None
    return cache.retention_from + cache.retention_days * DAY


def removal(cache: Cache) -> float | None:
    """Return when a cache is removed, as known now.

    The result of a build is decided at its start, so the time can be stored.
    """
    if cache.deleted_at is not None:
        return cache.deleted_at
    if cache.pinned_status is None and cache.build.kind == "create" and cache.build.failure:
        return expiry(cache, "Failed")
    return expiry(cache, cache.pinned_status or "Ready")


def events_at(cache: Cache, now: float) -> tuple[Event, ...]:
    """Return the latest events, oldest first."""
    happened = (event for event in _build_events(cache.build) if event.time <= now)
    return (*cache.events, *happened)[-KEPT_EVENTS:]


def event_name(cache_id: str, cache_name: str, event: Event) -> str:
    """Return a stable name for an event, in the form of the published sample."""
    seed = f"{cache_id} {event.time} {event.message}".encode()
    return f"{cache_name}.{hashlib.sha256(seed).hexdigest()[:16]}"


def _snapshots(cache: Cache, now: float) -> tuple[str | None, str | None]:
    build = cache.build
    if cache.pinned_status in WITHOUT_SNAPSHOT:
        return None, None
    if build.failure is not None:
        return cache.snapshot_id, None
    share = _share(build, now)
    if share >= 1:
        return build.snapshot_id, None
    if build.flash_snapshot_id and share >= PULLED:
        # The regular snapshot of an earlier build has other images, so it is not shown.
        return None, build.flash_snapshot_id
    return cache.snapshot_id, None


def _progress(cache: Cache, now: float) -> int:
    build = cache.build
    if cache.pinned_status in WITHOUT_SNAPSHOT:
        return 0
    # Computed like the status, so that a Ready cache never shows 99%.
    share = _share(build, now if build.failure is None else min(now, build_end(build)))
    if share >= 1:
        return 100
    return min(99, int(max(0.0, share - PREPARED) / (1 - PREPARED) * 100 + ROUNDING))


def _share(build: Build, now: float) -> float:
    if build.seconds <= 0:
        return 1.0
    return min(1.0, max(0.0, (now - build.started) / build.seconds))


def _pulled_at(build: Build, index: int) -> float:
    share = PREPARED + (PULLED - PREPARED) * (index + 1) / len(build.images)
    return build.started + build.seconds * share


def _build_events(build: Build) -> Iterator[Event]:
    if not build.images:  # a seeded cache, or a change of metadata, pulls nothing
        return
    yield Event(build.started, "Normal", "Started", "Successfully check image cache resource.")
    begun = build.started + build.seconds * PREPARED
    for index, image in enumerate(build.images):
        ended = _pulled_at(build, index)
        yield Event(begun, "Normal", "Pulling", f"Start pull image {image}")
        if build.failure is not None and build.failure.image == image:
            yield Event(ended, "Warning", build.failure.reason, build.failure.message)
            return
        yield Event(ended, "Normal", "Pulled", f"Success pull image {image}")
        begun = ended
    if build.flash_snapshot_id:
        message = f"Success create local snapshot {build.flash_snapshot_id}"
        yield Event(ended, "Normal", "Created", message)
    end = build.started + build.seconds
    yield Event(end, "Normal", "Created", f"Success create snapshot {build.snapshot_id}")
