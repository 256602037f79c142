"""Every engine test has its own state folder and its own local ECI API, so they run in parallel."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from eci_emulator.server import running
from eci_emulator.settings import Settings
from tests.support.pulumi_stack import PulumiStack

BUILD_SECONDS = 0.4


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder as one that needs the engine."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="session")
def engine() -> Path:
    """The folder with the Pulumi engine; `make test` names it, and fails if a test was skipped."""
    folder = os.environ.get("ECI_TEST_ENGINE")
    if not folder:
        pytest.skip("no Pulumi engine: run `make test`, or set ECI_TEST_ENGINE (see `make engine`)")
    return Path(folder)


@pytest.fixture
def stack(tmp_path: Path, engine: Path) -> Iterator[PulumiStack]:
    """A new stack on a new local ECI API."""
    with running(Settings(build_seconds=BUILD_SECONDS)) as api:
        yield PulumiStack(tmp_path, engine, api).start()
