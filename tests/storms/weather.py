"""A stack of fifty caches, and a service of which half of all calls fail, in every way there is."""

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
TROUBLES = (*BEFORE, *AFTER)


class StormyGateway(MemoryGateway):
    """A gateway that takes time, and fails as often as it is told.

    Attributes:
        share: Of the calls, how many fail.
        per_minute: How many calls a minute are not throttled; None for any number.
        calls: How many there were, by operation.
        log: When which operation was called, and what became of it.
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
        """Run an operation, as far as the weather allows."""
        self.calls[operation] += 1
        trouble = self._trouble()
        self.log.append((self._time.now(), operation, trouble))
        self._time.sleep(self._chance.uniform(0.01, 0.3))
        if trouble in BEFORE:
            raise _failure(trouble, operation, self._chance)
        reply = super().call(operation, parameters)
        self._time.sleep(30.0 if trouble == "too late" else self._chance.uniform(0.01, 0.3))
        if trouble:
            raise _failure(trouble, operation, self._chance)
        return reply

    def _trouble(self) -> str:
        if self.per_minute is not None:
            since = self._time.now() - 60.0
            lately = sum(1 for at, _, fate in self.log if at > since and not fate)
            if lately >= self.per_minute:
                return "throttled"
        fails = self._chance.random() < self.share
        return self._chance.choice(TROUBLES) if fails else ""


def _failure(trouble: str, operation: str, chance: random.Random) -> Exception:
    answers: Mapping[str, tuple[str, int]] = {
        "throttled": (chance.choice(THROTTLINGS), 400),
        "throttled with a time": ("Throttling.User", 400),
        "500": ("InternalError", 500),
        "503": ("ServiceUnavailable", 503),
        "conflict": ("OperationConflict", 409),
        "token": ("LastTokenProcessing", 403),
    }
    if trouble in answers:
        code, status = answers[trouble]
        pause = chance.uniform(0.1, 5.0) if trouble == "throttled with a time" else 0.0
        return ApiError(operation, code, "later", "R", status, retry_after=pause)
    return TransportError(operation, "host", trouble, reached=trouble != "refused")


class StormyStack(SmallEngine):
    """A stack whose steps run at the same time, on the service's virtual time."""

    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
        # Tokens, ids and the provider's jitter are drawn from the seed, too.
        monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=chance.getrandbits(128)))
        random.seed(chance.random())
        clock = ManualClock()
        self.emulator = Emulator(Settings(quota=1000, build_seconds=200.0), clock)
        self.time = VirtualTime(clock)
        self.gateway = StormyGateway(self.emulator, self.time, chance)
        environ = {"ALIBABA_CLOUD_REGION_ID": REGION}
        super().__init__(Connections(lambda _: None, environ, self.time, lambda _: self.gateway))

    def up_until_done(self, program: Program, most: int) -> int:
        """Run `up` until it succeeds, as a person would; return how often that took.

        Raises:
            StepFailedError: It did not within *most* times.
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
        """Run `up` once; return what became of each step."""
        process, run = Process(self.connections), self.time.run
        made = run(partial(self._apply, process, *item) for item in program.items())
        ended = run(partial(self._end, process, *each) for each in list(self.condemned))
        gone = [name for name in self.state if name not in program]
        return [*made, *ended, *run(partial(self._delete, process, name) for name in gone)]

    def refresh_at_once(self) -> list[Exception | None]:
        """Refresh all resources at the same time; return what became of each."""
        process = Process(self.connections)
        return self.time.run(partial(self._refresh, process, name) for name in list(self.state))

    def _refresh(self, process: Process, name: str) -> None:
        found = process.read(name, self.state[name])
        assert found is not None  # it is there, whatever calls fail
        self.state[name] = found

    def _end(self, process: Process, name: str, doomed: Any) -> None:  # noqa: ANN401 - a Kept
        process.delete(name, doomed)
        self.condemned.remove((name, doomed))

    def _delete(self, process: Process, name: str) -> None:
        process.delete(name, self.state[name])
        del self.state[name]
