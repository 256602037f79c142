"""Delete, as the engine sees it: gone is gone, however that came about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eci_emulator.core import Emulator
from tests.support.provider_process import BROKEN, CallFailedError, Provider, inputs


def test_a_deleted_cache_is_gone(provider: Provider, eci: Emulator) -> None:
    cache_id, outputs = provider.create(inputs())
    provider.delete(cache_id, outputs)
    assert eci.caches() == []


def test_deleting_twice_is_a_success(provider: Provider, eci: Emulator) -> None:
    cache_id, outputs = provider.create(inputs())
    provider.delete(cache_id, outputs)
    provider.delete(cache_id, outputs)
    assert eci.caches() == []


@pytest.mark.parametrize("answer", ["not_found", "success"])
def test_an_unknown_cache_is_deleted_either_way(
    provider: Provider, eci: Emulator, answer: str
) -> None:
    eci.configure(switches=eci.settings.switches.with_values({"delete_unknown": answer}))
    provider.delete("imc-nothing", inputs())


def test_deletion_is_waited_for(provider: Provider, eci: Emulator) -> None:
    switches = replace(eci.settings.switches, delete_removal="asynchronous")
    cache_id, outputs = provider.create(inputs())
    eci.configure(switches=switches, delete_seconds=0.3)
    provider.delete(cache_id, outputs)
    assert eci.caches() == []


def test_the_timeout_of_the_call_is_honoured(provider: Provider, eci: Emulator) -> None:
    switches = replace(eci.settings.switches, delete_removal="asynchronous")
    cache_id, outputs = provider.create(inputs())
    eci.configure(switches=switches, delete_seconds=3600)
    with pytest.raises(CallFailedError, match=f"{cache_id} is still there") as caught:
        provider.delete(cache_id, outputs, timeout=0.4)
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("refused", [False, True], ids=["accepted", "refused until settled"])
def test_a_cache_that_is_being_built_is_deleted(
    provider: Provider, eci: Emulator, *, refused: bool
) -> None:
    if refused:
        eci.configure(switches=replace(eci.settings.switches, delete_in_progress="refuse"))
    request = {"RegionId": "cn-hangzhou", "ImageCacheName": "web", "Image.1": "nginx:1.27"}
    cache_id = eci.call("CreateImageCache", request)["ImageCacheId"]
    provider.delete(cache_id, inputs())
    assert eci.caches() == []


def test_what_a_failed_build_left_is_deleted(provider: Provider, eci: Emulator) -> None:
    with pytest.raises(CallFailedError) as caught:
        provider.create(inputs(images=[BROKEN]))
    assert caught.value.partial is not None
    provider.delete(caught.value.partial.id, caught.value.kept)
    assert eci.caches() == []
