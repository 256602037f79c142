"""A stack of fifty caches, and a service whose calls fail with every kind of failure."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from eci_emulator.clock import ManualClock
from eci_emulator.core import Emulator
from eci_emulator.settings import Settings
from pulumi_eci.api.errors import ApiError, TransportError
from pulumi_eci.model.request import Parameters
from pulumi_eci.operations.connections import Connections
from tests.support.memory import REGION, MemoryGateway
from tests.support.small_engine import (
    Process,
    Program,
    SmallEngine,
    StepFailedError,
)
from tests.support.virtual_time import VirtualTime

THROTTLINGS = ("Throttling", "Throttling.User", "Throttling.Api", "Degrade.Api", "TooManyRequests")
BEFORE = ("throttled", "throttled with a time", "500", "conflict", "token", "refused", "reset")
AFTER = ("reply lost", "not JSON", "503", "too late")
FAULTS = (*BEFORE, *AFTER)


class StormyGateway(MemoryGateway):
    """A gateway whose calls take time and may fail.

    Attributes:
        share: The share of the calls that fail.
        per_minute: Number of calls a minute that are not throttled; None for no limit.
        calls: Number of calls by operation.
        log: The time, the operation and the fault of each call.
    """

    def __init__(self, emulator: Emulator, time: VirtualTime, chance: random.Random) -> None:
        super().__init__(emulator)
        self.share = 0.0
        self.per_minute: int | None = None
        self.calls: Counter[str] = Counter()
        self.log: list[tuple[float, str, str]] = []
        self._time = time
        self._chance = chance

    def call(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        """Run an operation, unless a fault is drawn."""
        self.calls[operation] += 1
        fault = self._draw()
        self.log.append((self._time.now(), operation, fault))
        self._time.sleep(self._chance.uniform(0.01, 0.3))
        if fault in BEFORE:
            raise _failure(fault, operation, self._chance)
        reply = super().call(operation, parameters)
        self._time.sleep(30.0 if fault == "too late" else self._chance.uniform(0.01, 0.3))
        if fault:
            raise _failure(fault, operation, self._chance)
        return reply

    def _draw(self) -> str:
        if self.per_minute is not None:
            since = self._time.now() - 60.0
            lately = sum(1 for at, _, fault in self.log if at > since and not fault)
            if lately >= self.per_minute:
                return "throttled"
        fails = self._chance.random() < self.share
        return self._chance.choice(FAULTS) if fails else ""


def _failure(fault: str, operation: str, chance: random.Random) -> Exception:
    answers: Mapping[str, tuple[str, int]] = {
        "throttled": (chance.choice(THROTTLINGS), 400),
        "throttled with a time": ("Throttling.User", 400),
        "500": ("InternalError", 500),
        "503": ("ServiceUnavailable", 503),
        "conflict": ("OperationConflict", 409),
        "token": ("LastTokenProcessing", 403),
    }
    if fault in answers:
        code, status = answers[fault]
        pause = chance.uniform(0.1, 5.0) if fault == "throttled with a time" else 0.0
        return ApiError(operation, code, "later", "R", status, retry_after=pause)
    return TransportError(operation, "host", fault, reached=fault != "refused")


class StormyStack(SmallEngine):
    """A stack whose operations run at the same time, on the virtual time of the service."""

    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
        # The seed also determines tokens, ids and the provider's jitter.
        monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=chance.getrandbits(128)))
        random.seed(chance.random())
        clock = ManualClock()
        self.emulator = Emulator(Settings(quota=1000, build_seconds=200.0), clock)
        self.time = VirtualTime(clock)
        self.gateway = StormyGateway(self.emulator, self.time, chance)
        environ = {"ALIBABA_CLOUD_REGION_ID": REGION}
        super().__init__(Connections(lambda _: None, environ, self.time, lambda _: self.gateway))

    def up_until_done(self, program: Program, most: int) -> int:
        """Run `up` until it succeeds; return the number of runs.

        Raises:
            StepFailedError: It did not succeed within *most* runs.
        """
        for times in range(1, most + 1):
            failures = [error for error in self.up_at_once(program) if error]
            if not failures:
                return times
            for failure in failures:
                if not isinstance(failure, StepFailedError):
                    raise failure
        raise failures[0]

    def up_at_once(self, program: Program) -> list[Exception | None]:
        """Run `up` once; return the failure of each operation, or None."""
        process, run = Process(self.connections), self.time.run
        made = run(partial(self._apply, process, *item) for item in program.items())
        ended = run(partial(self._end, process, *each) for each in list(self.condemned))
        gone = [name for name in self.state if name not in program]
        return [*made, *ended, *run(partial(self._delete, process, name) for name in gone)]

    def refresh_at_once(self) -> list[Exception | None]:
        """Refresh all resources at the same time; return the failure of each, or None."""
        process = Process(self.connections)
        return self.time.run(partial(self._refresh, process, name) for name in list(self.state))

    def _refresh(self, process: Process, name: str) -> None:
        found = process.read(name, self.state[name])
        assert found is not None  # the cache exists, whatever calls fail
        self.state[name] = found

    def _end(self, process: Process, name: str, doomed: Any) -> None:  # noqa: ANN401 - a Kept
        process.delete(name, doomed)
        self.condemned.remove((name, doomed))

    def _delete(self, process: Process, name: str) -> None:
        process.delete(name, self.state[name])
        del self.state[name]
