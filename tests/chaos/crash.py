"""Kills a command of the engine at a chosen boundary of an API call of its provider."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum

from eci_emulator.faults import Faults
from tests.support.pulumi_stack import PulumiStack
from tests.support.until import until

_MOMENT = 0.2  # seconds
_PLUGINS = ("-m pulumi.dynamic", "pulumi-resource-eci")


class Moment(Enum):
    """The point within a call at which the process is killed."""

    BEFORE = "before the request"
    EFFECT = "before the reply"  # after the effect
    REPLY = "after the reply"


class Victims(Enum):
    """The processes to kill."""

    BOTH = "engine and plugin"
    ENGINE = "engine alone"


@dataclass(frozen=True)
class Boundary:
    """A boundary of the first call of an operation that matches.

    Attributes:
        is_last_word: Whether the call is the plugin's last one, made after the engine has saved the
            state.
        every: Whether all matching calls are held, not only the first.
    """

    action: str
    moment: Moment
    match: Mapping[str, str] = field(default_factory=dict)
    is_last_word: bool = False
    every: bool = False


def crash(stack: PulumiStack, victims: Victims, boundary: Boundary, *command: str) -> None:
    """Run *command* up to *boundary*, and kill it there with signal 9.

    If only the engine is killed, the plugin must end by itself without another call. With
    `is_last_word`, the plugin may finish its last call.
    """
    with stack.begin(*command, "--yes", "--skip-preview") as engine:
        family = _reach(stack.service.faults, boundary, engine)
        plugins = [pid for pid, words in family.items() if any(name in words for name in _PLUGINS)]
        engine.kill()
        if victims is Victims.BOTH:
            _kill(plugins)
        elif boundary.is_last_word:
            stack.service.faults.clear()
        until(lambda: not _alive(plugins), "the plugin has ended")
        # The service notices the closed connection a moment later. Until then, the held request
        # must not take effect.
        time.sleep(_MOMENT)
        stack.service.faults.clear()
        _kill(family)  # the language host and the program, which this test does not examine


def _reach(faults: Faults, boundary: Boundary, engine: subprocess.Popen[str]) -> Mapping[int, str]:
    """Wait until the boundary is reached; return the engine's processes by id."""
    reached = faults.add(
        {
            "kind": "hold",
            "action": boundary.action,
            "match": dict(boundary.match),
            "count": None if boundary.every else 1,
            "after_effect": boundary.moment is not Moment.BEFORE,
        }
    )
    until(lambda: _hits(faults, reached) or engine.poll() is not None, "the call is made")
    assert _hits(faults, reached), engine.communicate()[0]
    family = _descendants(engine.pid)
    if boundary.moment is Moment.REPLY:
        following = faults.add({"kind": "hold"})
        faults.clear(reached)
        what = "the plugin has read the reply: it makes its next call, or ends"
        until(lambda: _hits(faults, following) or engine.poll() is not None, what)
    return family


def _hits(faults: Faults, fault_id: str) -> int:
    return sum(fault["hits"] for fault in faults.listing() if fault["id"] == fault_id)


def _descendants(ancestor: int) -> dict[int, str]:
    """Return the command lines of all descendants of a process, by process id."""
    table = _processes()
    found: dict[int, str] = {}
    parents = {ancestor}
    while parents:
        born = {pid: words for pid, (parent, _, words) in table.items() if parent in parents}
        found |= born
        parents = set(born)
    return found


def _alive(pids: Collection[int]) -> bool:
    table = _processes()
    return any(pid in table and not table[pid][1].startswith("Z") for pid in pids)


def _processes() -> dict[int, tuple[int, str, str]]:
    """Return parent, status and command line of each process."""
    command = ["ps", "-A", "-o", "pid=,ppid=,stat=,args="]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    rows = [(*line.split(maxsplit=3), "")[:4] for line in lines]
    return {int(pid): (int(parent), status, words) for pid, parent, status, words in rows}


def _kill(pids: Collection[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
