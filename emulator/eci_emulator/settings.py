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
        data: The SQLite file that keeps the state; None keeps it in memory.
        build_seconds: Duration of a build.
        delete_seconds: Time that a deleted cache stays listed with `delete_removal=asynchronous`.
        clock_scale: Speed of the clock, in seconds per second.
        manual_clock: Whether the clock moves only by the control API.
        access_keys: Secrets by access key ID.
        security_tokens: STS tokens by access key ID; such a key needs its token.
        verify_signatures: Whether requests must be signed.
        regions: The regions that exist; None accepts any.
        quota: Largest number of image caches in a region.
        default_limit: The page size of a request without a Limit.
        max_limit: The largest page size.
        failing_images: Patterns of images whose pull fails.
        pull_errors: Reasons of failing images by pattern; the default is "not found".
        image_sizes: Image sizes in GiB by pattern; other images have a generated size.
        journal_size: Number of requests that the journal keeps.
        switches: Undocumented behaviour of the service.
        faults: Initial faults, in the form of the control API.
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
