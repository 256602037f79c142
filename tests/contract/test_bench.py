"""The benchmark of the local API measures the right things. The other server is not needed here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.load import load
from bench.memory import watching
from bench.servers import Ours, serving
from tests.support.until import until


@pytest.mark.parametrize("strict", [True, False])
def test_each_request_is_answered_over_kept_alive_connections(strict: bool) -> None:
    ours = Ours(strict=strict)
    with serving(ours, resources=3) as server:
        requests = [ours.listing(server.address) for _ in range(40)]
        measured = load(server.address, requests, connections=4, seconds=20)
    assert (measured.answers, measured.connections) == (40, 4)
    assert measured.rate > 0
    assert server.start_seconds > 0


def test_a_refused_request_is_not_a_result() -> None:
    with serving(Ours(strict=True), resources=1) as server:
        unsigned = Ours(strict=False).listing(server.address)
        with pytest.raises(RuntimeError, match="answered 400"):
            load(server.address, [unsigned], connections=1, seconds=20)


@pytest.mark.skipif(not Path("/proc").exists(), reason="the bench reads Linux's /proc")
def test_the_memory_of_a_plugin_is_found_by_its_pulumi_home(tmp_path: Path) -> None:
    program = "import time; held = b'1' * (80 << 20); time.sleep(60)"
    (tmp_path / "pulumi").mkdir()
    (tmp_path / "pulumi" / "__init__.py").touch()
    (tmp_path / "pulumi" / "dynamic.py").write_text(program)
    command = [sys.executable, "-m", "pulumi.dynamic", "address"]
    home = tmp_path / "home"
    with watching(home) as peak, watching(tmp_path / "other") as other:
        process = subprocess.Popen(command, cwd=tmp_path, env={"PULUMI_HOME": str(home)})
        try:
            until(lambda: (peak.rss_mib or 0) > 80, "the memory is seen")
        finally:
            process.kill()
            process.wait()
    assert peak.threads == 1
    assert other.rss_mib is None
