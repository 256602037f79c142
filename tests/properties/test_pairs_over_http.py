"""A sample of the pairs through the vendor's SDK, over HTTP, with verified signatures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given

from eci_emulator.clock import ManualClock
from eci_emulator.server import RunningEmulator, running
from eci_emulator.settings import Settings
from pulumi_eci.operations.connections import Connections
from tests.properties.clouds import ACCOUNT, Cloud
from tests.properties.profile import cases
from tests.properties.specs import pairs
from tests.properties.update_of_one_cache import UpdateOfOneCache
from tests.support.memory import REGION, ManualTime
from tests.support.small_engine import Properties, SmallEngine

CLOCK = ManualClock()


class ServedCloud(Cloud):
    """A cloud of one account, which the provider reaches over HTTP."""

    def __init__(self, api: RunningEmulator) -> None:
        super().__init__()
        for emulator in self.accounts.values():
            emulator.close()
        api.emulator.reset()
        self.accounts = {ACCOUNT: api.emulator}
        self.time = ManualTime(CLOCK)
        environ = {
            "ALIBABA_CLOUD_REGION_ID": REGION,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "testid",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret",
            "ECI_ENDPOINT": api.url,
        }
        self.engine = SmallEngine(Connections(lambda _: None, environ, self.time))


@pytest.fixture(scope="module")
def api() -> Iterator[RunningEmulator]:
    """A local ECI API over HTTP whose clock stands still. The SDK must not use a proxy for it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            patch.delenv(name, raising=False)
            patch.delenv(name.lower(), raising=False)
        with running(Settings(), CLOCK) as served:
            yield served


@given(pair=pairs("connection"))
@cases(30)
def test_any_program_becomes_any_other_through_the_sdk(
    api: RunningEmulator, pair: tuple[Properties, Properties]
) -> None:
    update = UpdateOfOneCache(ServedCloud(api), *pair)
    update.create()
    update.prove_preview()
    update.update()
    update.prove_requests()
    update.prove_identity(keeps_snapshots=False)
    update.prove_readable()
    update.prove_hidden(resets=False)
    update.prove_state()
    update.prove_quiet()
    update.prove_deleted()
