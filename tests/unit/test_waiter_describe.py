"""Looks at caches: which calls they share, how fresh their answers are, and how long they last."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_eci.api.errors import EciError
from pulumi_eci.api.gateway import Page
from pulumi_eci.model.state import Observation
from pulumi_eci.operations.waiter import (
    GATHER,
    REFRESH_MAX_AGE,
    UPDATE_MAX_AGE,
    PollInterval,
    Waiter,
)
from tests.support.region import FORBIDDEN, LOST, THROTTLED
from tests.support.virtual_time import VirtualTime

LATE = 1e6


class Region:
    """Caches with a version, whose pages and looks take a while to arrive."""

    def __init__(self, time: VirtualTime, count: int, page_size: int = 100) -> None:
        self.time = time
        self.versions = dict.fromkeys([f"imc-{number:03}" for number in range(count)], 0)
        self.page_size = page_size
        self.delay = 0.0
        self.calls = 0
        self.troubles: list[EciError] = []
        self.expired: set[str] = set()

    def describe(self, cache_id: str) -> Observation | None:
        """Show one cache."""
        found = self._found([cache_id] if cache_id in self.versions else [])
        return found[0] if found else None

    def list_page(self, next_token: str = "") -> Page:
        """Show a page of all caches."""
        if next_token in self.expired:
            self.expired.discard(next_token)
            self.calls += 1
            raise FORBIDDEN
        start = int(next_token or 0)
        end = start + self.page_size
        following = str(end) if end < len(self.versions) else ""
        return Page(tuple(self._found(sorted(self.versions)[start:end])), following)

    def _found(self, names: list[str]) -> list[Observation]:
        self.calls += 1
        if self.troubles:
            raise self.troubles.pop(0)
        found = [Observation(name, "Ready", snapshot_id=str(self.versions[name])) for name in names]
        self.time.sleep(self.delay)  # the answer is on its way, and things go on
        return found


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtualTime]:
    time = VirtualTime()
    with time.governs_threads(monkeypatch):
        yield time


def after(time: VirtualTime, seconds: float, call: Callable[[], object]) -> Callable[[], object]:
    def later() -> object:
        time.sleep(seconds)
        return call()

    return later


def make(time: VirtualTime, count: int, page_size: int = 100) -> tuple[Waiter, Region]:
    region = Region(time, count, page_size)
    return Waiter(region, time, PollInterval(jitter=0.0)), region  # type: ignore[arg-type]


@pytest.mark.parametrize(("count", "page_size", "calls"), [(100, 100, 1), (100, 20, 5), (3, 1, 3)])
def test_looks_that_are_wanted_together_cost_a_listing_or_less(
    time: VirtualTime, count: int, page_size: int, calls: int
) -> None:
    waiter, region = make(time, count, page_size)
    looks = [
        after(time, 0.005 * number, partial(waiter.describe, name, LATE))
        for number, name in enumerate(region.versions)
    ]
    assert time.run(looks) == [None] * count
    assert region.calls == calls


def test_a_look_that_begins_during_a_listing_is_answered_by_a_later_page(time: VirtualTime) -> None:
    waiter, region = make(time, 100, page_size=20)
    region.delay = 1.0
    *names, last = region.versions
    looks = [partial(waiter.describe, name, LATE) for name in names]
    time.run([*looks, after(time, 3.0, partial(waiter.describe, last, LATE))])
    assert region.calls == 5


def test_a_lone_look_is_not_delayed_by_more_than_a_moment(time: VirtualTime) -> None:
    waiter, region = make(time, 3)
    ended = []
    for name in region.versions:  # also after looks at other caches
        began = time.now()
        time.run([partial(waiter.describe, name, LATE)])
        ended.append(time.now() - began)
    assert max(ended) <= GATHER <= 0.05
    assert region.calls == 3


def test_looks_of_a_long_burst_share_ever_larger_listings(time: VirtualTime) -> None:
    waiter, region = make(time, 300)

    def update(name: str) -> None:
        with waiter.writing(name):
            time.sleep(0.5)
        waiter.describe(name, LATE)

    time.run(
        after(time, 0.1 * number, partial(update, name))
        for number, name in enumerate(region.versions)
    )
    assert region.calls <= 25  # three pages a listing, where looks by id would be 300


@given(seed=st.integers(0, 10**9))
@settings(max_examples=100, deadline=None)
def test_a_look_after_a_write_is_never_older_than_the_write(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - no secret
    with pytest.MonkeyPatch.context() as patch:
        time = VirtualTime()
        with time.governs_threads(patch):
            waiter, region = make(time, 30, page_size=dice.choice([5, 20, 100]))
            region.delay = dice.choice([0.0, 0.3, 3.0])

            def work(name: str) -> None:
                for _ in range(3):
                    time.sleep(dice.choice([0.0, 0.1, 1.0, 5.0]))
                    with waiter.writing(name):
                        region.versions[name] += 1
                        time.sleep(dice.choice([0.0, 0.2]))
                    seen = waiter.describe(name, LATE, max_age=dice.choice([0.0, REFRESH_MAX_AGE]))
                    assert seen is not None
                    assert seen.snapshot_id == str(region.versions[name])

            outcomes = time.run(partial(work, name) for name in region.versions)
    assert outcomes == [None] * 30


def test_a_listing_answers_later_looks_that_may_be_old_for_a_while(time: VirtualTime) -> None:
    waiter, region = make(time, 40)
    names = list(region.versions)
    time.run(partial(waiter.describe, name, LATE) for name in names[:20])
    time.run(partial(waiter.describe, name, LATE, max_age=REFRESH_MAX_AGE) for name in names[20:])
    assert region.calls == 1
    time.run([lambda: time.sleep(REFRESH_MAX_AGE + 1)])
    time.run([lambda: waiter.describe(names[0], LATE, max_age=REFRESH_MAX_AGE)])
    assert region.calls == 2


@pytest.mark.parametrize("parallel", [4, 16, 128])
@pytest.mark.parametrize("page_size", [20, 100])
def test_a_refresh_in_the_order_of_the_listing_reads_each_page_once(
    time: VirtualTime, page_size: int, parallel: int
) -> None:
    waiter, region = make(time, 1000, page_size)
    assert describe_all(time, waiter, list(region.versions), parallel) == 1000
    assert region.calls <= 1.1 * 1000 / page_size


@pytest.mark.parametrize("parallel", [4, 16, 128])
@pytest.mark.parametrize("page_size", [20, 100])
def test_a_refresh_in_any_order_reads_few_pages_twice(
    time: VirtualTime, page_size: int, parallel: int
) -> None:
    waiter, region = make(time, 1000, page_size)
    names = sorted(region.versions, key=lambda name: name[::-1])
    assert describe_all(time, waiter, names, parallel) == 1000
    assert region.calls <= 2 * 1000 / page_size + 2


def test_a_refresh_of_caches_far_apart_takes_at_most_two_calls_for_each(time: VirtualTime) -> None:
    waiter, region = make(time, 3000, page_size=20)
    names = sorted(region.versions)[::30]
    assert describe_all(time, waiter, names, 16) == 100
    assert region.calls <= 2 * 100 + 2


def test_caches_that_are_gone_take_one_call_each_and_one_listing(time: VirtualTime) -> None:
    waiter, region = make(time, 100, page_size=20)
    names = [f"gone-{number}" for number in range(100)]
    assert describe_all(time, waiter, names, 16) == 100
    assert region.calls <= 100 + 2 * 5


@pytest.mark.parametrize("pause", [0.0, 4.0, 6.0])
def test_looks_after_a_refresh_find_their_page_again(time: VirtualTime, pause: float) -> None:
    waiter, region = make(time, 2000, page_size=20)
    names = sorted(region.versions)[:200]
    describe_all(time, waiter, names, 16)
    time.run([lambda: time.sleep(pause)])
    region.calls = 0
    assert describe_all(time, waiter, names, 16, max_age=UPDATE_MAX_AGE) == 200
    assert region.calls <= 2 * 10


def test_a_listing_whose_token_has_expired_begins_again(time: VirtualTime) -> None:
    waiter, region = make(time, 300)
    region.expired = {"100"}
    assert describe_all(time, waiter, list(region.versions), 16) == 300
    assert region.expired == set()
    assert region.calls <= 2 * 3 + 1


def test_the_writes_of_others_do_not_delay_a_look_without_end(time: VirtualTime) -> None:
    waiter, region = make(time, 10)
    *names, busy = region.versions
    ended: list[float] = []

    def write() -> None:
        while time.now() < 60.0:
            with waiter.writing(busy):
                time.sleep(0.03)

    def look(name: str) -> None:
        waiter.describe(name, LATE, max_age=REFRESH_MAX_AGE)
        ended.append(time.now())

    time.run([write, *(partial(look, name) for name in names)])
    assert len(ended) == len(names)
    assert max(ended) <= 10.0


def describe_all(
    time: VirtualTime,
    waiter: Waiter,
    names: list[str],
    parallel: int,
    max_age: float = REFRESH_MAX_AGE,
) -> int:
    """Describe caches as the engine does, *parallel* at a time; return how many were answered."""
    waiting, answered = iter(names), []

    def work() -> None:
        for name in waiting:
            time.sleep(0.003 * parallel)
            answered.append(waiter.describe(name, LATE, max_age=max_age))

    assert time.run([work] * parallel) == [None] * parallel
    return len(answered)


@pytest.mark.parametrize("trouble", [THROTTLED, LOST])
def test_a_failed_look_is_repeated_until_its_own_deadline_and_told(
    time: VirtualTime, trouble: EciError
) -> None:
    waiter, region = make(time, 2)
    region.troubles = [trouble] * 400
    told: list[list[EciError]] = [[], []]
    outcomes = time.run(
        [
            lambda: waiter.describe("imc-000", 10.0, told[0].append),
            lambda: waiter.describe("imc-001", 20.0, told[1].append),
        ]
    )
    assert outcomes == [trouble, trouble]
    assert all(told)
    assert time.now() <= 20.1


@pytest.mark.parametrize(("answered", "tries"), [(True, 12), (False, 4)])
def test_a_service_that_does_not_answer_ends_a_look_long_before_its_deadline(
    time: VirtualTime, answered: bool, tries: int
) -> None:
    waiter, region = make(time, 1)
    look = partial(waiter.describe, "imc-000", 20 * 60.0)
    if answered:
        time.run([look])
    region.calls, region.troubles = 0, [LOST] * 400
    assert time.run([look]) == [LOST]
    assert region.calls == tries


def test_a_look_that_a_person_has_to_help_fails_at_once(time: VirtualTime) -> None:
    waiter, region = make(time, 1)
    region.troubles = [FORBIDDEN]
    assert time.run([lambda: waiter.describe("imc-000", LATE)]) == [FORBIDDEN]
    assert region.calls == 1


def test_a_hundred_deletions_are_seen_by_one_listing(time: VirtualTime) -> None:
    waiter, region = make(time, 101)

    def delete(name: str) -> None:
        with waiter.writing(name):
            del region.versions[name]
        waiter.wait(name, lambda seen: seen is None, LATE, at_once=True, absent_is_gone=True)

    gone = list(region.versions)[:100]
    assert time.run(partial(delete, name) for name in gone) == [None] * 100
    assert region.calls == 1
