"""Every example runs, through the real engine against the local ECI API."""

from __future__ import annotations

from pathlib import Path

from tests.support.pulumi_stack import PulumiStack

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_quickstart(stack: PulumiStack) -> None:
    """The quickstart makes one Ready cache, exports it, and has nothing to do afterwards."""
    stack.program = (EXAMPLES / "quickstart" / "__main__.py").read_text()
    run = stack.up()
    assert "Ready after" in run.text
    assert stack.resource("web")["id"] in run.text
    assert stack.outputs("web")["snapshotId"] in run.text
    stack.up("--expect-no-changes")
    stack.destroy()
    assert stack.cloud() == []
