"""The Pulumi engine for tests, and the marker of tests that need it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def engine() -> Path:
    """The folder of the Pulumi engine. `make test` sets the variable, and fails if a test was
    skipped.
    """
    folder = os.environ.get("ECI_TEST_ENGINE")
    if not folder:
        pytest.skip("no Pulumi engine: run `make test`, or set ECI_TEST_ENGINE (see `make engine`)")
    return Path(folder)


def mark_engine_tests(items: list[pytest.Item], folder: Path) -> None:
    """Mark every test of a folder with `engine`."""
    for item in items:
        if item.path.is_relative_to(folder):
            item.add_marker(pytest.mark.engine)
