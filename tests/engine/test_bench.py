"""The benchmarks of scale measure the right things, here with few caches."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import noop, registry, scale


def test_scale_counts_the_calls_and_the_memory_of_one_up(engine: Path) -> None:
    result = scale.measure(30, 2.0, engine)
    floor = result["build_seconds"] + result["floor_s"]
    assert result["ratio"] == pytest.approx(result["wall_s"] / floor, abs=0.001)
    assert result["wall_s"] > 2.0
    assert 0 < result["describe_calls"] < 30
    assert result["api_calls"] >= 30 + result["describe_calls"]
    if Path("/proc").exists():
        assert 30 < result["max_rss_mib"] < 200
        assert 30 < result["max_threads"] < 128 + 32


def test_a_no_op_is_measured_against_the_same_number_of_resources(engine: Path) -> None:
    result = noop.measure(5, 1, engine)
    assert result["ratio"] == pytest.approx(result["wall_s"] / result["floor_s"], abs=0.001)
    assert 0 < result["state_bytes_per_resource"] <= 1024


@pytest.mark.registry
def test_the_requests_of_a_tracked_fleet_are_counted(engine: Path) -> None:
    result = registry.measure(25, 1, engine)
    assert (result["first_requests"], result["requests"]) == (1 + 2 * 25, 1 + 25)
    assert result["ratio"] == pytest.approx(result["wall_s"] / result["floor_s"], abs=0.001)
