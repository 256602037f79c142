"""The effect of a cache's status on its plan."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_eci.model.plan import Action
from tests.support.plan_base import plan_for

STATUSES = [
    ("a Ready cache is kept", "Ready", {}, Action.KEEP),
    ("a Failed cache is replaced", "Failed", {}, Action.REPLACE),
    ("a cache whose update failed is rebuilt", "UpdateFailed", {}, Action.REBUILD),
    ("a cache that is being prepared is awaited", "Preparing", {}, Action.WAIT),
    ("a cache that is being created is awaited", "Creating", {}, Action.WAIT),
    ("a cache that is being updated is awaited", "Updating", {}, Action.WAIT),
    ("an unknown status is awaited", "Dreaming", {}, Action.WAIT),
    ("a state without a status is kept", "", {}, Action.KEEP),
    ("metadata on a failed update is a rebuild", "UpdateFailed", {"tags": {}}, Action.REBUILD),
    ("metadata on a Failed cache replaces it", "Failed", {"retention_days": 1}, Action.REPLACE),
    ("metadata is sent before a wait", "Creating", {"retention_days": 1}, Action.METADATA),
    ("a cache with skipAwait is kept", "Creating", {"skip_await": True}, Action.KEEP),
    ("an evicted cache is recreated", "Evicted", {}, Action.REPLACE),
    (
        "an evicted cache that may be missing is kept",
        "Evicted",
        {"on_missing": "ignore"},
        Action.KEEP,
    ),
    (
        "an evicted cache that may be missing is recreated for another trigger",
        "Evicted",
        {"on_missing": "ignore", "rebuild_triggers": {"run": 2}},
        Action.REPLACE,
    ),
    (
        "an evicted cache that may be missing is recreated for metadata",
        "Evicted",
        {"on_missing": "ignore", "retention_days": 1},
        Action.REPLACE,
    ),
    (
        "a replacement takes precedence over a failed update",
        "UpdateFailed",
        {"zone_id": ""},
        Action.REPLACE,
    ),
]


@pytest.mark.parametrize(
    ("status", "edit", "action"),
    [pytest.param(status, edit, action, id=rule) for rule, status, edit, action in STATUSES],
)
def test_status_rules(status: str, edit: dict[str, Any], action: Action) -> None:
    assert plan_for(status, **edit).action is action
