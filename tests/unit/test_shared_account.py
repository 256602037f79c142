"""Independent processes share the rate limit of an account."""

from __future__ import annotations

import random
from collections import deque
from functools import partial

import pytest

from pulumi_eci.api.errors import ApiError
from pulumi_eci.api.gateway import Page
from pulumi_eci.model.request import Parameters
from pulumi_eci.model.spec import ImageCacheSpec
from pulumi_eci.model.state import Observation
from pulumi_eci.operations.attempt import Attempt, Client
from pulumi_eci.operations.budget import CREATES_PER_MINUTE, MINUTE
from pulumi_eci.operations.waiter import Waiter
from tests.support.virtual_time import VirtualTime


class Account:
    """A service that refuses creations above a number in any minute."""

    def __init__(self, time: VirtualTime, latency: float) -> None:
        self.time = time
        self.latency = latency
        self.accepted: deque[float] = deque()
        self.calls = self.refused = 0

    def create(self, parameters: Parameters, client_token: str) -> str:
        """Accept or refuse a creation."""
        del parameters
        self.calls += 1
        self.time.sleep(self.latency)
        now = self.time.now()
        if len([each for each in self.accepted if each > now - MINUTE]) >= CREATES_PER_MINUTE:
            self.refused += 1
            raise ApiError("CreateImageCache", "Throttling.User", "slow down", "", 400)
        self.accepted.append(now)
        return f"imc-{client_token}"

    def describe(self, cache_id: str) -> Observation | None:
        """Return nothing; no test waits for a cache."""

    def list_page(self, next_token: str = "", tag_key: str = "") -> Page:
        """Return nothing."""
        del next_token, tag_key
        return Page(())


@pytest.mark.parametrize("latency", [0.02, 0.3])
@pytest.mark.parametrize("spread", [0.0, 20.0])
@pytest.mark.parametrize("seed", range(3))
def test_ten_processes_create_as_fast_as_the_account_allows(
    monkeypatch: pytest.MonkeyPatch, latency: float, spread: float, seed: int
) -> None:
    random.seed(seed)
    time = VirtualTime()
    with time.governs_threads(monkeypatch):
        account = Account(time, latency)
        spec = ImageCacheSpec("cn-hangzhou", ("nginx",))

        def create(client: Client, start: float, token: str) -> None:
            time.sleep(start)
            attempt = Attempt(client, 3600.0, lambda _: None, "", spec)
            attempt.create({}, token)

        calls = []
        for process in range(10):
            gateway: object = account
            client = Client(gateway, Waiter(gateway, time), time)  # type: ignore[arg-type]
            start = random.uniform(0.0, spread)  # noqa: S311 - no secret
            calls += [partial(create, client, start, f"{process}-{n}") for n in range(30)]
        outcomes = time.run(calls)
    assert outcomes == [None] * 300
    assert time.now() <= 1.25 * (MINUTE + spread)
    # at least ten describe calls for each process
    assert account.refused / (account.calls + 150) <= 0.15
