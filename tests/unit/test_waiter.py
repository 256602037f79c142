"""One sweep for all who wait. Nothing sleeps: the time is moved by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pulumi_eci.errors import ApiError, TransportError
from pulumi_eci.gateway import Page
from pulumi_eci.state import Observation
from pulumi_eci.waiter import DeadlineError, Spacing, Waiter, Watch
from tests.support.memory import ManualTime

FORBIDDEN = ApiError("DescribeImageCaches", "Forbidden.RAM", "no", "", 403)
THROTTLED = ApiError("DescribeImageCaches", "Throttling.User", "slow down", "", 400)
LOST = TransportError("DescribeImageCaches", "host", "it did not answer in time")


class Time(ManualTime):
    """A time that stands still until *crowd* watches wait, so that a sweep meets all of them."""

    def __init__(self, crowd: int = 1) -> None:
        super().__init__()
        self.crowd = crowd
        self.waiter: Waiter | None = None

    def wait(self, condition: threading.Condition, seconds: float) -> None:
        """Move the time once the crowd is complete; a new watch notifies."""
        waiting = 0 if self.waiter is None else len(self.waiter._watches)
        if waiting < self.crowd:
            condition.wait(5.0)
            return
        self.crowd = 0
        self.sleep(seconds)


class Region:
    """A region whose caches become Ready at some time, and which may fail to answer."""

    def __init__(self, time: ManualTime, ready_at: dict[str, float], page_size: int = 100) -> None:
        self.time = time
        self.ready_at = ready_at
        self.page_size = page_size
        self.described: list[tuple[str, float]] = []
        self.pages: list[tuple[str, float]] = []
        self.troubles: list[Exception] = []
        self.list_troubles: list[Exception] = []
        self.bad: dict[str, Exception] = {}
        self.tokens: dict[str, str] = {}

    def describe(self, cache_id: str) -> Observation | None:
        """Show one cache."""
        self.described.append((cache_id, self.time.now()))
        if self.troubles:
            raise self.troubles.pop(0)
        if cache_id in self.bad:
            raise self.bad[cache_id]
        return self._show(cache_id) if cache_id in self.ready_at else None

    def list_page(self, next_token: str = "") -> Page:
        """Show a page of all caches."""
        self.pages.append((next_token, self.time.now()))
        if self.list_troubles:
            raise self.list_troubles.pop(0)
        names = sorted(self.ready_at)
        start = int(next_token or 0)
        end = start + self.page_size
        following = str(end) if end < len(names) else ""
        shown = tuple(self._show(name) for name in names[start:end])
        return Page(shown, self.tokens.get(next_token, following))

    def _show(self, cache_id: str) -> Observation:
        ready = self.time.now() >= self.ready_at[cache_id]
        return Observation(cache_id, "Ready" if ready else "Creating")


def settled(seen: Observation | None) -> bool:
    """Judge a wait to be over."""
    return seen is None or seen.settled


def make(
    ready_at: dict[str, float], crowd: int = 1, page_size: int = 100
) -> tuple[Waiter, Region, Time]:
    """Make a waiter on a region."""
    time = Time(crowd)
    region = Region(time, ready_at, page_size)
    gateway: Any = region  # of a gateway, a waiter needs the two readings alone
    waiter = Waiter(gateway, time, Spacing(jitter=0.0))
    time.waiter = waiter
    return waiter, region, time


def wait_together(
    waiter: Waiter, cache_ids: Iterable[str], deadline: float = 1e6
) -> dict[str, Observation | Exception | None]:
    """Wait for several caches at once; an exception counts as a result."""

    def one(cache_id: str) -> Observation | Exception | None:
        try:
            return waiter.wait(cache_id, settled, deadline)
        except Exception as error:  # noqa: BLE001 - the result of this one
            return error

    names = list(cache_ids)
    with ThreadPoolExecutor(len(names)) as pool:
        return dict(zip(names, pool.map(one, names), strict=True))


# -- one cache


def test_a_wait_ends_with_what_was_seen() -> None:
    """The observation that the judge accepted."""
    waiter, _, _ = make({"a": 60.0})
    assert waiter.wait("a", settled, 1e6) == Observation("a", "Ready")


def test_a_wait_for_a_cache_that_is_not_there_ends_with_none() -> None:
    """The judge decides what that means."""
    waiter, _, _ = make({})
    assert waiter.wait("a", settled, 1e6) is None


def test_one_cache_is_looked_at_by_id() -> None:
    """The region may hold hundreds of others."""
    waiter, region, _ = make({"a": 60.0, "b": 0.0})
    waiter.wait("a", settled, 1e6)
    assert region.pages == []
    assert {name for name, _ in region.described} == {"a"}


def test_looks_are_quick_at_first_and_then_ten_seconds_apart() -> None:
    """A rebuild is seen to begin, and a long build costs few calls."""
    waiter, region, _ = make({"a": 60.0})
    waiter.wait("a", settled, 1e6)
    looks = [round(time, 3) for _, time in region.described]
    assert looks == [1.0, 2.5, 4.75, 8.125, 13.188, 20.781, 30.781, 40.781, 50.781, 60.781]


def test_the_judge_sees_every_look() -> None:
    """Progress is told from there."""
    waiter, region, _ = make({"a": 10.0})
    seen: list[str] = []

    def judge(sight: Observation | None) -> bool:
        seen.append(sight.status if sight else "none")
        return settled(sight)

    waiter.wait("a", judge, 1e6)
    assert seen == [*["Creating"] * (len(region.described) - 1), "Ready"]


def test_a_judge_that_raises_ends_the_wait_with_that() -> None:
    """It is the waiting thread's own failure."""
    waiter, _, _ = make({"a": 0.0})

    def judge(_: Observation | None) -> bool:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        waiter.wait("a", judge, 1e6)


