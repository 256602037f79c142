"""The benchmark of the pack measures two previews that find nothing."""

from __future__ import annotations

from pathlib import Path

from bench import policy


def test_a_preview_with_each_pack_is_measured(engine: Path) -> None:
    measured = policy.measure(3, 1, engine)
    assert measured["resources"] == 3
    assert measured["floor_s"] > 0
    assert measured["ratio"] == round(measured["wall_s"] / measured["floor_s"], 3)
