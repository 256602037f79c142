"""Every engine test has its own state folder and its own local ECI API, so they run in parallel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from eci_emulator.server import running
from eci_emulator.settings import Settings
from tests.support.engine_fixture import engine, mark_engine_tests
from tests.support.pulumi_stack import PulumiStack

__all__ = ["engine"]  # a fixture, which pytest finds by name

BUILD_SECONDS = 0.4

one_door = pytest.mark.parametrize("stack", ["native"], indirect=True)
"""For behaviour of the core, which is the same in both providers: one run is enough."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder as one that needs the engine."""
    mark_engine_tests(items, Path(__file__).parent)


@pytest.fixture(params=["dynamic", "native"])
def stack(tmp_path: Path, engine: Path, request: pytest.FixtureRequest) -> Iterator[PulumiStack]:
    """A new stack on a new local ECI API, once for each provider.

    A test of one provider selects it with `@pytest.mark.parametrize("stack", ["native"],
    indirect=True)`.
    """
    with running(Settings(build_seconds=BUILD_SECONDS)) as api:
        yield PulumiStack(tmp_path, engine, api, native=request.param == "native").start()
