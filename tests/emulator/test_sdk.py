"""The vendor's Python SDK can call the local API, signatures included."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_eci20180808 import models
from alibabacloud_eci20180808.client import Client
from alibabacloud_tea_openapi.exceptions import ClientException, ThrottlingException
from alibabacloud_tea_openapi.models import Config

from eci_emulator.server import running
from eci_emulator.settings import Settings
from eci_emulator.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eci_emulator.server import RunningEmulator

REGION = "cn-hangzhou"
DEADLINE_SECONDS = 20


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset the proxy: the SDK uses it even for loopback."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[RunningEmulator]:
    """Serve an emulator with short builds that verifies signatures."""
    with running(Settings(build_seconds=0.1)) as emulator:
        yield emulator


def client(server: RunningEmulator, **changes: str | None) -> Client:
    """Return the SDK's client for an emulator."""
    given = {
        "access_key_id": "testid",
        "access_key_secret": "testsecret",
        "endpoint": server.url.removeprefix("http://"),
        "protocol": "http",
        **changes,
    }
    return Client(Config(**given))


def creation() -> models.CreateImageCacheRequest:
    """Return a creation with values that are hard to encode."""
    return models.CreateImageCacheRequest(
        region_id=REGION,
        image_cache_name="web",
        image=["nginx:1.27", "registry.example/a/b@sha256:" + "0" * 64],
        tag=[models.CreateImageCacheRequestTag(key="k 1", value="v&=2*~+/ü")],
        flash=False,
        image_registry_credential=[
            models.CreateImageCacheRequestImageRegistryCredential(
                server="registry.example", user_name="me", password="p&=s *~+/ü%"
            )
        ],
    )


def describe(sdk: Client, cache_id: str) -> Any:  # noqa: ANN401 - the vendor ships no types
    """Describe one cache; None if it is gone."""
    request = models.DescribeImageCachesRequest(region_id=REGION, image_cache_id=cache_id)
    caches = sdk.describe_image_caches(request).body.image_caches
    return caches[0] if caches else None


def wait_until_ready(sdk: Client, cache_id: str) -> Any:  # noqa: ANN401 - the vendor ships no types
    """Describe a cache until it is Ready."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while (cache := describe(sdk, cache_id)).status != "Ready":
        assert time.monotonic() < deadline, cache.status
    return cache


def test_the_full_life_of_a_cache(server: RunningEmulator) -> None:
    sdk = client(server)
    created = sdk.create_image_cache(creation()).body
    first = wait_until_ready(sdk, created.image_cache_id)
    assert (first.progress, first.container_group_id) == ("100%", created.container_group_id)
    assert [(tag.key, tag.value) for tag in first.tags] == [("k 1", "v&=2*~+/ü")]
    assert first.images == creation().image
    assert first.events[0].reason == "Started"

    update = models.UpdateImageCacheRequest(
        region_id=REGION,
        image_cache_id=created.image_cache_id,
        image_cache_name="web",
        image=["nginx:1.28"],
        elimination_strategy="LRU",
    )
    assert sdk.update_image_cache(update).body.request_id
    second = wait_until_ready(sdk, created.image_cache_id)
    assert (second.images, second.elimination_strategy) == (["nginx:1.28"], "LRU")
    assert second.snapshot_id != first.snapshot_id

    untag = models.UntagResourcesRequest(
        region_id=REGION,
        resource_type="ImageCache",
        resource_id=[created.image_cache_id],
        tag_key=["k 1"],
    )
    sdk.untag_resources(untag)
    assert describe(sdk, created.image_cache_id).tags == []

    delete = models.DeleteImageCacheRequest(region_id=REGION, image_cache_id=created.image_cache_id)
    sdk.delete_image_cache(delete)
    assert describe(sdk, created.image_cache_id) is None
    assert server.emulator.caches() == []


def test_the_older_signature(server: RunningEmulator) -> None:
    sdk = client(server, signature_algorithm="v2")
    created = sdk.create_image_cache(creation()).body
    assert describe(sdk, created.image_cache_id).image_cache_name == "web"


@pytest.mark.parametrize("style", [None, "v2"])
def test_a_wrong_secret(server: RunningEmulator, style: str | None) -> None:
    sdk = client(server, access_key_secret="wrong", signature_algorithm=style)
    with pytest.raises(ClientException) as raised:
        describe(sdk, "imc-1")
    assert (raised.value.status_code, raised.value.code) == (400, "SignatureDoesNotMatch")
    assert raised.value.data["HostId"] == server.url.removeprefix("http://")


def test_throttling_as_the_sdk_sees_it(server: RunningEmulator) -> None:
    server.emulator.configure(switches=Switches(throttling_header="present"))
    server.emulator.faults.add({"kind": "throttle", "per_minute": 0})
    with pytest.raises(ThrottlingException) as raised:
        describe(client(server), "imc-1")
    assert raised.value.retry_after == 1000


def test_the_life_of_a_moved_clock(server: RunningEmulator) -> None:
    sdk = client(server)
    server.emulator.advance(40 * 86_400)
    assert describe(sdk, "imc-none") is None
