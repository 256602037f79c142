"""Read, as the engine sees it: refresh finds drift and nothing else, and reading by id works."""

from __future__ import annotations

import pytest

from eci_emulator.core import Emulator
from tests.support.provider_process import CallFailedError, Properties, Provider, as_dict, inputs

LOGIN = {"server": "registry.example.com", "userName": "robot", "password": "hunter2-unique"}


def test_a_refresh_without_drift_changes_nothing(provider: Provider) -> None:
    news = inputs(tags={"team": "web"}, retentionDays=9, imageRegistryCredentials=[LOGIN])
    cache_id, outputs = provider.create(news)
    reply = provider.refresh(cache_id, outputs, news)
    assert reply.id == cache_id
    assert as_dict(reply.properties) == outputs
    assert not reply.HasField("inputs")  # the engine keeps its own


def test_drift_is_in_outputs_and_inputs(provider: Provider, eci: Emulator) -> None:
    news = inputs(tags={"team": "web"}, retentionDays=9, imageRegistryCredentials=[LOGIN])
    cache_id, outputs = provider.create(news)
    eci.edit(cache_id, {"elimination_strategy": "LRU", "tags": {"team": "ops", "owner": "ops"}})
    reply = provider.refresh(cache_id, outputs, news)
    drift = {"eliminationStrategy": "LRU", "tags": {"team": "ops"}}
    assert as_dict(reply.properties) == {**outputs, **drift}
    assert as_dict(reply.inputs) == {**news, **drift}
    assert as_dict(reply.inputs)["imageRegistryCredentials"] == [LOGIN]
    assert LOGIN["password"] not in str(reply.properties)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"status": "Ready"}, "Evicted"),
        ({"status": "UpdateFailed"}, "Evicted"),
        ({"status": "Evicted"}, "Evicted"),
        ({"status": "Failed", "snapshotId": ""}, None),
        ({"status": "Creating", "snapshotId": ""}, None),
    ],
    ids=lambda value: value["status"] if isinstance(value, dict) else "",
)
def test_of_caches_that_may_be_missing_those_that_once_were_ready_are_evicted(
    provider: Provider, eci: Emulator, before: Properties, after: str | None
) -> None:
    news = inputs(onMissing="ignore")
    cache_id, outputs = provider.create(news)
    eci.remove(cache_id)
    reply = provider.refresh(cache_id, {**outputs, **before}, news)
    assert as_dict(reply.properties).get("status") == after
    assert bool(reply.id) is (after is not None)


def test_a_gone_cache_has_no_id(provider: Provider, eci: Emulator) -> None:
    cache_id, outputs = provider.create(inputs())
    eci.remove(cache_id)
    assert provider.refresh(cache_id, outputs, inputs()).id == ""


def test_an_existing_cache_is_read_by_id(provider: Provider, eci: Emulator) -> None:
    (cache_id,) = eci.seed(
        {
            "name": "made-by-hand",
            "images": ["redis:7"],
            "size": 40,
            "elimination_strategy": "LRU",
            "tags": {"owner": "ops"},
        }
    )
    reply = provider.read_by_id(cache_id, {})
    outputs = as_dict(reply.properties)
    snapshot, group = outputs.pop("snapshotId"), outputs.pop("containerGroupId")
    assert (snapshot[:2], group[:4]) == ("s-", "eci-")
    assert reply.id == cache_id
    assert outputs == {
        "region": "cn-hangzhou",
        "images": ["redis:7"],
        "imageCacheName": "made-by-hand",
        "imageCacheSize": 40,
        "eliminationStrategy": "LRU",
        "tags": {"owner": "ops"},
        "standardCopyCount": 1,
        "flashCopyCount": 1,
        "status": "Ready",
    }


def test_a_cache_of_another_region_is_read_by_id(provider: Provider, eci: Emulator) -> None:
    (cache_id,) = eci.seed({"name": "far-away", "region": "cn-beijing"})
    reply = provider.read_by_id(cache_id, {"region": "cn-beijing"})
    assert reply.id == cache_id
    assert as_dict(reply.properties)["region"] == "cn-beijing"


def test_reading_an_unknown_id_is_an_error(provider: Provider) -> None:
    with pytest.raises(CallFailedError) as caught:
        provider.read_by_id("imc-nothing", {})
    assert caught.value.message == "imc-nothing does not exist in cn-hangzhou"
