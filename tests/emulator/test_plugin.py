"""The fixture for test suites of other projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import eci_emulator.pytest_plugin
from tests.emulator.client import call, control

if TYPE_CHECKING:
    from eci_emulator.server import RunningEmulator

# A test module may import the fixtures by name instead of using `pytest_plugins`.
eci_emulator_settings = eci_emulator.pytest_plugin.eci_emulator_settings
served = eci_emulator.pytest_plugin.eci_emulator


def test_the_fixture_serves_an_emulator(served: RunningEmulator) -> None:
    assert control(served.url, "GET", "/health").json == {"status": "ok"}
    assert call(served.url, "DescribeImageCaches").json["Code"] == "MissingAccessKeyId"
    assert served.emulator.settings.build_seconds == 0.1
