"""An image cache as the emulator stores it, and its JSON form.

The request and the result of the latest build are stored. Status, progress and events are derived
from the clock (`eci_emulator.lifecycle`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

Status = Literal["Preparing", "Creating", "Ready", "Failed", "Updating", "UpdateFailed"]
STATUSES: tuple[Status, ...] = (
    "Preparing",
    "Creating",
    "Ready",
    "Failed",
    "Updating",
    "UpdateFailed",
)


@dataclass(frozen=True)
class Credential:
    """A registry credential. Only a hash of the password is stored, to detect changes."""

    server: str
    user_name: str
    password_sha256: str


@dataclass(frozen=True)
class AcrRegistry:
    """An Enterprise Edition instance of Container Registry."""

    instance_id: str
    instance_name: str | None = None
    region_id: str | None = None
    domains: tuple[str, ...] = ()
    arn_service: str | None = None
    arn_user: str | None = None


@dataclass(frozen=True)
class Event:
    """An event of a cache."""

    time: float
    type: Literal["Normal", "Warning"]
    reason: str
    message: str


@dataclass(frozen=True)
class Failure:
    """The reason why a build will fail, decided when the build starts."""

    image: str
    reason: str
    message: str


@dataclass(frozen=True)
class Build:
    """One run that pulls the images and makes a snapshot."""

    kind: Literal["create", "update"]
    started: float
    seconds: float
    snapshot_id: str
    flash_snapshot_id: str | None = None
    failure: Failure | None = None
    images: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cache:
    """An image cache. Optional values are None when they were never given."""

    id: str
    region: str
    name: str
    created: float
    build: Build
    container_group_id: str
    images: tuple[str, ...] = ()
    size: int = 20
    retention_days: int | None = None
    retention_from: float = 0.0
    elimination_strategy: str | None = None
    resource_group_id: str | None = None
    security_group_id: str | None = None
    vswitch_id: str | None = None
    zone_id: str | None = None
    eip_instance_id: str | None = None
    auto_match_image_cache: bool = False
    flash: bool = False
    standard_copy_count: int | None = None
    flash_copy_count: int | None = None
    insecure_registry: str | None = None
    plain_http_registry: str | None = None
    annotations: str | None = None
    os_type: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    credentials: tuple[Credential, ...] = ()
    acr_registries: tuple[AcrRegistry, ...] = ()
    # Results of earlier builds.
    snapshot_id: str | None = None
    events: tuple[Event, ...] = ()
    last_matched: float | None = None
    # Set by the control API only: a status that no longer follows the clock.
    pinned_status: Status | None = None
    # Set while an asynchronous deletion is under way.
    deleted_at: float | None = None


def encode(cache: Cache) -> str:
    """Write a cache as JSON."""
    return json.dumps(cache, default=vars, ensure_ascii=False)


@lru_cache(maxsize=4096)  # clients poll, so the same documents are read again and again
def decode(document: str) -> Cache:
    """Read a cache from the output of `encode`."""
    raw: dict[str, Any] = json.loads(document)
    build = raw["build"]
    if build["failure"]:
        build["failure"] = Failure(**build["failure"])
    build["images"] = tuple(build["images"])
    raw["build"] = Build(**build)
    raw["images"] = tuple(raw["images"])
    raw["events"] = tuple(Event(**event) for event in raw["events"])
    raw["credentials"] = tuple(Credential(**each) for each in raw["credentials"])
    raw["acr_registries"] = tuple(
        AcrRegistry(**(each | {"domains": tuple(each["domains"])}))
        for each in raw["acr_registries"]
    )
    return Cache(**raw)
