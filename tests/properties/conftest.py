"""Property tests: thousands of cases, the same ones in every run, on a time moved by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pulumi_eci.engine import log as engine_log


@pytest.fixture(autouse=True, scope="module")
def _no_engine() -> Iterator[None]:
    """Nobody listens to progress: the provider takes its first argument for the address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_log, "_engine", lambda: None)
        yield