# -- deadlines


def test_a_wait_ends_at_its_deadline_with_what_was_seen_last() -> None:
    """Neither before nor long after."""
    waiter, _, time = make({"a": 1e9})
    with pytest.raises(DeadlineError) as caught:
        waiter.wait("a", settled, 100.0)
    assert caught.value.last == Observation("a", "Creating")
    assert time.now() == 100.0


def test_a_deadline_without_any_look_knows_of_none() -> None:
    """The service never answered."""
    waiter, region, _ = make({"a": 0.0})
    region.bad["a"] = LOST
    with pytest.raises(DeadlineError) as caught:
        waiter.wait("a", settled, 100.0)
    assert caught.value.last is None


def test_a_deadline_that_has_passed_ends_at_once() -> None:
    """Before the first look."""
    waiter, region, time = make({"a": 0.0})
    with pytest.raises(DeadlineError):
        waiter.wait("a", settled, 0.0)
    assert (region.described, time.now()) == ([], 0.0)


def test_the_deadline_of_one_is_not_that_of_others() -> None:
    """Each waits as long as it may."""
    waiter, _, _ = make({"a": 1e9, "b": 200.0}, crowd=2)
    with ThreadPoolExecutor(2) as pool:
        early = pool.submit(waiter.wait, "a", settled, 50.0)
        late = pool.submit(waiter.wait, "b", settled, 1e6)
        assert isinstance(early.exception(timeout=5.0), DeadlineError)
        assert late.result(timeout=5.0) == Observation("b", "Ready")


# -- trouble


@pytest.mark.parametrize("trouble", [THROTTLED, LOST], ids=["throttled", "lost"])
def test_transient_trouble_is_survived(trouble: Exception) -> None:
    """The next look may work."""
    waiter, region, _ = make({"a": 0.0})
    region.troubles = [trouble] * 5
    assert waiter.wait("a", settled, 1e6) == Observation("a", "Ready")
    assert len(region.described) == 6


def test_trouble_slows_the_looks_down() -> None:
    """A service that fails is not asked more often."""
    waiter, region, _ = make({"a": 0.0})
    region.troubles = [LOST] * 3
    waiter.wait("a", settled, 1e6)
    assert [time for _, time in region.described] == [1.0, 2.5, 4.75, 8.125]


def test_throttling_holds_all_looks_of_the_connection_back() -> None:
    """Of a crowd that waits, one look is refused; then nobody looks until the window has passed."""
    waiter, region, _ = make({f"imc-{n}": 0.0 for n in range(30)}, crowd=30)
    refusal = ApiError("DescribeImageCaches", "Throttling.User", "", "", 400, retry_after=40.0)
    region.list_troubles = [refusal]
    wait_together(waiter, [f"imc-{n}" for n in range(30)])
    assert len(region.pages) == 1
    assert min(at for _, at in region.described) >= 40.0


def test_trouble_that_a_person_must_end_ends_the_wait() -> None:
    """Waiting does not grant permissions."""
    waiter, region, _ = make({"a": 0.0})
    region.troubles = [FORBIDDEN]
    with pytest.raises(ApiError, match=r"Forbidden\.RAM"):
        waiter.wait("a", settled, 1e6)


def test_one_bad_id_does_not_disturb_others() -> None:
    """Its failure is its own."""
    waiter, region, _ = make({"a": 60.0, "b": 60.0}, crowd=2)
    region.bad["a"] = FORBIDDEN
    region.list_troubles = [THROTTLED] * 1000
    results = wait_together(waiter, ["a", "b"])
    assert results == {"a": FORBIDDEN, "b": Observation("b", "Ready")}


def test_an_unforeseen_failure_of_a_look_is_that_of_its_wait() -> None:
    """The sweep goes on for the others."""
    waiter, region, _ = make({"a": 0.0})
    region.troubles = [KeyError("a bug")]
    watch = Watch("a", settled, deadline=1e6, due=0.0, stumbled=lambda _: None)
    waiter._look(watch)
    assert isinstance(watch.done.exception(timeout=0.0), KeyError)


# -- many caches


@pytest.fixture
def many() -> dict[str, float]:
    """Return 30 caches that are Ready one after the other."""
    return {f"imc-{n:02}": 5.0 + n for n in range(30)}


