"""Fixtures of the emulator's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eci_emulator.server import running
from eci_emulator.settings import Settings
from tests.emulator.driver import Driver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eci_emulator.server import RunningEmulator


@pytest.fixture
def eci() -> Iterator[Driver]:
    """Return an emulator in process whose builds take ten seconds and whose clock stands still."""
    driver = Driver()
    yield driver
    driver.emulator.close()


@pytest.fixture
def loose() -> Iterator[RunningEmulator]:
    """Serve an emulator over HTTP that does not verify signatures and whose clock stands still."""
    with running(Settings(verify_signatures=False, manual_clock=True)) as server:
        yield server
