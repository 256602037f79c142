"""The settings of the emulator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eci_emulator.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT_ACCESS_KEYS = {"testid": "testsecret"}


@dataclass(frozen=True)
class Settings:
    """The settings of an emulator.

    Attributes:
        host: The address to listen on.
        port: The port to listen on; 0 lets the system choose one.
        data: The SQLite file for the state; None for a state in memory.
        build_seconds: Duration of a build.
        delete_seconds: How long a deleted cache is listed with `delete_removal=asynchronous`.
        clock_scale: Simulated seconds for each second.
        manual_clock: Whether only the control API advances the clock.
        access_keys: Secrets by access key id.
        security_tokens: Required STS tokens by access key id.
        verify_signatures: Whether requests must be signed.
        regions: The allowed regions; None allows all.
        quota: Most image caches in a region.
        default_limit: Page size of requests without Limit.
        max_limit: The largest page size.
        failing_images: Patterns of images that cannot be pulled.
        pull_errors: Reasons by pattern in `failing_images`; by default the image is not found.
        image_sizes: Image sizes in GiB by pattern; other images have a made-up size.
        journal_size: Number of requests in the journal.
        switches: Undocumented behaviour of the service.
        faults: Initial faults, in the format of the control API.
    """

    host: str = "127.0.0.1"
    port: int = 0
    data: Path | None = None
    build_seconds: float = 5.0
    delete_seconds: float = 1.0
    clock_scale: float = 1.0
    manual_clock: bool = False
    access_keys: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_ACCESS_KEYS))
    security_tokens: Mapping[str, str] = field(default_factory=dict)
    verify_signatures: bool = True
    regions: tuple[str, ...] | None = None
    quota: int = 500
    default_limit: int = 20
    max_limit: int = 100
    failing_images: tuple[str, ...] = ()
    pull_errors: Mapping[str, str] = field(default_factory=dict)
    image_sizes: Mapping[str, float] = field(default_factory=dict)
    journal_size: int = 1000
    switches: Switches = field(default_factory=Switches)
    faults: tuple[Mapping[str, Any], ...] = ()
