"""What holds for every test."""

from __future__ import annotations

import signal

import pytest

# A shell ignores SIGINT for what it runs in the background, and every child would inherit that: the
# engine could no longer interrupt its plugins, nor a test a command.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)  # the folders mark their tests before
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take the longest, so that no worker has one left at the end."""
    items.sort(key=lambda item: item.get_closest_marker("engine") is None)
