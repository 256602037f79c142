"""Diff over gRPC: the kind of a change, and the line on the resource's row."""

from __future__ import annotations

import pytest
from pulumi.runtime.proto import provider_pb2

from eci_emulator.core import Emulator
from tests.support.fake_engine import FakeEngine
from tests.support.provider_process import WEB, Properties, Provider, inputs

SOME = provider_pb2.DiffResponse.DIFF_SOME
NONE = provider_pb2.DiffResponse.DIFF_NONE
# After DIFF_UNKNOWN the engine compares the inputs itself and finds the change too. Then it can
# apply replace_on_changes, which needs the names of the properties.
CHANGED = {SOME, provider_pb2.DiffResponse.DIFF_UNKNOWN}
ID = "imc-1"


def state(**changes: object) -> Properties:
    """Return the outputs of a Ready cache."""
    numbers = {"imageCacheSize": 20, "standardCopyCount": 1, "flashCopyCount": 1}
    return {**inputs(), **numbers, "status": "Ready", "snapshotId": "s-1", **changes}


def test_no_change_causes_no_diff_and_no_line(provider: Provider, engine: FakeEngine) -> None:
    reply = provider.diff(ID, state(), inputs())
    assert (reply.changes, list(reply.replaces)) == (NONE, [])
    assert engine.lines == []


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"retentionDays": 9}, "retentionDays: update in place, the snapshot stays"),
        ({"tags": {"team": "web"}}, "resource tags: update in place, the snapshot stays"),
        ({"images": ["nginx:1.28"]}, "images: rebuild in place (same id, new snapshot)"),
        ({"imageCacheSize": 40}, "imageCacheSize: rebuild in place (same id, new snapshot)"),
    ],
)
def test_the_line_says_whether_a_change_in_place_rebuilds(
    provider: Provider, engine: FakeEngine, changes: Properties, line: str
) -> None:
    reply = provider.diff(ID, state(), inputs(**changes), old_inputs=inputs())
    assert reply.changes in CHANGED
    assert list(reply.replaces) == []
    assert engine.texts(WEB) == [line]


def test_the_row_says_that_replace_on_changes_needs_a_new_cache(
    provider: Provider, engine: FakeEngine
) -> None:
    provider.check(inputs(images=["nginx:1.28"]), inputs())
    provider.diff(ID, state(), inputs(images=["nginx:1.28"]), old_inputs=inputs())
    provider.check(inputs(images=["nginx:1.28"]))  # the engine's second check of a replacement
    assert "needs a new cache" in engine.texts(WEB)[-1]


def test_drift_that_the_inputs_do_not_show_is_a_diff(provider: Provider) -> None:
    news = inputs(tags={"team": "web"})
    reply = provider.diff(ID, state(tags={"team": "ops"}), news, old_inputs=news)
    assert (reply.changes, list(reply.replaces)) == (SOME, [])


def test_a_change_that_replaces_names_its_properties(
    provider: Provider, engine: FakeEngine
) -> None:
    reply = provider.diff(ID, state(), inputs(region="cn-beijing", zoneId="z", retentionDays=9))
    assert reply.changes in CHANGED
    assert list(reply.replaces) == ["region", "zoneId"]
    assert not reply.deleteBeforeReplace
    assert engine.texts(WEB) == ["region, zoneId: needs a new cache"]


def test_the_line_is_on_the_row_of_the_resource(provider: Provider, engine: FakeEngine) -> None:
    urn = "urn:pulumi:dev::shop::my:Shop$pulumi-python:dynamic/eci:ImageCache::inner"
    provider.diff(ID, state(), inputs(retentionDays=9), urn=urn)
    (line,) = engine.lines
    assert (line.urn, line.severity, line.ephemeral) == (urn, "INFO", True)


@pytest.mark.parametrize(
    ("status", "changes", "replaces"),
    [
        ("Ready", NONE, []),
        ("UpdateFailed", SOME, []),
        ("Creating", SOME, []),
        ("Updating", SOME, []),
        ("Failed", SOME, ["status"]),
    ],
)
def test_a_cache_that_is_not_ready_has_a_diff(
    provider: Provider, status: str, changes: int, replaces: list[str]
) -> None:
    reply = provider.diff(ID, state(status=status), inputs())
    assert (reply.changes, list(reply.replaces)) == (changes, replaces)


def test_a_rotated_password_changes_nothing(provider: Provider, engine: FakeEngine) -> None:
    logins = [{"server": "registry.example.com", "userName": "robot"}]
    news = inputs(imageRegistryCredentials=[{**logins[0], "password": "a-new-one"}])
    reply = provider.diff(ID, state(registryLogins=logins), news)
    assert reply.changes == NONE
    assert engine.lines == []


def test_diff_makes_no_call_to_the_cloud(provider: Provider, eci: Emulator) -> None:
    provider.diff(ID, state(), inputs(images=["nginx:1.28"], zoneId="z"))
    assert eci.journal.entries() == []
