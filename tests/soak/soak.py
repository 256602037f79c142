"""Random edits on many caches with faults, for as long as one likes, in one provider process."""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eci_emulator.core import Emulator
from eci_emulator.server import running
from eci_emulator.settings import Settings
from pulumi_eci.model.fields import PENDING_TAG
from pulumi_eci.operations.waiter import REFRESH_MAX_AGE
from tests.soak.edits import BY_HAND, edited, first_inputs, meddle
from tests.soak.fleet import Fleet
from tests.support.fake_engine import FakeEngine, running_engine
from tests.support.provider_process import BROKEN, REGION, Properties, Provider
from tests.support.provider_start import running_provider
from tests.support.small_engine import Step, StepFailedError
from tests.support.storm import storm

WORKERS = 8
SHARE = 0.3  # of the requests that fail
CLOCK_SCALE = 30.0
_ATTEMPTS = 4
_CALL_SECONDS = 600.0  # for a busy machine


@dataclass(frozen=True)
class Plan:
    """How long, how many, and which.

    Attributes:
        seconds: How long edits are made.
        caches: How many resources the program has.
        seed: Of the edits and the faults; threads decide in which order they meet.
        every: Seconds between two looks at whether cloud and program are equal.
    """

    seconds: float
    caches: int
    seed: int
    every: float


class Soak:
    """One run."""

    def __init__(self, plan: Plan, provider: Provider, engine: FakeEngine, eci: Emulator) -> None:
        self._plan = plan
        self._provider, self._engine, self._eci = provider, engine, eci
        self._fleet = Fleet(provider)
        self._chance = random.Random(plan.seed)  # noqa: S311 - repeatable, not secret
        names = [f"cache-{number:03}" for number in range(plan.caches)]
        self._program: dict[str, Properties | None] = dict.fromkeys(names)
        self._free = set(names)
        self._lock = threading.Lock()
        self._did: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()

    def run(self) -> Iterator[dict[str, Any]]:
        """Edit and settle until the time is up; yield a line of the log after each round."""
        began = time.monotonic()
        rounds = 0
        while (left := self._plan.seconds - (time.monotonic() - began)) > 0:
            rounds += 1
            self._storm(self._plan.seed + 100 * rounds)
            self._edit_for(min(left, self._plan.every))
            self._calm()
            time.sleep(REFRESH_MAX_AGE)  # until then a refresh may not see what was done by hand
            diverged = self._settle()
            yield self._line(round(time.monotonic() - began), diverged)
        self._program = dict.fromkeys(self._program)
        yield {**self._line(round(time.monotonic() - began), self._settle()), "destroyed": True}

    # -- edits

    def _edit_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        seeds = [self._chance.random() for _ in range(min(WORKERS, self._plan.caches))]
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(lambda seed: self._edit_until(until, random.Random(seed)), seeds))  # noqa: S311

    def _edit_until(self, until: float, chance: random.Random) -> None:
        while time.monotonic() < until:
            with self._borrowed(chance) as name:
                self._one_edit(name, chance)

    def _one_edit(self, name: str, chance: random.Random) -> None:
        wanted = self._program[name]
        dice = chance.random()
        if wanted is None:
            self._program[name] = first_inputs(chance)
        elif dice < 0.05:
            self._program[name] = None
        elif dice < 0.15 and name in self._fleet.state:
            meddle(chance, self._eci, self._fleet.state[name].id)
            self._note("refresh", lambda: self._fleet.refresh_one(name))
        else:
            self._program[name] = edited(chance, wanted)
        self._note("apply", lambda: self._fleet.apply(name, self._program[name]))

    @contextmanager
    def _borrowed(self, chance: random.Random) -> Iterator[str]:
        with self._lock:
            name = chance.choice(sorted(self._free))
            self._free.remove(name)
        try:
            yield name
        finally:
            with self._lock:
                self._free.add(name)

    def _note(self, what: str, call: Callable[[], None]) -> bool:
        try:
            call()
        except StepFailedError as error:
            with self._lock:
                self._failed[_kind(str(error))] += 1
            return False
        with self._lock:
            self._did[what] += 1
        return True

    # -- weather

    def _storm(self, seed: int) -> None:
        for fault in storm(SHARE, seed):
            self._eci.faults.add(fault)

    def _calm(self) -> None:
        self._eci.faults.clear()

    # -- is cloud equal to program?

    def _settle(self) -> list[str]:
        """Make everything as wanted without faults; return what is not."""
        for name, wanted in self._program.items():
            if wanted and BROKEN in wanted["images"]:
                self._program[name] = {**wanted, "images": ["nginx:1.27"]}
        with ThreadPoolExecutor(WORKERS) as pool:
            problems = [each for each in pool.map(self._settle_one, self._program) if each]
        known = {kept.id for kept in self._fleet.state.values()}
        for cache in self._eci.caches():
            if cache["id"] not in known:
                problems.append(f"{cache['id']} ({cache['name']}) is in no state")
                self._eci.remove(cache["id"])  # so that it is told once
        return problems

    def _settle_one(self, name: str) -> str:
        wanted = self._program[name]
        for _ in range(_ATTEMPTS):
            if self._note("settle", lambda: self._make(name, wanted)):
                return self._compare(name, wanted)
        return f"{name} cannot be made as wanted"

    def _make(self, name: str, wanted: Properties | None) -> None:
        self._fleet.refresh_one(name)
        self._fleet.apply(name, wanted)

    def _compare(self, name: str, wanted: Properties | None) -> str:
        if wanted is None:
            return f"{name} is still in state" if name in self._fleet.state else ""
        kept = self._fleet.state[name]
        found = [cache for cache in self._eci.caches() if cache["id"] == kept.id]
        if not found:
            return f"{name} is not there"
        pairs = _pairs(wanted, found[0])
        different = [
            f"{field} ({one!r} is wanted, {other!r} found)"
            for field, (one, other) in pairs.items()
            if one != other
        ]
        if self._fleet.step(name, wanted) is not Step.SAME:
            different.append("the next diff")
        return f"{name} differs in {', '.join(different)}" if different else ""

    # -- the log

    def _line(self, seconds: int, diverged: list[str]) -> dict[str, Any]:
        self._provider.heard.clear()
        self._engine.forget()
        return {
            "seconds": seconds,
            "applied": self._did["apply"],
            "failed": sum(self._failed.values()),
            "caches": len(self._fleet.state),
            **provider_figures(self._provider.pid),
            "diverged": diverged,
            "failures": dict(self._failed.most_common(12)),
        }


