"""Faults for chosen requests: errors, delays, lost replies and broken bodies.

This module decides which requests a fault hits. `eci_emulator.app` applies the fault.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal, get_args

from eci_emulator.errors import ApiError, throttled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eci_emulator.switches import Switches

Kind = Literal["error", "throttle", "latency", "hold", "reset", "malformed", "truncated", "slow"]
KINDS: tuple[Kind, ...] = get_args(Kind)

MINUTE = 60.0
RETRY_AFTER_MS = 1000


@dataclass(frozen=True)
class Fault:
    """A fault, and the requests that it hits.

    Attributes:
        kind: The effect. `error`: an error answer. `throttle`: Throttling.User above a rate.
            `latency`: only a delay. `hold`: the request waits until the fault is removed; if its
            client has disconnected by then, the request has no effect. `reset`: the connection is
            reset. `malformed`: a body that is not JSON. `truncated`: the connection ends within the
            body. `slow`: the body arrives byte by byte over `latency_seconds`.
        action: Pattern of operations.
        match: Patterns of parameter values; all must match.
        probability: Probability that a matching request is hit.
        seed: Seed of the random numbers, for repeatable results.
        skip: Number of matching requests that pass before the first hit.
        count: Most requests that are hit; None for no limit.
        after_effect: Whether the operation is executed, so that only the answer is lost. With
            `malformed`, `truncated` and `slow` the operation is always executed.
        latency_seconds: Delay before the operation.
        status: HTTP status of an `error`, or of a `malformed` body.
        code: Code of an `error`.
        message: Message of an `error`, or the body of a `malformed` reply.
        retry_after: Milliseconds for the header x-acs-retry-after of an `error`.
        per_minute: Rate of a `throttle`.
        id: Id of the fault.
    """

    kind: Kind
    action: str = "*"
    match: Mapping[str, str] = field(default_factory=dict)
    probability: float = 1.0
    seed: int | None = None
    skip: int = 0
    count: int | None = None
    after_effect: bool = False
    latency_seconds: float = 0.0
    status: int = 500
    code: str = "InternalError"
    message: str = "The request processing has failed due to some unknown error."
    retry_after: int | None = None
    per_minute: int = 60
    id: str = ""

    def refusal(self, switches: Switches) -> ApiError:
        """Return the error answer of an `error` or a `throttle`."""
        retry_after = self.retry_after
        if retry_after is None and switches.throttling_header == "present":
            retry_after = RETRY_AFTER_MS
        if self.kind == "throttle":
            return throttled(retry_after)
        is_throttling = self.code.startswith("Throttling")
        return ApiError(
            self.status,
            self.code,
            self.message,
            retry_after=retry_after if is_throttling else self.retry_after,
        )

    def concerns(self, action: str, params: Mapping[str, str]) -> bool:
        """Return whether a request matches."""
        return fnmatchcase(action, self.action) and all(
            fnmatchcase(params.get(name, ""), pattern) for name, pattern in self.match.items()
        )


_TYPES: dict[str, tuple[type, ...]] = {
    "action": (str,),
    "after_effect": (bool,),
    "code": (str,),
    "count": (int, type(None)),
    "id": (str,),
    "kind": (str,),
    "latency_seconds": (int, float),
    "match": (dict,),
    "message": (str,),
    "per_minute": (int,),
    "probability": (int, float),
    "retry_after": (int, type(None)),
    "seed": (int, type(None)),
    "skip": (int,),
    "status": (int,),
}


def parse_fault(raw: Mapping[str, Any]) -> Fault:
    """Read a fault in the format of the control API and of fault files.

    Raises:
        ValueError: The fault is invalid.
    """
    known = {each.name for each in fields(Fault)}
    for name, value in raw.items():
        if name not in known:
            raise ValueError(
                f"unknown field {name!r} of a fault; the fields are {', '.join(sorted(known))}"
            )
        if not isinstance(value, _TYPES[name]) or (
            isinstance(value, bool) and bool not in _TYPES[name]
        ):
            raise ValueError(f"field {name!r} of a fault must not be {value!r}")
    if raw.get("kind") not in KINDS:
        raise ValueError(f"the kind of a fault must be one of {', '.join(KINDS)}")
    if not all(isinstance(each, str) for each in raw.get("match", {}).values()):
        raise ValueError("field 'match' of a fault must map parameter names to patterns")
    fault = Fault(**raw)
    _check_ranges(fault)
    return fault


def parse_faults(raw: object) -> tuple[dict[str, Any], ...]:
    """Check the list of faults in a fault file.

    Raises:
        ValueError: The list or a fault is invalid.
    """
    if not isinstance(raw, list) or not all(isinstance(each, dict) for each in raw):
        raise ValueError("expected a list of faults")
    for each in raw:
        parse_fault(each)
    return tuple(raw)


def _check_ranges(fault: Fault) -> None:
    if not 0 <= fault.probability <= 1:
        raise ValueError("the probability of a fault must be between 0 and 1")
    if not 400 <= fault.status <= 599 and not (fault.kind == "malformed" and fault.status == 200):  # noqa: PLR2004 - HTTP statuses
        raise ValueError("the status of a fault must be between 400 and 599, or 200 if malformed")
    numbers = (fault.skip, fault.count or 0, fault.per_minute, fault.retry_after or 0)
    if not 0 <= fault.latency_seconds <= MINUTE * 60 or min(numbers) < 0:
        raise ValueError(
            "latency_seconds of a fault must be from 0 to 3600, and skip, count, per_minute and "
            "retry_after must not be negative"
        )


@dataclass
class _Active:
    """An active fault with its counters."""

    fault: Fault
    chance: random.Random
    seen: int = 0
    hits: int = 0
    passed: deque[float] = field(default_factory=deque)

    def fires(self, now: float) -> bool:
        """Decide about one matching request."""
        fault = self.fault
        self.seen += 1
        if self.seen <= fault.skip or (fault.count is not None and self.hits >= fault.count):
            return False
        if fault.kind == "throttle" and not self._too_fast(now):
            return False
        # Drawn even for a certain hit, so that the sequence depends on the seed only.
        if self.chance.random() >= fault.probability:
            return False
        self.hits += 1
        return True

    def _too_fast(self, now: float) -> bool:
        while self.passed and now - self.passed[0] >= MINUTE:
            self.passed.popleft()
        if len(self.passed) >= self.fault.per_minute:
            return True
        self.passed.append(now)
        return False


@dataclass(frozen=True)
class Injection:
    """The decision for one request: a delay, then at most one fault."""

    latency_seconds: float = 0.0
    fault: Fault | None = None


class Faults:
    """The active faults. Thread-safe."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._active: list[_Active] = []
        self._added = 0
        self._lock = threading.Lock()

    def add(self, raw: Mapping[str, Any]) -> str:
        """Add a fault and return its ID.

        Raises:
            ValueError: The fault is invalid.
        """
        fault = parse_fault(raw)
        with self._lock:
            self._added += 1
            named = Fault(**{**vars(fault), "id": fault.id or f"fault-{self._added}"})
            # Chance, not cryptography.
            self._active.append(_Active(named, random.Random(fault.seed)))  # noqa: S311
        return named.id

    def clear(self, fault_id: str | None = None) -> int:
        """Remove one fault, or all; return how many."""
        with self._lock:
            kept = [each for each in self._active if fault_id not in {None, each.fault.id}]
            removed = len(self._active) - len(kept)
            self._active = kept
        return removed

    def holds(self, fault: Fault) -> bool:
        """Tell whether a request with this fault must wait."""
        with self._lock:
            return fault.kind == "hold" and any(a.fault.id == fault.id for a in self._active)

    def listing(self) -> list[dict[str, Any]]:
        """Return the faults, with the numbers of matching requests and of hits."""
        with self._lock:
            return [
                {**asdict(each.fault), "seen": each.seen, "hits": each.hits}
                for each in self._active
            ]

    def draw(self, action: str, params: Mapping[str, str]) -> Injection:
        """Return the decision for a request: delays add up, the first other fault applies."""
        if not self._active:
            return Injection()
        latency, chosen = 0.0, None
        with self._lock:
            for active in self._active:
                fault = active.fault
                if chosen is not None and fault.kind != "latency":
                    continue
                if not fault.concerns(action, params) or not active.fires(self._monotonic()):
                    continue
                if fault.kind != "slow":  # there the time is that of the body
                    latency += fault.latency_seconds
                if fault.kind != "latency":
                    chosen = fault
        return Injection(latency, chosen)
