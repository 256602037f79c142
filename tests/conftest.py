"""Settings for all tests."""

from __future__ import annotations

import signal

import pytest

# A shell ignores SIGINT in background jobs, and child processes inherit this. Then the engine could
# not interrupt its plugins, nor a test a command.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)  # after the conftest.py of each folder has marked its tests
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest tests first, so that no worker starts one of them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("engine") is None)
