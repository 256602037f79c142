"""Starts builds: images to pull, their sizes, and failures."""

from __future__ import annotations

import zlib
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from eci_emulator.actions.context import new_id
from eci_emulator.model import Build, Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eci_emulator.actions.context import Context
    from eci_emulator.model import Cache
    from eci_emulator.settings import Settings

SMALLEST_MIB = 20
SPREAD_MIB = 880  # 20 invented images always fit into the default size


def start_build(
    context: Context, cache: Cache, kind: Literal["create", "update"], keep: str | None = None
) -> Build:
    """Return the build that a creation, or an update with images, starts now.

    Args:
        context: The request's view of the emulator.
        cache: The requested cache.
        kind: The cause of the build.
        keep: A snapshot ID to keep instead of a new one.
    """
    return Build(
        kind=kind,
        started=context.now,
        seconds=context.settings.build_seconds,
        snapshot_id=keep or new_id("s"),
        flash_snapshot_id=new_id("s") if cache.flash else None,
        failure=_failure(cache, context.settings),
        images=cache.images,
    )


def image_size(image: str, sizes: Mapping[str, float]) -> float:
    """Return an image's size in GiB: the configured size, or a made-up but constant size."""
    for pattern, size in sizes.items():
        if fnmatchcase(image, pattern):
            return size
    return (SMALLEST_MIB + zlib.crc32(image.encode()) % SPREAD_MIB) / 1024


def _failure(cache: Cache, settings: Settings) -> Failure | None:
    pulled = 0.0
    for image in cache.images:
        if any(fnmatchcase(image, pattern) for pattern in settings.failing_images):
            return Failure(image, "Failed", _pull_failed(image, settings.pull_errors))
        pulled += image_size(image, settings.image_sizes)
        if pulled > cache.size:
            return Failure(image, "Failed", _disk_full(image, cache.size))
    return None


def _pull_failed(image: str, reasons: Mapping[str, str]) -> str:
    told = (reason for pattern, reason in reasons.items() if fnmatchcase(image, pattern))
    return (
        f'Failed to pull image "{image}": rpc error: code = Unknown desc = failed to pull and '
        f'unpack image "{image}": '
        + next(told, f'failed to resolve reference "{image}": not found')
    )


def _disk_full(image: str, size: int) -> str:
    return (
        f'Failed to pull image "{image}": rpc error: code = Unknown desc = failed to extract '
        f"layer: no space left on device, the image cache size is {size} GiB"
    )
