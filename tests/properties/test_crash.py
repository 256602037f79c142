"""A run is killed at any boundary of any of its calls. The next run completes its work.

The tests run in process with a clock that is moved by hand, so they can try every boundary.
`tests/chaos` kills the real engine at the boundaries of the writes.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from eci_emulator.clock import ManualClock
from eci_emulator.core import Emulator
from eci_emulator.settings import Settings
from pulumi_eci.model.fields import ADOPTED_TAG, PENDING_TAG
from pulumi_eci.model.parse import parse
from pulumi_eci.model.request import Parameters
from pulumi_eci.operations.connections import Connections
from tests.support.memory import REGION, ManualTime, MemoryGateway
from tests.support.small_engine import Process, Program, Properties, SmallEngine, Step

ID = "imc-theirs"
WEB: Properties = {"images": ["nginx:1"], "tags": {"team": "web", "old": "1"}, "retentionDays": 7}
BEFORE: dict[str, Program] = {
    "create": {},
    "create without waiting": {},
    "create with every tag": {},
    "rebuild": {"web": WEB},
    "metadata": {"web": WEB},
    "tag removal": {"web": WEB},
    "replace": {"web": WEB},
    "delete": {"web": WEB},
    "adopt": {},
}
AFTER: dict[str, Program] = {
    "create": {"web": WEB},
    "create without waiting": {"web": {**WEB, "skipAwait": True}},
    "create with every tag": {"web": {**WEB, "tags": {f"key-{n}": "" for n in range(20)}}},
    "rebuild": {"web": {**WEB, "images": ["nginx:2"], "rebuildTriggers": 1}},
    "metadata": {"web": {**WEB, "retentionDays": 30, "eliminationStrategy": "LRU"}},
    "tag removal": {"web": {**WEB, "tags": {"team": "web"}}},
    "replace": {"web": {**WEB, "insecureRegistry": "r.example.com"}},
    "delete": {},
    "adopt": {"web": {**WEB, "adopt": ID}},
}
UNPROTECTED = "create with every tag"


class Killed(BaseException):
    """The process was killed."""


@dataclass
class Account:
    """An account with a stack, whose runs can be killed.

    Attributes:
        lives: Number of boundaries of calls before the run is killed; None for no kill.
        lingering: Whether the run was killed after the state was written and before the pending tag
            was removed.
    """

    emulator: Emulator = field(default_factory=lambda: Emulator(Settings(), ManualClock()))
    lives: int | None = None
    lingering: bool = False

    def __post_init__(self) -> None:
        """Start without a stack, and with a foreign cache."""
        self.time = ManualTime(self.emulator.clock)
        self.emulator.seed({"id": ID, "images": ["nginx:0"], "tags": {"owner": "them"}})
        self.engine = SmallEngine(self.new_process())

    def new_process(self) -> Connections:
        """Return the connections of a new provider process."""
        environ = {"ALIBABA_CLOUD_REGION_ID": REGION}
        return Connections(lambda _: None, environ, self.time, lambda _: _Gateway(self))

    def up(self, program: Program) -> None:
        """Run `pulumi up` in a new process."""
        self.engine.connections = self.new_process()
        self.engine.up(program)

    def killed(self, program: Program, lives: int) -> bool:
        """Run `pulumi up` and kill it after *lives* boundaries; return whether it was killed."""
        self.lives = lives
        try:
            self.up(program)
        except Killed:
            self.lingering = "web" in self.engine.state
            return True
        finally:
            self.lives = None
        return False

    def beat(self) -> None:
        """Pass a boundary, or raise Killed."""
        if self.lives is not None:
            self.lives -= 1
            if self.lives < 0:
                raise Killed

    def ids(self) -> list[str]:
        """Return the ids of all caches without the foreign cache."""
        return [cache["id"] for cache in self.emulator.caches() if cache["id"] != ID]


class _Gateway(MemoryGateway):
    """A gateway that can kill the run before and after a call."""

    def __init__(self, account: Account) -> None:
        super().__init__(account.emulator)
        self._account = account

    def call(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        """Run an operation between two boundaries. Calls of the sweep's thread have none."""
        if threading.current_thread().name == "eci-sweep":
            return super().call(operation, parameters)
        self._account.beat()
        reply = super().call(operation, parameters)
        self._account.beat()
        return reply


def accounts_where_a_run_was_killed(operation: str) -> Iterator[Account]:
    """Yield an account for each boundary of an operation, with a run that was killed there."""
    for lives in itertools.count():
        account = Account()
        account.up(BEFORE[operation])
        if not account.killed(AFTER[operation], lives):
            assert lives > 1
            return
        yield account


def check(account: Account, program: Program, *, leaked: int = 0) -> None:
    """Check that exactly the wanted caches exist, as wanted, and that the state shows them."""
    state = account.engine.state
    assert set(state) == set(program)
    owned = {kept.id for kept in state.values()} - {ID}
    assert owned <= set(account.ids())
    assert len(account.ids()) == len(owned) + leaked
    account.emulator.advance(3600)
    account.engine.connections = account.new_process()
    account.engine.refresh()
    account.engine.connections = account.new_process()
    assert set(account.engine.preview(program).values()) <= {Step.SAME}
    for name, wanted in program.items():
        _check_cache(account, state[name].id, wanted, state[name].outputs)


