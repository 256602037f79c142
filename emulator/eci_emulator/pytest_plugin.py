"""A pytest fixture that serves a local ECI API.

In a `conftest.py`::

    pytest_plugins = ["eci_emulator.pytest_plugin"]

Each test that uses the fixture `eci_emulator` gets its own local ECI, with `.url` and `.emulator`.
Override the fixture `eci_emulator_settings` to change the settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eci_emulator.server import running
from eci_emulator.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eci_emulator.server import RunningEmulator


@pytest.fixture
def eci_emulator_settings() -> Settings:
    """Return the settings of the fixture `eci_emulator`: a build takes a tenth of a second."""
    return Settings(build_seconds=0.1)


@pytest.fixture
def eci_emulator(eci_emulator_settings: Settings) -> Iterator[RunningEmulator]:
    """Serve a local ECI API for the duration of a test."""
    with running(eci_emulator_settings) as emulator:
        yield emulator
