"""The provider with an SDK that cannot keep a partial result."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from eci_emulator.core import Emulator
from pulumi_eci.api.errors import ApiError
from pulumi_eci.core import ImageCaches
from pulumi_eci.operations.connections import Connections
from pulumi_eci.provider import ImageCacheProvider
from tests.support.memory import ManualTime, MemoryGateway, make_emulator
from tests.support.provider_process import BROKEN, inputs


class _Undeletable(MemoryGateway):
    def delete(self, cache_id: str, client_token: str) -> None:
        del cache_id, client_token
        raise ApiError("DeleteImageCache", "Forbidden.RAM", "User not authorized", "REQ-1", 403)


def _provider(gateway: MemoryGateway) -> ImageCacheProvider:
    provider = ImageCacheProvider()
    time = ManualTime(gateway.emulator.clock)
    configuration: dict[str, str] = {}
    connections = Connections(configuration.get, {}, time, lambda _: gateway)
    provider._caches = ImageCaches(connections, lambda *_: "this stack")
    return provider


@pytest.fixture
def failing() -> Iterator[Emulator]:
    """A local ECI API in process that cannot pull the image `BROKEN`."""
    emulator = make_emulator(failing_images=(BROKEN,))
    yield emulator
    emulator.close()


def test_a_failed_cache_that_state_cannot_keep_is_deleted(no_log: None, failing: Emulator) -> None:
    del no_log
    with pytest.raises(RuntimeError, match="It was deleted again") as caught:
        _provider(MemoryGateway(failing)).create(inputs(images=[BROKEN]))
    assert "ended Failed" in str(caught.value)
    assert failing.caches() == []


def test_a_failed_cache_that_cannot_be_deleted_is_named(no_log: None, failing: Emulator) -> None:
    del no_log
    with pytest.raises(RuntimeError) as caught:
        _provider(_Undeletable(failing)).create(inputs(images=[BROKEN]))
    (cache,) = failing.caches()
    assert f"so delete {cache['id']}: DeleteImageCache answered Forbidden.RAM" in str(caught.value)
