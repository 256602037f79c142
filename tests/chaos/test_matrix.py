"""After a kill at any boundary, `pulumi cancel` and the same command complete the operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_eci.model.fields import ADOPTED_TAG, PENDING_TAG
from tests.chaos.conftest import Begin
from tests.chaos.crash import crash
from tests.chaos.matrix import CELLS, THEIRS, Cell
from tests.support.pulumi_stack import PulumiStack


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_the_next_run_completes_a_killed_run(
    cell: Cell, begin: Begin, record_property: Callable[[str, object], None]
) -> None:
    stack = begin(cell.row.exists, native=cell.native)
    cell.row.edit(stack)
    crash(stack, cell.victims, cell.boundary, *cell.row.command)
    record_property("left", picture(stack))
    run = stack.run("cancel", "--yes")
    assert run.ok, run.text
    run = stack.run(*cell.row.command, "--yes", "--skip-preview")
    assert run.ok, run.text
    record_property("ended", picture(stack))
    check(stack, cell.row.wanted)


def check(stack: PulumiStack, wanted: int) -> None:
    """Check that the stack has exactly the *wanted* caches, and that foreign caches and tags are
    unchanged.
    """
    mine, in_state = caches(stack), stack.ids()
    assert {cache["id"] for cache in mine} == in_state
    assert len(mine) == wanted
    if wanted:
        stack.up("--refresh", "--expect-no-changes")
    for cache in mine:
        declared = stack.caches["web"]["args"]
        assert cache["status"] == "Ready"
        assert list(cache["images"]) == declared["images"]
        assert cache["retention_days"] == declared.get("retention_days")
        foreign = {"owner"} if cache["id"] == THEIRS else set()
        assert set(cache["tags"]) - {ADOPTED_TAG, PENDING_TAG} == foreign | set(declared["tags"])


def caches(stack: PulumiStack) -> list[dict[str, Any]]:
    """Return all caches, without the foreign cache unless the stack adopted it."""
    in_state = stack.ids()
    return [c for c in stack.service.caches() if c["id"] != THEIRS or THEIRS in in_state]


def picture(stack: PulumiStack) -> str:
    """Describe the existing caches, for the table."""
    in_state = stack.ids()
    shown = [
        cache["status"]
        + (" with the pending tag" if PENDING_TAG in cache["tags"] else "")
        + ("" if cache["id"] in in_state else ", not in state")
        for cache in stack.service.caches()
        if cache["id"] != THEIRS or THEIRS in in_state or ADOPTED_TAG in cache["tags"]
    ]
    return "; ".join(sorted(shown)) or "nothing"
