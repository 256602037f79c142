"""Create over gRPC: a Ready cache, or a partial result that keeps the cache in state."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from pulumi.runtime.proto.provider_pb2 import DiffResponse

from eci_emulator.core import Emulator
from tests.support.fake_engine import FakeEngine
from tests.support.provider_process import (
    BROKEN,
    WEB,
    CallFailedError,
    Provider,
    inputs,
    sent,
    urn_of,
)
from tests.support.until import until

LOGIN = {"server": "registry.example.com", "userName": "robot", "password": "hunter2-unique"}


def test_a_created_cache_is_ready(provider: Provider, eci: Emulator) -> None:
    cache_id, outputs = provider.create(inputs())
    (cache,) = eci.caches()
    assert (cache["id"], cache["status"]) == (cache_id, "Ready")
    assert outputs["status"] == "Ready"
    assert outputs["snapshotId"] == cache["snapshot_id"]
    assert outputs["containerGroupId"] == cache["container_group_id"]


def test_a_new_cache_has_no_changes(provider: Provider) -> None:
    news = inputs(
        images=["redis:7", "nginx:1.27", "redis:7"],
        tags={"team": "web", "empty": ""},
        retentionDays=7,
        eliminationStrategy="LRU",
        imageCacheSize=40,
        flash=True,
        autoMatchImageCache=False,
        standardCopyCount=2,
        imageRegistryCredentials=[LOGIN],
        acrRegistryInfos=[{"instanceId": "cri-1", "domains": ["a.example.com"], "arnUser": "acs"}],
        insecureRegistry="registry.example.com",
        rebuildTriggers=[1, {"a": None}],
    )
    cache_id, outputs = provider.create(news)
    assert provider.diff(cache_id, outputs, news).changes == DiffResponse.DIFF_NONE
    assert provider.update(cache_id, outputs, news) == outputs


def test_every_input_reaches_the_service(provider: Provider, eci: Emulator) -> None:
    acr = {"instanceId": "cri-1", "domains": ["a.example.com"], "arnUser": "acs:ram::1:role/r"}
    provider.create(
        inputs(
            images=["nginx:1.27", "redis:7"],
            zoneId="cn-hangzhou-k",
            eipInstanceId="eip-1",
            resourceGroupId="rg-1",
            imageCacheSize=40,
            retentionDays=7,
            eliminationStrategy="LRU",
            autoMatchImageCache=True,
            flash=True,
            standardCopyCount=2,
            flashCopyCount=3,
            tags={"team": "web"},
            imageRegistryCredentials=[LOGIN],
            acrRegistryInfos=[acr],
            insecureRegistry="a.example.com",
            plainHttpRegistry="b.example.com",
            annotations="{}",
        )
    )
    (request,) = sent(eci, "CreateImageCache")
    token = request.pop("ClientToken")
    assert 16 <= len(token) <= 64
    assert request.pop("Tag.2.Key") == "pulumi-eci-pending"
    assert re.fullmatch(r"[0-9a-f]{32}-[0-9a-f]{8}", request.pop("Tag.2.Value"))
    assert {name: value for name, value in request.items() if not name.startswith("Signature")} == {
        "RegionId": "cn-hangzhou",
        "ImageCacheName": "web-0123abc",
        "SecurityGroupId": "sg-1",
        "VSwitchId": "vsw-1",
        "Image.1": "nginx:1.27",
        "Image.2": "redis:7",
        "ZoneId": "cn-hangzhou-k",
        "EipInstanceId": "eip-1",
        "ResourceGroupId": "rg-1",
        "ImageCacheSize": "40",
        "RetentionDays": "7",
        "EliminationStrategy": "LRU",
        "AutoMatchImageCache": "True",
        "Flash": "True",
        "StandardCopyCount": "2",
        "FlashCopyCount": "3",
        "Tag.1.Key": "team",
        "Tag.1.Value": "web",
        "ImageRegistryCredential.1.Server": "registry.example.com",
        "ImageRegistryCredential.1.UserName": "robot",
        "ImageRegistryCredential.1.Password": "***",
        "AcrRegistryInfo.1.InstanceId": "cri-1",
        "AcrRegistryInfo.1.Domain.1": "a.example.com",
        "AcrRegistryInfo.1.ArnUser": "acs:ram::1:role/r",
        "InsecureRegistry": "a.example.com",
        "PlainHttpRegistry": "b.example.com",
        "Annotations": "{}",
    }


def test_progress_is_reported_on_the_row_of_the_resource(
    provider: Provider, engine: FakeEngine, eci: Emulator
) -> None:
    eci.configure(build_seconds=0.6)
    urn = urn_of("shop")
    provider.create(inputs(), urn=urn)
    texts = engine.texts(urn)
    assert len(engine.lines) == len(texts)
    assert all(line.ephemeral and line.severity == "INFO" for line in engine.lines)
    assert any(text.startswith(("Preparing", "Creating")) for text in texts)
    assert texts[-1].startswith("Ready after ")
    assert len(texts) == len(set(texts))


def test_the_row_of_a_cache_that_is_not_awaited_says_so(
    provider: Provider, engine: FakeEngine, eci: Emulator
) -> None:
    eci.configure(build_seconds=3600)
    provider.create(inputs(skipAwait=True))
    (text,) = engine.texts(WEB)
    assert text.startswith("Creating after ")
    assert text.endswith("(not waited for)")


def test_a_failed_build_is_a_partial_result_that_plans_a_replacement(
    provider: Provider, eci: Emulator
) -> None:
    news = inputs(images=[BROKEN], tags={"team": "web"})
    with pytest.raises(CallFailedError) as caught:
        provider.create(news)
    (cache,) = eci.caches()
    partial, message, kept = caught.value.partial, caught.value.message, caught.value.kept
    assert partial is not None
    assert (partial.id, list(partial.reasons)) == (cache["id"], [message])
    assert (kept["status"], kept["images"], kept["tags"]) == ("Failed", [BROKEN], {"team": "web"})
    assert message.startswith(f"the build of {cache['id']} ended Failed: ")
    assert "`pulumi up`" in message
    assert message.isprintable()
    assert list(provider.diff(partial.id, kept, news).replaces) == ["status"]


def test_a_build_slower_than_its_timeout_is_awaited_by_the_next_run(
    provider: Provider, eci: Emulator
) -> None:
    eci.configure(build_seconds=3600)
    news = inputs()
    with pytest.raises(CallFailedError) as caught:
        provider.create(news, timeout=0.3)
    (cache,) = eci.caches()
    partial = caught.value.partial
    assert partial is not None
    assert partial.id == cache["id"]
    assert caught.value.kept["status"] == "Preparing"
    assert "custom_timeouts" in caught.value.message
    eci.advance(3600)
    outputs = provider.update(partial.id, caught.value.kept, news)
    assert outputs["status"] == "Ready"
    assert outputs["snapshotId"]
    assert sent(eci, "UpdateImageCache") == []
    assert len(sent(eci, "CreateImageCache")) == 1


def test_a_cache_that_disappears_during_its_build_is_reported(
    provider: Provider, eci: Emulator, engine: FakeEngine
) -> None:
    eci.configure(build_seconds=3600)
    with ThreadPoolExecutor() as pool:
        call = pool.submit(provider.create, inputs(), timeout=20)
        until(lambda: engine.texts(WEB), "the cache was seen")
        eci.remove(eci.caches()[0]["id"])
        with pytest.raises(CallFailedError) as caught:
            call.result()
    assert caught.value.partial is None
    assert "no longer exists" in caught.value.message


def test_each_create_makes_a_new_cache(provider: Provider) -> None:
    assert len({provider.create(inputs(), urn=WEB)[0] for _ in range(2)}) == 2
