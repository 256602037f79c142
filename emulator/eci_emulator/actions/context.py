"""The context of an operation: state, time and settings."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eci_emulator.errors import not_found

if TYPE_CHECKING:
    from eci_emulator.model import Cache
    from eci_emulator.settings import Settings
    from eci_emulator.store import Store
    from eci_emulator.switches import Switches


@dataclass(frozen=True)
class Context:
    """One request's view of the emulator."""

    store: Store
    settings: Settings
    switches: Switches
    now: float
    region: str

    def find(self, cache_id: str) -> Cache | None:
        """Return a cache of the request's region."""
        cache = self.store.get(cache_id)
        return cache if cache is not None and cache.region == self.region else None

    def fetch(self, cache_id: str) -> Cache:
        """Return a cache of the request's region, or refuse with 404."""
        cache = self.find(cache_id)
        if cache is None:
            raise not_found("ImageCacheId", cache_id)
        return cache


def new_id(prefix: str) -> str:
    """Return a fresh ID in the vendor's form: a prefix and 20 characters."""
    return f"{prefix}-{uuid.uuid4().hex[:20]}"
