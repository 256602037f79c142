"""Property tests: thousands of cases, the same in every run, with a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pulumi_eci.engine import log as engine_log


@pytest.fixture(autouse=True, scope="module")
def _no_engine() -> Iterator[None]:
    """Run without an engine: the provider takes its first argument as the engine's address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_log, "_engine", lambda: None)
        yield
