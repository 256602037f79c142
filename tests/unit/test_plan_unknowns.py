"""What a value that is not known yet may change."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_eci.model.fields import INPUT_NAMES
from pulumi_eci.model.parse import parse
from pulumi_eci.model.plan import Action, make_plan
from pulumi_eci.model.spec import UNKNOWN
from pulumi_eci.model.state import State

KNOWN: dict[str, Any] = {
    "region": "cn-hangzhou",
    "images": ["nginx"],
    "tags": {"team": "web"},
    "rebuildTriggers": {"run": 1},
}


SILENT = {"adopt", "skipAwait", "onMissing", "trackDigests"}


@pytest.mark.parametrize("name", sorted(SILENT))
def test_an_unknown_value_of_a_silent_property_changes_nothing(name: str) -> None:
    """Its value will not either."""
    old = State(parse(KNOWN).spec, "Ready", "s-1")
    assert make_plan(old, parse({**KNOWN, name: UNKNOWN}).spec).action is Action.KEEP


@pytest.mark.parametrize("name", [name for name in INPUT_NAMES if name not in SILENT])
def test_an_unknown_value_counts_as_changed(name: str) -> None:
    """Preview shows the most that may happen, as the field's class says."""
    old = State(parse(KNOWN).spec, "Ready", "s-1")
    plan = make_plan(old, parse({**KNOWN, name: UNKNOWN}).spec)
    assert {(change.name, change.known) for change in plan.changes} == {(name, False)}
    assert plan.action is not Action.KEEP


@pytest.mark.parametrize(
    ("name", "value"), [("images", ["nginx", UNKNOWN]), ("tags", {"team": UNKNOWN})]
)
def test_an_unknown_member_counts_as_a_change_of_its_property(name: str, value: object) -> None:
    """It may be the very one that was there."""
    old = State(parse(KNOWN).spec, "Ready", "s-1")
    plan = make_plan(old, parse({**KNOWN, name: value}).spec)
    assert plan.changed(name)
