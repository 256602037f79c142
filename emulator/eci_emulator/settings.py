"""Everything that can be set when the emulator starts."""

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
    """How the emulator behaves.

    Attributes:
        host: The address to listen on.
        port: The port to listen on; 0 lets the system choose one.
        data: The SQLite file that keeps the state; None keeps it in memory.
        build_seconds: How long it takes to build an image cache.
        delete_seconds: How long a deleted cache stays listed under `delete_removal=asynchronous`.
        clock_scale: How many seconds pass per second.
        manual_clock: Whether time stands still unless the control API moves it.
        access_keys: Secrets by access key ID.
        security_tokens: STS tokens by access key ID; such a key needs its token.
        verify_signatures: Whether requests must be signed.
        regions: The regions that exist; None accepts any.
        quota: How many image caches a region may hold.
        default_limit: The page size when a request names none.
        max_limit: The largest page size.
        failing_images: Patterns of images whose pull fails.
        pull_errors: Why, by pattern, an image of `failing_images` fails; others are not found.
        image_sizes: Image sizes in GiB by pattern; other images have an invented size.
        journal_size: How many requests the journal keeps.
        switches: What the service does where no document says.
        faults: Faults that are there from the start, as the control API takes them.
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
