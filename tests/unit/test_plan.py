"""What a change means: one row for each rule, an edit of one base state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pulumi_eci.fields import FIELDS, INPUT_NAMES, Change, Field
from pulumi_eci.parse import parse
from pulumi_eci.plan import Action, Plan, make_plan
from pulumi_eci.spec import (
    UNKNOWN,
    AcrRegistryInfo,
    ConnectionSpec,
    ImageCacheSpec,
    RegistryCredential,
)
from pulumi_eci.state import State

BASE = ImageCacheSpec(
    region="cn-hangzhou",
    images=("nginx:1.27", "redis:7"),
    image_cache_name="web",
    security_group_id="sg-1",
    vswitch_id="vsw-1",
    zone_id="cn-hangzhou-h",
    eip_instance_id="eip-1",
    resource_group_id="rg-1",
    image_cache_size=40,
    retention_days=7,
    elimination_strategy="LRU",
    auto_match_image_cache=True,
    flash=True,
    standard_copy_count=2,
    flash_copy_count=2,
    tags={"team": "web", "stage": "live"},
    image_registry_credentials=(
        RegistryCredential("a.example.com", "robot", "hunter2"),
        RegistryCredential("b.example.com", "robot", "hunter3"),
    ),
    acr_registry_infos=(
        AcrRegistryInfo("cri-1", "main", "cn-hangzhou", ("a", "b"), "role/s", "role/u"),
        AcrRegistryInfo("cri-2"),
    ),
    insecure_registry="10.0.0.1:5000",
    plain_http_registry="10.0.0.2:5000",
    annotations="{}",
    rebuild_triggers={"run": 1},
    connection=ConnectionSpec(profile="live", role_arn="acs:ram::1:role/deployer"),
)
FIRST_LOGIN, SECOND_LOGIN = BASE.image_registry_credentials
FIRST_ACR, SECOND_ACR = BASE.acr_registry_infos

KEEP, METADATA, REBUILD, REPLACE = (
    Action.KEEP,
    Action.METADATA,
    Action.REBUILD,
    Action.REPLACE,
)


def logins(*credentials: RegistryCredential) -> dict[str, Any]:
    """Edit the registry credentials."""
    return {"image_registry_credentials": credentials}


def registries(*infos: AcrRegistryInfo) -> dict[str, Any]:
    """Edit the registry instances."""
    return {"acr_registry_infos": infos}


# Rule, what the program changes, what it costs, the attributes (of FIELDS) that changed.
Rule = tuple[str, dict[str, Any], Action, set[str]]
RULES: list[Rule] = [
    ("the same spec changes nothing", {}, KEEP, set()),
    # region
    ("another region replaces the cache", {"region": "cn-beijing"}, REPLACE, {"region"}),
    # images
    (
        "one more image rebuilds in place",
        {"images": ("nginx:1.27", "redis:7", "caddy:2")},
        REBUILD,
        {"images"},
    ),
    ("one image fewer rebuilds in place", {"images": ("redis:7",)}, REBUILD, {"images"}),
    (
        "another tag of an image rebuilds in place",
        {"images": ("nginx:1.28", "redis:7")},
        REBUILD,
        {"images"},
    ),
    (
        "the order of images changes nothing",
        {"images": ("redis:7", "nginx:1.27")},
        KEEP,
        set(),
    ),
    # metadata
    ("a new name is metadata", {"image_cache_name": "shop"}, METADATA, {"image_cache_name"}),
    (
        "another security group is metadata",
        {"security_group_id": "sg-2"},
        METADATA,
        {"security_group_id"},
    ),
    ("no security group is metadata", {"security_group_id": ""}, METADATA, {"security_group_id"}),
    ("another vSwitch is metadata", {"vswitch_id": "vsw-2"}, METADATA, {"vswitch_id"}),
    ("one more vSwitch is metadata", {"vswitch_id": "vsw-1,vsw-2"}, METADATA, {"vswitch_id"}),
    ("another EIP is metadata", {"eip_instance_id": "eip-2"}, METADATA, {"eip_instance_id"}),
    ("no EIP is metadata", {"eip_instance_id": ""}, METADATA, {"eip_instance_id"}),
    (
        "another resource group is metadata",
        {"resource_group_id": "rg-2"},
        METADATA,
        {"resource_group_id"},
    ),
    ("a longer retention is metadata", {"retention_days": 30}, METADATA, {"retention_days"}),
    ("a retention taken away is metadata", {"retention_days": 0}, METADATA, {"retention_days"}),
    (
        "LRU taken away is metadata",
        {"elimination_strategy": ""},
        METADATA,
        {"elimination_strategy"},
    ),
    (
        "another tag value is metadata",
        {"tags": {"team": "ops", "stage": "live"}},
        METADATA,
        {"tags"},
    ),
    (
        "one more tag is metadata",
        {"tags": {"team": "web", "stage": "live", "cost": "7"}},
        METADATA,
        {"tags"},
    ),
    ("a tag taken away is metadata", {"tags": {"team": "web"}}, METADATA, {"tags"}),
    (
        "the order of tags changes nothing",
        {"tags": {"stage": "live", "team": "web"}},
        KEEP,
        set(),
    ),
    # credentials
    (
        "a rotated password changes nothing",
        logins(replace(FIRST_LOGIN, password="rotated"), SECOND_LOGIN),
        KEEP,
        set(),
    ),
    (
        "another registry user is metadata",
        logins(replace(FIRST_LOGIN, user_name="human"), SECOND_LOGIN),
        METADATA,
        {"registry_logins"},
    ),
    (
        "another registry server is metadata",
        logins(replace(FIRST_LOGIN, server="c.example.com"), SECOND_LOGIN),
        METADATA,
        {"registry_logins"},
    ),
    (
        "a registry login taken away is metadata",
        logins(FIRST_LOGIN),
        METADATA,
        {"registry_logins"},
    ),
    (
        "the order of registry logins changes nothing",
        logins(SECOND_LOGIN, FIRST_LOGIN),
        KEEP,
        set(),
    ),
    # Container Registry
    (
        "another registry instance is metadata",
        registries(FIRST_ACR, AcrRegistryInfo("cri-3")),
        METADATA,
        {"acr_instances"},
    ),
    (
        "another name of a registry instance is metadata",
        registries(replace(FIRST_ACR, instance_name="other"), SECOND_ACR),
        METADATA,
        {"acr_instances"},
    ),
    (
        "another region of a registry instance is metadata",
        registries(replace(FIRST_ACR, region_id="cn-beijing"), SECOND_ACR),
        METADATA,
        {"acr_instances"},
    ),
    (
        "another domain of a registry instance is metadata",
        registries(replace(FIRST_ACR, domains=("a", "c")), SECOND_ACR),
        METADATA,
        {"acr_instances"},
    ),
    (
        "the order of domains changes nothing",
        registries(replace(FIRST_ACR, domains=("b", "a")), SECOND_ACR),
        KEEP,
        set(),
    ),
    (
        "the order of registry instances changes nothing",
        registries(SECOND_ACR, FIRST_ACR),
        KEEP,
        set(),
    ),
    (
        "another service role of a registry instance replaces the cache",
        registries(replace(FIRST_ACR, arn_service="role/t"), SECOND_ACR),
        REPLACE,
        {"acr_roles"},
    ),
    (
        "another user role of a registry instance replaces the cache",
        registries(replace(FIRST_ACR, arn_user=""), SECOND_ACR),
        REPLACE,
        {"acr_roles"},
    ),
    (
        "a registry instance with roles taken away replaces the cache",
        registries(SECOND_ACR),
        REPLACE,
        {"acr_instances", "acr_roles"},
    ),
    # rebuild
    ("a larger size rebuilds in place", {"image_cache_size": 60}, REBUILD, {"image_cache_size"}),
    ("a smaller size rebuilds in place", {"image_cache_size": 20}, REBUILD, {"image_cache_size"}),
    (
        "no reuse of layers rebuilds in place",
        {"auto_match_image_cache": False},
        REBUILD,
        {"auto_match_image_cache"},
    ),
    (
        "an ordinary cache for an instant one rebuilds in place",
        {"flash": False},
        REBUILD,
        {"flash"},
    ),
    (
        "one more copy of the snapshot rebuilds in place",
        {"standard_copy_count": 3},
        REBUILD,
        {"standard_copy_count"},
    ),
    (
        "one more copy of the local snapshot rebuilds in place",
        {"flash_copy_count": 3},
        REBUILD,
        {"flash_copy_count"},
    ),
    (
        "another trigger rebuilds in place",
        {"rebuild_triggers": {"run": 2}},
        REBUILD,
        {"rebuild_triggers"},
    ),
    (
        "triggers taken away rebuild in place",
        {"rebuild_triggers": None},
        REBUILD,
        {"rebuild_triggers"},
    ),
    (
        "a trigger that came back as a float changes nothing",
        {"rebuild_triggers": {"run": 1.0}},
        KEEP,
        set(),
    ),
    # replace
    ("another zone replaces the cache", {"zone_id": "cn-hangzhou-i"}, REPLACE, {"zone_id"}),
    ("no zone replaces the cache", {"zone_id": ""}, REPLACE, {"zone_id"}),
    (
        "another self-signed registry replaces the cache",
        {"insecure_registry": "10.0.0.9:5000"},
        REPLACE,
        {"insecure_registry"},
    ),
    (
        "another plain registry replaces the cache",
        {"plain_http_registry": ""},
        REPLACE,
        {"plain_http_registry"},
    ),
    ("other annotations replace the cache", {"annotations": ""}, REPLACE, {"annotations"}),
    # the connection
    (
        "another endpoint changes nothing",
        {"connection": replace(BASE.connection, endpoint="https://vpc.example.com")},
        KEEP,
        set(),
    ),
    (
        "another profile changes nothing",
        {"connection": replace(BASE.connection, profile="other")},
        KEEP,
        set(),
    ),
    (
        "another role of the same account changes nothing",
        {"connection": replace(BASE.connection, role_arn="acs:ram::1:role/other")},
        KEEP,
        set(),
    ),
    (
        "the account of the role by its id changes nothing",
        {"connection": replace(BASE.connection, account_id="1")},
        KEEP,
        set(),
    ),
    (
        "another account of the role replaces the cache",
        {"connection": replace(BASE.connection, role_arn="acs:ram::2:role/deployer")},
        REPLACE,
        {"account"},
    ),
    (
        "another account by its id replaces the cache",
        {"connection": replace(BASE.connection, account_id="2")},
        REPLACE,
        {"account"},
    ),
    ("an id to adopt changes nothing later", {"adopt": "imc-9"}, KEEP, set()),
    ("not to wait changes nothing", {"skip_await": True}, KEEP, set()),
    ("another choice about a missing cache changes nothing", {"on_missing": "ignore"}, KEEP, set()),
    # together
    (
        "metadata beside a rebuild is a rebuild",
        {"retention_days": 30, "images": ("redis:7",)},
        REBUILD,
        {"retention_days", "images"},
    ),
    (
        "whatever comes beside a replacement is a replacement",
        {"retention_days": 30, "images": ("redis:7",), "zone_id": ""},
        REPLACE,
        {"retention_days", "images", "zone_id"},
    ),
]


def plan_for(status: str = "Ready", **edit: Any) -> Plan:  # noqa: ANN401 - members of a spec
    """Plan the edit of a cache that is as BASE says."""
    return make_plan(State(BASE, status, "s-1"), replace(BASE, **edit))


@pytest.mark.parametrize(
    ("edit", "action", "changed"),
    [pytest.param(edit, action, changed, id=rule) for rule, edit, action, changed in RULES],
)
def test_rules(edit: dict[str, Any], action: Action, changed: set[str]) -> None:
    """The action, and exactly the fields that call for it."""
    plan = plan_for(**edit)
    classes = {row.attribute: (row.name, row.change) for row in FIELDS}
    assert plan.action is action
    assert {(change.name, change.change) for change in plan.changes} == {
        classes[attribute] for attribute in changed
    }


@pytest.mark.parametrize("row", FIELDS, ids=lambda row: row.attribute)
def test_every_row_of_the_table_has_a_rule_of_its_own(row: Field) -> None:
    """A new field needs a rule that changes it and nothing else."""
    if row.change is Change.SILENT:
        assert any(set(edit) == {row.attribute} and not changed for _, edit, _, changed in RULES)
    else:
        assert any(changed == {row.attribute} for _, _, _, changed in RULES)


def test_no_rule_appears_twice() -> None:
    """Rule names are the documentation."""
    names = [rule for rule, *_ in RULES]
    assert len(names) == len(set(names))


def test_a_trigger_of_true_is_not_one_of_1() -> None:
    """They are two values in JSON."""
    assert plan_for(rebuild_triggers={"run": True}).action is Action.REBUILD


# -- the status

STATUSES = [
    ("a Ready cache is kept", "Ready", {}, Action.KEEP),
    ("a Failed cache is replaced", "Failed", {}, Action.REPLACE),
    ("a cache whose update failed is rebuilt", "UpdateFailed", {}, Action.REBUILD),
    ("a cache that is being prepared is waited for", "Preparing", {}, Action.WAIT),
    ("a cache that is being created is waited for", "Creating", {}, Action.WAIT),
    ("a cache that is being updated is waited for", "Updating", {}, Action.WAIT),
    ("a status nobody has heard of is waited for", "Dreaming", {}, Action.WAIT),
    ("a state without a status is kept", "", {}, Action.KEEP),
    ("metadata on a failed update is a rebuild", "UpdateFailed", {"tags": {}}, Action.REBUILD),
    ("metadata on a Failed cache replaces it", "Failed", {"retention_days": 1}, Action.REPLACE),
    ("metadata outweighs a wait", "Creating", {"retention_days": 1}, Action.METADATA),
    ("a cache that nobody waits for is kept", "Creating", {"skip_await": True}, Action.KEEP),
    ("an evicted cache is made anew", "Evicted", {}, Action.REPLACE),
    ("an evicted cache that may be is kept", "Evicted", {"on_missing": "ignore"}, Action.KEEP),
    (
        "an evicted cache that may be is made anew for another trigger",
        "Evicted",
        {"on_missing": "ignore", "rebuild_triggers": {"run": 2}},
        Action.REPLACE,
    ),
    (
        "an evicted cache that may be is made anew for metadata",
        "Evicted",
        {"on_missing": "ignore", "retention_days": 1},
        Action.REPLACE,
    ),
    ("a replacement outweighs a failed update", "UpdateFailed", {"zone_id": ""}, Action.REPLACE),
]


@pytest.mark.parametrize(
    ("status", "edit", "action"),
    [pytest.param(status, edit, action, id=rule) for rule, status, edit, action in STATUSES],
)
def test_status_rules(status: str, edit: dict[str, Any], action: Action) -> None:
    """A cache that is not Ready is never unchanged."""
    assert plan_for(status, **edit).action is action


# -- values that are not known yet

KNOWN: dict[str, Any] = {
    "region": "cn-hangzhou",
    "images": ["nginx"],
    "tags": {"team": "web"},
    "rebuildTriggers": {"run": 1},
}


SILENT = {"adopt", "skipAwait", "onMissing"}


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


# -- what a plan tells


def test_a_replacement_names_the_properties_that_force_it() -> None:
    """The engine shows them."""
    assert plan_for(zone_id="", retention_days=1, annotations="").replaces == [
        "zoneId",
        "annotations",
    ]


def test_a_replacement_by_status_names_the_status() -> None:
    """Without a property, the engine would not replace."""
    assert plan_for("Failed", retention_days=1).replaces == ["status"]


@pytest.mark.parametrize("edit", [{}, {"retention_days": 1}, {"images": ("redis",)}])
def test_what_changes_in_place_forces_no_replacement(edit: dict[str, Any]) -> None:
    """The list is empty for every lesser action."""
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
def test_a_plan_rebuilds_or_not(status: str, edit: dict[str, Any], expected: bool) -> None:
    """Only then are the images sent."""
    assert plan_for(status, **edit).rebuilds is expected


def test_a_plan_can_be_asked_for_a_changed_property() -> None:
    """By its name in Pulumi."""
    plan = plan_for(retention_days=1)
    assert (plan.changed("retentionDays"), plan.changed("images", "tags")) == (True, False)


def test_a_change_holds_the_old_and_the_new_value() -> None:
    """For whoever wants to show them."""
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
            "retentionDays, tags: can be updated in place, the snapshot stays",
        ),
        (
            "Ready",
            {"images": ("redis",)},
            "images: can be rebuilt in place (same id, new snapshot)",
        ),
        (
            "UpdateFailed",
            {},
            "status UpdateFailed: can be rebuilt in place (same id, new snapshot)",
        ),
        ("Failed", {}, "status Failed: needs a new cache"),
        (
            "UpdateFailed",
            {"retention_days": 1},
            "status UpdateFailed: can be rebuilt in place (same id, new snapshot)",
        ),
        (
            "UpdateFailed",
            {"images": ("redis",)},
            "status UpdateFailed, images: can be rebuilt in place (same id, new snapshot)",
        ),
        ("Failed", {"images": ("redis",), "tags": {}}, "status Failed: needs a new cache"),
        ("Failed", {"zone_id": "z"}, "status Failed, zoneId: needs a new cache"),
        ("UpdateFailed", {"zone_id": "z", "tags": {}}, "zoneId: needs a new cache"),
        (
            "Ready",
            {"images": ("redis",), "tags": {}, "standard_copy_count": 9},
            "images, standardCopyCount: can be rebuilt in place (same id, new snapshot)",
        ),
        (
            "Creating",
            {"tags": {}},
            "tags: can be updated in place, the snapshot stays",
        ),
        (
            "Ready",
            registries(),
            "acrRegistryInfos: needs a new cache",
        ),
    ],
)
def test_a_plan_is_a_few_words(status: str, edit: dict[str, Any], line: str) -> None:
    """What it means for a running system, and what decides that: a property with two rows is named
    once, one that is merely taken along is not.
    """
    assert str(plan_for(status, **edit)) == line


def test_a_plan_that_hangs_on_unknown_values_says_so() -> None:
    """In a preview they count as changed, and may turn out to be the same."""
    unknown = plan_for(unknown=frozenset({"zoneId"}))
    assert str(unknown) == "zoneId: needs a new cache, if it changes at all (not known yet)"
    known = plan_for(unknown=frozenset({"zoneId"}), annotations="x")
    assert str(known) == "zoneId, annotations: needs a new cache"
    failed = plan_for("Failed", unknown=frozenset({"zoneId"}))
    assert str(failed) == "status Failed, zoneId: needs a new cache"


def test_a_plan_shows_no_password() -> None:
    """Neither in its words nor in its changes."""
    plan = plan_for(**logins(RegistryCredential("c.example.com", "u", "pa55-w0rd")))
    assert "pa55-w0rd" not in f"{plan} {plan!r}"
    assert "hunter2" not in f"{plan} {plan!r}"


def test_inputs_show_a_change_when_they_differ_in_it() -> None:
    """Then the engine may find out by itself which properties changed."""
    plan = plan_for(retention_days=30)
    assert plan.shown_by({"retentionDays": 7}, {"retentionDays": 30})
    assert not plan.shown_by({"retentionDays": 30}, {"retentionDays": 30})
    assert not plan.shown_by({"retentionDays": 30, "tags": 1}, {"retentionDays": 30})
    assert not plan.shown_by(None, {"retentionDays": 30})


def test_the_plan_of_an_evicted_cache_names_its_changes() -> None:
    """A new cache is made, and the row says why."""
    plan = plan_for("Evicted", retention_days=30, on_missing="ignore")
    assert str(plan) == "status Evicted, retentionDays: needs a new cache"
    assert str(plan_for("Evicted")) == "status Evicted: needs a new cache"
