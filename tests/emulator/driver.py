"""Short forms of the calls to an emulator in process, whose clock stands still."""

from __future__ import annotations

from typing import Any

import pytest

from eci_emulator.clock import ManualClock
from eci_emulator.core import Emulator
from eci_emulator.errors import ApiError
from eci_emulator.settings import Settings
from eci_emulator.switches import Switches

REGION = "cn-hangzhou"
BUILD_SECONDS = 10.0


class Driver:
    """An emulator in process, with the calls that nearly every test makes."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.emulator = Emulator(settings or Settings(build_seconds=BUILD_SECONDS), ManualClock())

    def call(self, action: str, **params: str) -> dict[str, Any]:
        """Run an operation in the default region; `Image_1` stands for `Image.1`."""
        sent = {"RegionId": REGION, **{k.replace("_", "."): v for k, v in params.items()}}
        return self.emulator.call(action, sent)

    def refuse(self, action: str, **params: str) -> ApiError:
        """Run an operation that must be refused, and return the refusal."""
        with pytest.raises(ApiError) as raised:
            self.call(action, **params)
        return raised.value

    def create(self, **params: str) -> str:
        """Start the creation of a cache and return its ID."""
        given = {"ImageCacheName": "web", **params}
        if not any(name.startswith("Image_") for name in given):
            given["Image_1"] = "nginx"
        return str(self.call("CreateImageCache", **given)["ImageCacheId"])

    def ready(self, **params: str) -> str:
        """Create a cache, let its build end, and return its ID."""
        cache_id = self.create(**params)
        self.advance(BUILD_SECONDS)
        return cache_id

    def update(self, cache_id: str, **params: str) -> dict[str, Any]:
        """Update a cache, by default with its present name."""
        given = {"ImageCacheName": "web", **params}
        return self.call("UpdateImageCache", ImageCacheId=cache_id, **given)

    def advance(self, seconds: float) -> None:
        """Move the time forward."""
        self.emulator.advance(seconds)

    def switch(self, **values: str) -> None:
        """Set switches."""
        self.emulator.configure(switches=Switches().with_values(values))

    def caches(self, **params: str) -> list[dict[str, Any]]:
        """List the caches of the default region."""
        found: list[dict[str, Any]] = self.call("DescribeImageCaches", **params)["ImageCaches"]
        return found

    def show(self, cache_id: str) -> dict[str, Any]:
        """Describe one cache."""
        (cache,) = self.caches(ImageCacheId=cache_id)
        return cache

    def stored(self, cache_id: str) -> dict[str, Any]:
        """Return a cache in full, including what the API never shows."""
        return next(each for each in self.emulator.caches() if each["id"] == cache_id)
