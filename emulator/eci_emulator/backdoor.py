"""Changes of the state without API calls, for tests: show all fields, seed, edit and remove.

Fields have the names of `eci_emulator.model.Cache`. A `status` that is set stays fixed until it is
set to null or the cache is rebuilt.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, TypeVar

from eci_emulator.actions.context import new_id
from eci_emulator.clock import timestamp
from eci_emulator.lifecycle import observe
from eci_emulator.model import STATUSES, AcrRegistry, Build, Cache, Credential, Event
from eci_emulator.wire import INT32

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeGuard

LATEST = 1e11  # seconds since the epoch
SEED_REGION = "cn-hangzhou"

_TEXTS = (
    "name",
    "elimination_strategy",
    "resource_group_id",
    "security_group_id",
    "vswitch_id",
    "zone_id",
    "eip_instance_id",
    "insecure_registry",
    "plain_http_registry",
    "annotations",
    "os_type",
    "container_group_id",
    "snapshot_id",
)
_INTEGERS = ("size", "retention_days", "standard_copy_count", "flash_copy_count")
_BOOLEANS = ("auto_match_image_cache", "flash")
_TIMES = ("created", "retention_from", "last_matched")
_NEVER_NULL = ("name", "container_group_id", "size", *_BOOLEANS, "created", "retention_from")

T = TypeVar("T")


def dump(cache: Cache, now: float) -> dict[str, Any]:
    """Return all fields of a cache, including fields that the API does not show."""
    seen = observe(cache, now)
    return {
        **asdict(cache),
        "status": seen.status,
        "progress": seen.progress,
        "snapshot_id": seen.snapshot_id,
        "flash_snapshot_id": seen.flash_snapshot_id,
        "events": [{**vars(event), "time": timestamp(event.time)} for event in seen.events],
        "expires": None if seen.expires is None else timestamp(seen.expires),
    }


def seed(raw: Mapping[str, Any], now: float) -> Cache:
    """Return a new cache that no API call created.

    Raises:
        ValueError: A field does not exist or has an invalid value.
    """
    given = dict(raw)
    region = given.pop("region", SEED_REGION)
    cache_id = given.pop("id", None) or new_id("imc")
    if not isinstance(region, str) or not isinstance(cache_id, str):
        raise ValueError("fields 'region' and 'id' are strings")  # noqa: TRY004 - one error type for input
    created = given.get("created", now)
    cache = Cache(
        id=cache_id,
        region=region,
        name="seeded",
        created=now,
        retention_from=created if isinstance(created, (int, float)) else now,
        build=Build("create", now, 0.0, new_id("s")),
        container_group_id=new_id("eci"),
        images=("nginx",),
    )
    return edit(cache, given, now)


def edit(cache: Cache, raw: Mapping[str, Any], now: float) -> Cache:
    """Return a cache with some fields changed.

    Raises:
        ValueError: A field does not exist or has an invalid value.
    """
    values: dict[str, Any] = {
        name: _read(name, value) for name, value in raw.items() if name != "status"
    }
    edited = replace(cache, **values)
    if edited.snapshot_id != cache.snapshot_id:  # of a finished build, the build's is shown
        build = replace(edited.build, snapshot_id=edited.snapshot_id or "")
        edited = replace(edited, build=build)
    return _pin(edited, raw["status"], now) if "status" in raw else edited


def _pin(cache: Cache, status: object, now: float) -> Cache:
    if status is None:
        return replace(cache, pinned_status=None)
    if status not in STATUSES:
        raise ValueError(f"field 'status' is null or one of {', '.join(STATUSES)}")
    seen = observe(cache, now)
    failed = status in {"Failed", "UpdateFailed"}
    mark = Event(now, "Warning", "Failed", f"The status was set to {status} by hand.")
    # Copy the build's results so far, so that the clock no longer changes them.
    snapshot_id = seen.snapshot_id or cache.build.snapshot_id
    return replace(
        cache,
        pinned_status=next(each for each in STATUSES if each == status),
        build=Build(cache.build.kind, now, 0.0, snapshot_id),
        snapshot_id=snapshot_id,
        events=(*seen.events, mark) if failed else seen.events,
    )


def _read(name: str, value: object) -> object:
    reader = _READERS.get(name)
    if reader is None:
        raise ValueError(f"unknown field {name!r}; known: {', '.join(EDITABLE)}")
    if value is None and name not in _NEVER_NULL:
        return _EMPTY.get(name)
    read = reader(value)
    if read is None:
        raise ValueError(f"field {name!r} cannot be {value!r}")
    return read


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _integer(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= INT32:
        return None
    return value


def _time(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < LATEST:
        return None
    return float(value)


def _texts(value: object) -> tuple[str, ...] | None:
    return tuple(value) if _are(value, str) else None


def _tags(value: object) -> dict[str, str] | None:
    if not isinstance(value, dict) or not _are([*value, *value.values()], str):
        return None
    return value


def _credentials(value: object) -> tuple[Credential, ...] | None:
    return tuple(map(_credential, value)) if _are(value, dict) else None


def _acr_registries(value: object) -> tuple[AcrRegistry, ...] | None:
    return tuple(map(_acr_registry, value)) if _are(value, dict) else None


def _are(value: object, kind: type[T]) -> TypeGuard[list[T]]:
    return isinstance(value, list) and all(isinstance(each, kind) for each in value)


def _credential(raw: Mapping[str, Any]) -> Credential:
    password = str(raw.get("password", ""))
    return Credential(
        str(raw.get("server", "")),
        str(raw.get("user_name", "")),
        hashlib.sha256(password.encode()).hexdigest(),
    )


def _acr_registry(raw: Mapping[str, Any]) -> AcrRegistry:
    try:
        return AcrRegistry(**{**raw, "domains": tuple(raw.get("domains", ()))})
    except TypeError:
        raise ValueError(f"field 'acr_registries' cannot hold {dict(raw)!r}") from None


_READERS: dict[str, Callable[[object], object]] = {
    **dict.fromkeys(_TEXTS, _text),
    **dict.fromkeys(_INTEGERS, _integer),
    **dict.fromkeys(_BOOLEANS, _boolean),
    **dict.fromkeys(_TIMES, _time),
    "images": _texts,
    "tags": _tags,
    "credentials": _credentials,
    "acr_registries": _acr_registries,
}
_EMPTY: dict[str, object] = {
    "images": (),
    "tags": {},
    "credentials": (),
    "acr_registries": (),
}
EDITABLE = (*_READERS, "status")
"""The fields that can be seeded and edited."""