def test_many_caches_are_looked_at_through_the_list(many: dict[str, float]) -> None:
    """One call for all of them."""
    waiter, region, _ = make(many, crowd=30)
    results = wait_together(waiter, many)
    assert results == {name: Observation(name, "Ready") for name in many}
    assert len(region.pages) + len(region.described) < 50


def test_one_sweep_looks_once_at_all(many: dict[str, float]) -> None:
    """No two pages are asked for at the same time."""
    waiter, region, _ = make(many, crowd=30)
    wait_together(waiter, many)
    times = [time for _, time in region.pages]
    assert len(times) == len(set(times))


def test_paging_goes_on_while_caches_are_missing(many: dict[str, float]) -> None:
    """The first sweep needs every page."""
    waiter, region, _ = make(many, crowd=30, page_size=7)
    wait_together(waiter, many)
    assert [token for token, _ in region.pages[:5]] == ["", "7", "14", "21", "28"]


def test_paging_ends_when_all_were_seen() -> None:
    """Caches of others behind the last one of ours are not listed."""
    ours = {f"a-{n}": 5.0 for n in range(5)}
    waiter, region, _ = make({**ours, **{f"z-{n}": 0.0 for n in range(50)}}, 5, page_size=5)
    wait_together(waiter, ours)
    assert {token for token, _ in region.pages} == {""}


def test_a_list_of_more_pages_than_waiting_caches_is_left_for_ids() -> None:
    """Three caches among a thousand are cheaper one by one."""
    ours = [f"z-{n}" for n in range(3)]
    caches = {**{f"a-{n:03}": 0.0 for n in range(100)}, **dict.fromkeys(ours, 60.0)}
    waiter, region, _ = make(caches, crowd=3, page_size=10)
    wait_together(waiter, ours)
    assert len(region.pages) == 11  # one listing taught how long it is
    assert {name for name, _ in region.described} == set(ours)


def test_a_cache_that_the_list_does_not_show_is_looked_up_by_id() -> None:
    """Only then is it gone."""
    waiter, region, _ = make({"a": 5.0, "b": 5.0}, crowd=3)
    results = wait_together(waiter, ["a", "b", "gone"])
    assert results["gone"] is None
    assert ("gone", 1.0) in region.described


def test_a_list_that_fails_is_made_up_for_by_ids() -> None:
    """Nobody waits longer for it."""
    waiter, region, _ = make({"a": 0.0, "b": 0.0}, crowd=2)
    region.list_troubles = [FORBIDDEN]
    results = wait_together(waiter, ["a", "b"])
    assert results == {"a": Observation("a", "Ready"), "b": Observation("b", "Ready")}
    assert sorted(region.described) == [("a", 1.0), ("b", 1.0)]


def test_a_list_that_repeats_its_token_ends() -> None:
    """No service can make the sweep go round for ever."""
    waiter, region, _ = make({"a": 0.0, "b": 0.0, "c": 0.0}, crowd=3, page_size=1)
    region.tokens = {"1": "1"}
    results = wait_together(waiter, ["a", "b", "c"])
    assert results["c"] == Observation("c", "Ready")
    assert [token for token, _ in region.pages] == ["", "1"]


def test_two_waits_for_one_cache_both_end() -> None:
    """A refresh may meet an update."""
    waiter, _, _ = make({"a": 30.0}, crowd=2)
    with ThreadPoolExecutor(2) as pool:
        waits = [pool.submit(waiter.wait, "a", settled, 1e6) for _ in range(2)]
        assert [wait.result(timeout=5.0) for wait in waits] == [Observation("a", "Ready")] * 2


# -- the thread


def test_the_thread_ends_when_nobody_waits() -> None:
    """The process can leave."""
    waiter, _, _ = make({"a": 5.0})
    waiter.wait("a", settled, 1e6)
    thread = waiter._thread
    if thread is not None:
        thread.join(5.0)
    assert waiter._thread is None


def test_a_later_wait_has_a_thread_again() -> None:
    """A lifecycle is used many times."""
    waiter, _, _ = make({"a": 5.0, "b": 50.0})
    waiter.wait("a", settled, 1e6)
    assert waiter.wait("b", settled, 1e6) == Observation("b", "Ready")


# -- spacing


@pytest.mark.parametrize(
    ("spacing", "looks", "pause"),
    [
        (Spacing(jitter=0.0), 0, 1.0),
        (Spacing(jitter=0.0), 1, 1.5),
        (Spacing(jitter=0.0), 6, 10.0),
        (Spacing(jitter=0.0), 10**9, 10.0),
        (Spacing(first=0.5, longest=0.5, jitter=0.0), 7, 0.5),
    ],
)
def test_a_pause_grows_to_its_longest(spacing: Spacing, looks: int, pause: float) -> None:
    """However long the wait."""
    assert spacing.after(looks) == pause


@pytest.mark.parametrize("bound", [min, max])
def test_a_pause_varies_by_a_tenth(bound: Callable[[list[float]], float]) -> None:
    """Many processes do not look in step."""
    pauses = [Spacing().after(20) for _ in range(200)]
    assert 9.0 <= bound(pauses) <= 11.0
    assert len(set(pauses)) > 1
