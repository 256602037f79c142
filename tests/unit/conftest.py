"""Fixtures of the unit tests: a lifecycle, and a Hypothesis profile without a deadline.

A busy machine must not fail a property test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support.cloud import Cloud
from tests.support.memory import make_emulator

settings.register_profile("unit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unit")


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """Return a lifecycle on a fresh emulator."""
    cloud = Cloud(make_emulator())
    yield cloud
    cloud.emulator.close()


@pytest.fixture
def cloud_with() -> Iterator[Callable[..., Cloud]]:
    """Return a function that creates lifecycles on emulators with given settings and switches."""
    made: list[Cloud] = []

    def make(**settings: Any) -> Cloud:  # noqa: ANN401 - fields of Settings
        made.append(Cloud(make_emulator(**settings)))
        return made[-1]

    yield make
    for cloud in made:
        cloud.emulator.close()
