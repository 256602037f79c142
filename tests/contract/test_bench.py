"""The benchmark of the local API measures what it says, as far as that takes no other server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.load import load
from bench.memory import watching
from bench.plots import in_batches
from bench.report import table
from bench.servers import Moto, Ours, serving
from tests.support.until import until


@pytest.mark.parametrize("strict", [True, False])
def test_each_request_is_answered_over_kept_connections(strict: bool) -> None:
    ours = Ours(strict=strict)
    with serving(ours, resources=3) as server:
        requests = [ours.listing(server.address) for _ in range(40)]
        measured = load(server.address, requests, connections=4, seconds=20)
    assert (measured.answers, measured.connections) == (40, 4)
    assert measured.rate > 0
    assert server.start_seconds > 0


def test_a_request_that_is_refused_is_no_result() -> None:
    with serving(Ours(strict=True), resources=1) as server:
        unsigned = Ours(strict=False).listing(server.address)
        with pytest.raises(RuntimeError, match="answered 400"):
            load(server.address, [unsigned], connections=1, seconds=20)


def test_without_moto_it_says_what_to_do() -> None:
    if Moto(sys.executable).version() is not None:
        pytest.skip("moto is installed here")
    command = [sys.executable, "-m", "bench", "emulator", "--json"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "pip install 'moto[server]'" in result.stderr
    assert (result.stdout, result.stderr.count("\n")) == ("", 1)


# -- the report

ROWS = [
    {"caches": 1, "build_seconds": 20.0, "wall_s": 24.0, "floor_s": 3.0, "ratio": 1.04},
    {"caches": 100, "build_seconds": 20.0, "wall_s": 27.0, "floor_s": 5.0, "ratio": 1.08},
]
MACHINE = {"cpus": 2, "system": "Linux x86_64", "python": "3.12.1"}


def test_the_table_has_a_row_for_each_number_of_caches() -> None:
    text = table({"machine": MACHINE, "scale": ROWS})
    assert "One run on 2 CPUs (Linux x86_64, Python 3.12.1)" in text
    assert "| caches | build_seconds | wall_s | floor_s | ratio |" in text
    assert "| 100 | 20.0 | 27.0 | 5.0 | 1.08 |" in text


@pytest.mark.parametrize(
    ("caches", "workers", "seconds"), [(1, 4, 25), (4, 4, 25), (5, 4, 45), (100, 10, 205)]
)
def test_workers_take_a_batch_after_the_other_in_theory(
    caches: int, workers: int, seconds: float
) -> None:
    assert in_batches(caches, workers, ROWS[1]) == seconds


@pytest.mark.skipif(not Path("/proc").exists(), reason="the bench reads Linux's /proc")
def test_the_memory_of_a_plugin_process_is_found_by_its_home(tmp_path: Path) -> None:
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
