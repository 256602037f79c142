"""The clock that runs by itself: real, scaled, and moved by hand all the same."""

from __future__ import annotations

import time

from eci_emulator.clock import DAY, RealClock
from eci_emulator.core import Emulator
from eci_emulator.settings import Settings
from tests.support.until import until


def test_a_real_clock_tells_the_time_of_day() -> None:
    before = time.time()
    assert before <= RealClock().now() + 1 <= time.time() + 2


def test_a_moved_clock_goes_on_from_there() -> None:
    clock = RealClock()
    before = clock.now()
    clock.advance(30 * DAY)
    assert clock.now() >= before + 30 * DAY


def test_a_scaled_clock_builds_in_a_moment() -> None:
    emulator = Emulator(Settings(clock_scale=1e6, build_seconds=DAY))
    emulator.call(
        "CreateImageCache",
        {"RegionId": "cn-hangzhou", "ImageCacheName": "web", "Image.1": "nginx"},
    )
    until(lambda: emulator.caches()[0]["status"] == "Ready", "the end of the build")
    emulator.close()
