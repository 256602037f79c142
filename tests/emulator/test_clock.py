"""Clocks in real time, at a higher speed, and moved by hand."""

from __future__ import annotations

import time

from eci_emulator.clock import DAY, RealClock
from eci_emulator.core import Emulator
from eci_emulator.settings import Settings
from tests.support.until import until


def test_a_real_clock_shows_the_present_time() -> None:
    before = time.time()
    assert before <= RealClock().now() + 1 <= time.time() + 2


def test_a_real_clock_continues_from_the_time_it_is_moved_to() -> None:
    clock = RealClock()
    before = clock.now()
    clock.advance(30 * DAY)
    assert clock.now() >= before + 30 * DAY


def test_a_faster_clock_ends_a_build_early() -> None:
    emulator = Emulator(Settings(clock_scale=1e6, build_seconds=DAY))
    emulator.call(
        "CreateImageCache",
        {"RegionId": "cn-hangzhou", "ImageCacheName": "web", "Image.1": "nginx"},
    )
    until(lambda: emulator.caches()[0]["status"] == "Ready", "the end of the build")
    emulator.close()