def soak(plan: Plan, folder: Path) -> Iterator[dict[str, Any]]:
    """Run a provider process and a local ECI API, and yield the lines of the log."""
    settings = Settings(
        build_seconds=20.0,
        clock_scale=CLOCK_SCALE,
        failing_images=(BROKEN,),
        quota=10 * plan.caches,
    )
    with running(settings) as api, running_engine() as engine:
        config = {"eci:endpoint": api.url, "eci:region": REGION}
        with running_provider(folder, engine.address, config, ECI_POLL_SECONDS="0.2") as provider:
            provider.call_seconds = _CALL_SECONDS
            yield from Soak(plan, provider, engine, api.emulator).run()


def provider_figures(pid: int) -> dict[str, int]:
    """Return memory (MiB), threads and open files of a process; nothing where there is no /proc."""
    figures: dict[str, int] = {}
    with suppress(OSError):
        status = Path(f"/proc/{pid}/status").read_text()
        for name, pattern in (("rss_mib", r"VmRSS:\s+(\d+)"), ("threads", r"Threads:\s+(\d+)")):
            if match := re.search(pattern, status):
                figures[name] = int(match[1])
        figures["rss_mib"] //= 1024
        figures["files"] = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return figures


def _pairs(wanted: Properties, cache: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return what is wanted of each field beside what the cloud has."""
    tags = {key: tag for key, tag in cache["tags"].items() if key not in {BY_HAND, PENDING_TAG}}
    return {
        "status": ("Ready", cache["status"]),
        "images": (set(wanted["images"]), set(cache["images"])),
        "size": (wanted.get("imageCacheSize", 20), cache["size"]),
        "tags": (wanted.get("tags", {}), tags),
        "retention": (wanted.get("retentionDays", 0), cache["retention_days"] or 0),
        "elimination": (
            wanted.get("eliminationStrategy", ""),
            cache["elimination_strategy"] or "",
        ),
        "zone": (wanted.get("zoneId"), cache["zone_id"]),
    }


def _kind(message: str) -> str:
    """Return the beginning of a message without the names in it."""
    return re.sub(r"imc-\w+|127\.0\.0\.1:\d+|\d+", "…", message)[:70]
