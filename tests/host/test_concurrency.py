"""Many calls at the same time, although the host starts with four workers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from eci_emulator.core import Emulator
from eci_emulator.server import running
from tests.support.fake_engine import FakeEngine, running_engine
from tests.support.provider_process import REGION, CallFailedError, Provider, inputs, sent, urn_of
from tests.support.provider_start import running_provider
from tests.support.until import until

COUNT = 12


def test_more_caches_than_workers_are_built_at_the_same_time(
    provider: Provider, eci: Emulator, engine: FakeEngine
) -> None:
    provider.check(inputs())  # Like the engine, check first: the first call configures the host.
    eci.configure(build_seconds=3600)
    with ThreadPoolExecutor(COUNT) as pool:
        calls = [
            pool.submit(
                provider.create, inputs(imageCacheName=f"web-{index}"), urn=urn_of(f"{index}")
            )
            for index in range(COUNT)
        ]
        until(
            lambda: len(eci.caches()) == COUNT or any(call.done() for call in calls),
            "all caches are being built",
        )
        assert [call.exception() for call in calls if call.done()] == []
        assert len(eci.caches()) == COUNT
        eci.advance(3600)
        ids = [call.result()[0] for call in calls]
    names = {cache["id"]: cache["name"] for cache in eci.caches()}
    assert [names[cache_id] for cache_id in ids] == [f"web-{index}" for index in range(COUNT)]
    assert len(sent(eci, "CreateImageCache")) == COUNT
    for index in range(COUNT):
        assert engine.texts(urn_of(f"{index}"))[-1].startswith("Ready after ")


def test_timeouts_and_failures_of_one_cache_leave_others_alone(
    provider: Provider, eci: Emulator, engine: FakeEngine
) -> None:
    eci.configure(build_seconds=3600)
    with ThreadPoolExecutor(3) as pool:
        slow = pool.submit(provider.create, inputs(imageCacheName="slow"), timeout=0.4)
        good = pool.submit(provider.create, inputs(imageCacheName="good"))
        gone = pool.submit(provider.create, inputs(imageCacheName="gone"), urn=urn_of("gone"))
        until(lambda: engine.texts(urn_of("gone")), "the cache that will be gone was seen")
        until(lambda: len(eci.caches()) == 3, "all caches are being built")
        (victim,) = [cache for cache in eci.caches() if cache["name"] == "gone"]
        eci.remove(victim["id"])
        assert "is not Ready after" in str(slow.exception())
        assert "no longer exists" in str(gone.exception())
        assert not good.done()
        eci.advance(3600)
        assert good.result()[1]["status"] == "Ready"


def test_a_creation_that_waits_for_the_rate_limit_reports_so_on_its_row(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool, running() as api, running_engine() as engine:
        config = {"eci:endpoint": api.url, "eci:region": REGION, "eci:createsPerMinute": "2"}
        unset = {"ECI_CREATES_PER_MINUTE": ""}
        with running_provider(tmp_path, engine.address, config, **unset) as provider:
            for name in ("one", "two"):
                provider.create(inputs(imageCacheName=name, skipAwait=True))
            with pytest.raises(CallFailedError, match="not created: the limit of 2 creations"):
                provider.create(inputs(), urn=urn_of("late"), timeout=5.0)
            pool.submit(provider.create, inputs(), urn=urn_of("three"))
            until(lambda: engine.texts(urn_of("three")), "the row says something")
        (text,) = engine.texts(urn_of("three"))
        assert text.startswith("waiting ")
        assert "eci:createsPerMinute" in text
        assert len(sent(api.emulator, "CreateImageCache")) == 2
