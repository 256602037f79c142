"""Stacks that run with the policy pack, each on a local ECI API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from eci_emulator.server import running
from eci_emulator.settings import Settings
from tests.support.engine_fixture import engine, mark_engine_tests
from tests.support.policy_stack import PolicyStack

__all__ = ["engine"]  # a fixture, which pytest finds by name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder as one that needs the engine."""
    mark_engine_tests(items, Path(__file__).parent)


@pytest.fixture
def stack(tmp_path: Path, engine: Path) -> Iterator[PolicyStack]:
    """A new stack."""
    with running(Settings(build_seconds=0.1)) as api:
        made = PolicyStack(tmp_path, engine, api)
        made.start()
        yield made
