"""Stacks for the crash tests. Each worker creates the initial stacks once; the tests copy them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import pytest

from eci_emulator.backdoor import EDITABLE
from eci_emulator.server import RunningEmulator, running
from eci_emulator.settings import Settings
from tests.chaos.matrix import IMAGES, TAGS, THEIRS
from tests.support.pulumi_stack import PulumiStack

BUILD_SECONDS = 0.4
SETTINGS = Settings(build_seconds=BUILD_SECONDS)

Beginning = tuple[bool, bool]
"""Whether the stack has a cache, and whether through the plugin."""


class Begin(Protocol):
    """Creates a stack in its own folder."""

    def __call__(self, exists: bool, *, native: bool = False) -> PulumiStack:
        """Create a stack with or without a cache, with the native or the dynamic provider."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.chaos)


@pytest.fixture(scope="session")
def engine() -> Path:
    """The folder with the Pulumi engine; `make chaos` names it."""
    folder = os.environ.get("ECI_TEST_ENGINE")
    if not folder:
        pytest.skip("no Pulumi engine: run `make chaos`")
    return Path(folder)


@pytest.fixture(scope="session")
def beginnings(
    tmp_path_factory: pytest.TempPathFactory, engine: Path
) -> Callable[[Beginning], tuple[PulumiStack, list[dict[str, Any]]]]:
    """Return a function that creates the initial stack and lists the caches of the service."""

    @cache
    def make(beginning: Beginning) -> tuple[PulumiStack, list[dict[str, Any]]]:
        exists, native = beginning
        folder = tmp_path_factory.mktemp("beginning")
        with running(SETTINGS) as api:
            stack = PulumiStack(folder, engine, api, native=native).start()
            if exists:
                stack.declare(images=IMAGES, tags=TAGS)
                stack.up()
            return stack, json.loads(json.dumps(api.emulator.caches()))

    return make


@pytest.fixture
def api() -> Iterator[RunningEmulator]:
    """A local ECI API with a cache that was created without the provider."""
    with running(SETTINGS) as api:
        theirs = {"id": THEIRS, "name": "theirs", "images": IMAGES, "tags": {"owner": "them"}}
        api.emulator.seed(theirs)
        yield api


@pytest.fixture
def begin(
    tmp_path: Path,
    api: RunningEmulator,
    beginnings: Callable[[Beginning], tuple[PulumiStack, list[dict[str, Any]]]],
) -> Begin:
    """Return a function that creates a stack in its own folder, with or without a cache."""

    def begin(exists: bool, *, native: bool = False) -> PulumiStack:
        made, caches = beginnings((exists, native))
        shutil.copytree(made.folder, tmp_path, dirs_exist_ok=True)
        stack = PulumiStack(tmp_path, made.engine, api, caches=deepcopy(made.caches), native=native)
        stack.environment["ECI_ENDPOINT"] = api.url  # takes precedence over the copied setting
        names = ("id", *EDITABLE)
        for found in caches:
            seed = {name: found[name] for name in names if name != "status" and found.get(name)}
            api.emulator.seed({**seed, "created": api.emulator.clock.now()})
        return stack

    return begin