def _check_cache(
    account: Account, cache_id: str, wanted: Mapping[str, Any], outputs: Properties
) -> None:
    spec = parse(wanted).spec
    cache = next(each for each in account.emulator.caches() if each["id"] == cache_id)
    assert cache["status"] == outputs["status"] == "Ready"
    assert set(cache["images"]) == set(spec.images)
    assert cache["retention_days"] == spec.retention_days
    ours = {ADOPTED_TAG: outputs["adoption"]} if "adoption" in outputs else {}
    theirs = {"owner": "them"} if cache_id == ID else {}
    tags = dict(cache["tags"])
    if account.lingering:
        tags.pop(PENDING_TAG, None)
    assert tags == {**spec.tags, **ours, **theirs}


@pytest.mark.parametrize("operation", AFTER)
def test_the_next_up_completes_a_killed_run(operation: str) -> None:
    for account in accounts_where_a_run_was_killed(operation):
        account.up(AFTER[operation])
        if operation == "create without waiting":
            account.emulator.advance(3600)
            account.engine.refresh()
            account.up(AFTER[operation])  # a cache that is still being built cannot be renamed
        leaked = len(account.ids()) - 1 if operation == UNPROTECTED else 0
        check(account, AFTER[operation], leaked=leaked)
        account.up({})
        assert len(account.ids()) == leaked


def test_with_20_tags_a_killed_creation_leaks_at_most_one_cache() -> None:
    accounts = accounts_where_a_run_was_killed(UNPROTECTED)
    left = [len(account.ids()) for account in accounts]
    assert set(left) == {0, 1}


@pytest.mark.parametrize("operation", ["create", "rebuild", "replace", "adopt"])
def test_a_run_after_two_killed_runs_completes_them(operation: str) -> None:
    for first in (3, 4, 5):
        for second in itertools.count():
            account = Account()
            account.up(BEFORE[operation])
            account.killed(AFTER[operation], first)
            if not account.killed(AFTER[operation], second):
                break
            account.up(AFTER[operation])
            check(account, AFTER[operation])


@pytest.mark.parametrize("operation", ["rebuild", "metadata", "tag removal", "replace", "delete"])
def test_destroy_after_a_killed_run_leaves_nothing(operation: str) -> None:
    for account in accounts_where_a_run_was_killed(operation):
        account.up({})
        assert account.ids() == []


def test_a_program_that_was_changed_after_the_kill_is_applied() -> None:
    for changed in (
        {**WEB, "images": ["redis:7"], "tags": {"team": "api"}},
        {**WEB, "insecureRegistry": "r.example.com"},
        {**WEB, "rebuildTriggers": 2},
        {**WEB, "tags": {f"key-{n}": "" for n in range(20)}},
    ):
        for account in accounts_where_a_run_was_killed("create"):
            account.up({"web": changed})
            check(account, {"web": changed})


def test_a_cache_from_a_killed_run_of_another_resource_is_kept() -> None:
    for account in accounts_where_a_run_was_killed("create"):
        if account.engine.state:
            continue
        left = account.ids()
        account.up({"sister": WEB})
        assert set(left) <= set(account.ids())
        assert account.engine.state["sister"].id not in left


def test_a_remaining_pending_tag_is_removed_by_the_next_update() -> None:
    stayed = 0
    for account in accounts_where_a_run_was_killed("create"):
        stayed += account.lingering
        account.up({"web": WEB})
        account.up({"web": {**WEB, "retentionDays": 30}})
        assert not [cache for cache in account.emulator.caches() if PENDING_TAG in cache["tags"]]
    assert stayed


def test_up_replace_does_not_continue_with_the_live_cache() -> None:
    account = Account()
    account.up({"web": WEB})
    old = account.engine.state["web"]
    process = Process(account.new_process())
    inputs = process.check("web", None, WEB)
    new = process.create("web", inputs)
    assert new.id != old.id
    process.delete("web", old)
    assert account.ids() == [new.id]


def test_a_live_cache_that_still_has_the_pending_tag_is_not_lost() -> None:
    account = Account()
    account.up({"web": WEB})
    old = account.engine.state["web"]
    with suppress(Killed):
        process = Process(account.new_process())
        account.lives = 5
        process.create("web", process.check("web", None, WEB))
    account.lives = None
    (left,) = set(account.ids()) - {old.id}
    tags = next(cache["tags"] for cache in account.emulator.caches() if cache["id"] == left)
    account.emulator.remove(left)
    account.emulator.edit(old.id, {"tags": tags})
    process = Process(account.new_process())
    new = process.create("web", process.check("web", None, WEB))
    process.delete("web", old)
    assert account.ids() == [new.id]
