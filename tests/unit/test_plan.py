"""The plan of a change: one row for each rule, with an edit of one base state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pulumi_eci.model.fields import FIELDS, Change, Field
from pulumi_eci.model.plan import Action, make_plan
from pulumi_eci.model.spec import ConnectionSpec
from pulumi_eci.model.state import State
from tests.support.plan_base import BASE, KEEP, METADATA, REBUILD, RECORD, REPLACE, Rule, plan_for
from tests.support.plan_registry_rules import REGISTRY_RULES

NOWHERE = ConnectionSpec()
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
        "order and spelling of images change nothing",
        {"images": ("index.docker.io/library/redis:7", "docker.io/nginx:1.27")},
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
    *REGISTRY_RULES,
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
    (
        "a tag that moved rebuilds in place",
        {"image_digests": {**BASE.image_digests, "redis:7": "sha256:" + "3" * 64}},
        REBUILD,
        {"image_digests"},
    ),
    (
        "a tag that moved under another spelling rebuilds in place",
        {"image_digests": {"docker.io/library/redis:7": "sha256:" + "3" * 64}},
        REBUILD,
        {"image_digests"},
    ),
    (
        "digests under other spellings change nothing",
        {"image_digests": {f"docker.io/{i}": d for i, d in BASE.image_digests.items()}},
        KEEP,
        set(),
    ),
    ("an image without a known digest is recorded", {"image_digests": {}}, RECORD, set()),
    ("to ask registries changes nothing", {"track_digests": True}, KEEP, set()),
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
    ("an account that is no longer named changes nothing", {"connection": NOWHERE}, KEEP, set()),
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


@pytest.mark.parametrize(
    ("edit", "action", "changed"),
    [pytest.param(edit, action, changed, id=rule) for rule, edit, action, changed in RULES],
)
def test_rules(edit: dict[str, Any], action: Action, changed: set[str]) -> None:
    plan = plan_for(**edit)
    classes = {row.attribute: (row.name, row.change) for row in FIELDS}
    assert plan.action is action
    assert {(change.name, change.change) for change in plan.changes} == {
        classes[attribute] for attribute in changed
    }


@pytest.mark.parametrize("row", FIELDS, ids=lambda row: row.attribute)
def test_every_row_of_the_table_has_a_rule(row: Field) -> None:
    if row.change is Change.SILENT:
        assert any(set(edit) == {row.attribute} and not changed for _, edit, _, changed in RULES)
    else:
        assert any(changed == {row.attribute} for _, _, _, changed in RULES)


def test_no_rule_appears_twice() -> None:
    names = [rule for rule, *_ in RULES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", [{"account_id": "2"}, {"role_arn": "acs:ram::2:role/deployer"}])
def test_naming_the_account_for_the_first_time_changes_nothing(name: dict[str, str]) -> None:
    old = State(replace(BASE, connection=NOWHERE), "Ready", "s-1")
    assert make_plan(old, replace(BASE, connection=ConnectionSpec(**name))).action is Action.KEEP


def test_the_trigger_true_differs_from_1() -> None:
    assert plan_for(rebuild_triggers={"run": True}).action is Action.REBUILD
