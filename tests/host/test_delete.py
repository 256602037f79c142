"""Delete over gRPC: it succeeds if the cache is gone for any reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eci_emulator.core import Emulator
from tests.support.provider_process import BROKEN, CallFailedError, Provider, inputs


def test_a_deleted_cache_is_gone(provider: Provider, eci: Emulator) -> None:
    cache_id, outputs = provider.create(inputs())
    provider.delete(cache_id, outputs)
    assert eci.caches() == []


def test_the_timeout_of_the_call_is_respected(provider: Provider, eci: Emulator) -> None:
    switches = replace(eci.settings.switches, delete_removal="asynchronous")
    cache_id, outputs = provider.create(inputs())
    eci.configure(switches=switches, delete_seconds=3600)
    with pytest.raises(CallFailedError, match=f"{cache_id} still exists") as caught:
        provider.delete(cache_id, outputs, timeout=0.3)
    assert "\n" not in caught.value.message


def test_the_cache_of_a_failed_build_is_deleted(provider: Provider, eci: Emulator) -> None:
    with pytest.raises(CallFailedError) as caught:
        provider.create(inputs(images=[BROKEN]))
    assert caught.value.partial is not None
    provider.delete(caught.value.partial.id, caught.value.kept)
    assert eci.caches() == []
