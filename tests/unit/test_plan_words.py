"""The text of a plan."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_eci.model.spec import RegistryCredential
from tests.support.plan_base import logins, plan_for, registries


def test_a_replacement_names_the_properties_that_force_it() -> None:
    assert plan_for(zone_id="", retention_days=1, annotations="").replaces == [
        "zoneId",
        "annotations",
    ]


def test_a_replacement_by_status_names_the_status() -> None:
    assert plan_for("Failed", retention_days=1).replaces == ["status"]


@pytest.mark.parametrize("edit", [{}, {"retention_days": 1}, {"images": ("redis",)}])
def test_a_change_in_place_forces_no_replacement(edit: dict[str, Any]) -> None:
    assert plan_for(**edit).replaces == []


@pytest.mark.parametrize(
    ("status", "edit", "expected"),
    [
        ("Ready", {}, False),
        ("Ready", {"retention_days": 1}, False),
        ("Ready", {"images": ("redis",)}, True),
        ("UpdateFailed", {}, True),
        ("Ready", {"zone_id": ""}, False),
    ],
)
def test_whether_a_plan_rebuilds(status: str, edit: dict[str, Any], expected: bool) -> None:
    assert plan_for(status, **edit).rebuilds is expected


def test_a_plan_knows_its_changed_properties() -> None:
    plan = plan_for(retention_days=1)
    assert (plan.changed("retentionDays"), plan.changed("images", "tags")) == (True, False)


def test_a_change_has_the_old_and_the_new_value() -> None:
    (change,) = plan_for(retention_days=30).changes
    assert (change.old, change.new, change.known) == (7, 30, True)


@pytest.mark.parametrize(
    ("status", "edit", "line"),
    [
        ("Ready", {}, "nothing to do"),
        ("Creating", {}, "still Creating: waits for Ready"),
        (
            "Ready",
            {"retention_days": 1, "tags": {}},
            "retentionDays, resource tags: update in place, the snapshot stays",
        ),
        (
            "Ready",
            {"images": ("redis",)},
            "images: rebuild in place (same id, new snapshot)",
        ),
        (
            "UpdateFailed",
            {},
            "status UpdateFailed: rebuild in place (same id, new snapshot)",
        ),
        ("Failed", {}, "status Failed: needs a new cache"),
        (
            "UpdateFailed",
            {"retention_days": 1},
            "status UpdateFailed: rebuild in place (same id, new snapshot)",
        ),
        (
            "UpdateFailed",
            {"images": ("redis",)},
            "status UpdateFailed, images: rebuild in place (same id, new snapshot)",
        ),
        ("Failed", {"images": ("redis",), "tags": {}}, "status Failed: needs a new cache"),
        ("Failed", {"zone_id": "z"}, "status Failed, zoneId: needs a new cache"),
        ("UpdateFailed", {"zone_id": "z", "tags": {}}, "zoneId: needs a new cache"),
        (
            "Ready",
            {"images": ("redis",), "tags": {}, "standard_copy_count": 9},
            "images, standardCopyCount: rebuild in place (same id, new snapshot)",
        ),
        (
            "Creating",
            {"tags": {}},
            "resource tags: update in place, the snapshot stays",
        ),
        (
            "Ready",
            registries(),
            "acrRegistryInfos: needs a new cache",
        ),
    ],
)
def test_the_text_of_a_plan(status: str, edit: dict[str, Any], line: str) -> None:
    assert str(plan_for(status, **edit)) == line


def test_a_plan_that_depends_on_unknown_values_says_so() -> None:
    unknown = plan_for(unknown=frozenset({"zoneId"}))
    assert str(unknown) == "zoneId: needs a new cache, if it changes at all (not known yet)"
    known = plan_for(unknown=frozenset({"zoneId"}), annotations="x")
    assert str(known) == "zoneId, annotations: needs a new cache"
    failed = plan_for("Failed", unknown=frozenset({"zoneId"}))
    assert str(failed) == "status Failed, zoneId: needs a new cache"


def test_a_plan_shows_no_password() -> None:
    plan = plan_for(**logins(RegistryCredential("c.example.com", "u", "pa55-w0rd")))
    assert "pa55-w0rd" not in f"{plan} {plan!r}"
    assert "hunter2" not in f"{plan} {plan!r}"


def test_inputs_show_a_change_if_they_differ_in_its_property() -> None:
    plan = plan_for(retention_days=30)
    assert plan.shown_by({"retentionDays": 7}, {"retentionDays": 30})
    assert not plan.shown_by({"retentionDays": 30}, {"retentionDays": 30})
    assert not plan.shown_by({"retentionDays": 30, "tags": 1}, {"retentionDays": 30})
    assert not plan.shown_by(None, {"retentionDays": 30})


def test_the_plan_of_an_evicted_cache_names_its_changes() -> None:
    plan = plan_for("Evicted", retention_days=30, on_missing="ignore")
    assert str(plan) == "status Evicted, retentionDays: needs a new cache"
    assert str(plan_for("Evicted")) == "status Evicted: needs a new cache"
