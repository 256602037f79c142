"""The benchmark of the local API measures what it says, as far as that takes no other server."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench.load import load
from bench.servers import Moto, Ours, serving


@pytest.mark.parametrize("strict", [True, False])
def test_each_request_is_answered_over_kept_connections(strict: bool) -> None:
    """All requests are accepted, also signed ones, and no connection is opened twice."""
    ours = Ours(strict=strict)
    with serving(ours, resources=3) as server:
        requests = [ours.listing(server.address) for _ in range(40)]
        measured = load(server.address, requests, connections=4, seconds=20)
    assert (measured.answers, measured.connections) == (40, 4)
    assert measured.rate > 0
    assert server.start_seconds > 0


def test_a_request_that_is_refused_is_no_result() -> None:
    """A server that refuses is not measured as a quick one."""
    with serving(Ours(strict=True), resources=1) as server:
        unsigned = Ours(strict=False).listing(server.address)
        with pytest.raises(RuntimeError, match="answered 400"):
            load(server.address, [unsigned], connections=1, seconds=20)


def test_without_moto_it_says_what_to_do() -> None:
    """An interpreter without moto is one clear line."""
    if Moto(sys.executable).version() is not None:
        pytest.skip("moto is installed here")
    command = [sys.executable, "-m", "bench", "emulator", "--json"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "pip install 'moto[server]'" in result.stderr
    assert (result.stdout, result.stderr.count("\n")) == ("", 1)
