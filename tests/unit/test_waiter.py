"""One sweep for all waits. Nothing sleeps: the clock is moved by hand."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from pulumi_eci.api.errors import ApiError
from pulumi_eci.model.state import Observation
from pulumi_eci.operations.waiter import DeadlineError, PollInterval, Watch
from tests.support.region import (
    BROKEN,
    FORBIDDEN,
    LOST,
    THROTTLED,
    make,
    settled,
    wait_together,
)

# -- one cache


def test_a_wait_ends_with_the_last_observation() -> None:
    waiter, _, _ = make({"a": 60.0})
    assert waiter.wait("a", settled, 1e6) == Observation("a", "Ready")


def test_a_wait_for_a_missing_cache_ends_with_none() -> None:
    waiter, _, _ = make({})
    assert waiter.wait("a", settled, 1e6) is None


def test_one_cache_is_described_by_id() -> None:
    waiter, region, _ = make({"a": 60.0, "b": 0.0})
    waiter.wait("a", settled, 1e6)
    assert region.pages == []
    assert {name for name, _ in region.described} == {"a"}


def test_pauses_are_short_at_first_and_then_grow() -> None:
    waiter, region, _ = make({"a": 60.0})
    waiter.wait("a", settled, 1e6)
    looks = [time for _, time in region.described]
    pauses = [later - earlier for earlier, later in pairwise(looks)]
    assert pauses[:6] == [1.5] * 6
    assert pauses[6:] == pytest.approx([0.15 * look for look in looks[6:-1]])
    assert looks[-1] < 70.0


def test_the_condition_gets_every_observation() -> None:
    waiter, region, _ = make({"a": 10.0})
    seen: list[str] = []

    def judge(sight: Observation | None) -> bool:
        seen.append(sight.status if sight else "none")
        return settled(sight)

    waiter.wait("a", judge, 1e6)
    assert seen == [*["Creating"] * (len(region.described) - 1), "Ready"]


# -- deadlines


def test_a_wait_ends_at_its_deadline_with_the_last_observation() -> None:
    waiter, _, time = make({"a": 1e9})
    with pytest.raises(DeadlineError) as caught:
        waiter.wait("a", settled, 100.0)
    assert caught.value.last == Observation("a", "Creating")
    assert time.now() == 100.0


def test_a_deadline_without_an_observation_has_none() -> None:
    waiter, region, _ = make({"a": 0.0})
    region.bad["a"] = LOST
    with pytest.raises(DeadlineError) as caught:
        waiter.wait("a", settled, 100.0)
    assert caught.value.last is None


def test_a_deadline_that_has_passed_ends_at_once() -> None:
    waiter, region, time = make({"a": 1e9})
    with pytest.raises(DeadlineError):
        waiter.wait("a", settled, 0.0)
    assert region.described == [("a", 0.0)]
    assert time.now() == 0.0


@pytest.mark.parametrize("deadline", [1.0, 22.0])
def test_a_status_just_before_the_deadline_is_seen(deadline: float) -> None:
    waiter, _, time = make({"a": deadline - 0.1})
    assert waiter.wait("a", settled, deadline) == Observation("a", "Ready")
    assert time.now() == deadline


def test_an_exception_of_a_callback_only_fails_its_own_wait() -> None:
    waiter, region, _ = make({"a": 60.0})
    region.failures = [BROKEN]

    def on_retry(_: Exception) -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        waiter.wait("a", settled, 1e6, on_retry)
    assert waiter.wait("a", settled, 1e6) == Observation("a", "Ready")


def test_a_sweep_that_could_not_start_is_started_by_the_next_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiter, _, _ = make({"a": 0.0})

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError):
            waiter.wait("a", settled, 1e6)
    assert waiter.wait("a", settled, 1e6) == Observation("a", "Ready")


def test_a_deadline_only_ends_its_own_wait() -> None:
    waiter, _, _ = make({"a": 1e9, "b": 200.0}, crowd=2)
    with ThreadPoolExecutor(2) as pool:
        early = pool.submit(waiter.wait, "a", settled, 50.0)
        late = pool.submit(waiter.wait, "b", settled, 1e6)
        assert isinstance(early.exception(timeout=5.0), DeadlineError)
        assert late.result(timeout=5.0) == Observation("b", "Ready")


# -- failures


@pytest.mark.parametrize("failure", [THROTTLED, LOST], ids=["throttled", "lost"])
def test_a_transient_failure_does_not_end_the_wait(failure: Exception) -> None:
    waiter, region, _ = make({"a": 0.0})
    region.failures = [failure] * 5
    assert waiter.wait("a", settled, 1e6) == Observation("a", "Ready")
    assert len(region.described) == 6


def test_failures_make_the_pauses_longer() -> None:
    waiter, region, _ = make({"a": 0.0})
    region.failures = [LOST] * 8
    waiter.wait("a", settled, 1e6)
    looks = [round(time, 3) for _, time in region.described]
    assert looks == [1.5, 3.0, 4.5, 6.0, 7.5, 9.0, 10.5, 12.075, 13.886]


def test_throttling_delays_all_describe_calls_of_the_connection() -> None:
    waiter, region, _ = make({f"imc-{n}": 0.0 for n in range(30)}, crowd=30)
    refusal = ApiError("DescribeImageCaches", "Throttling.User", "", "", 400, retry_after=40.0)
    region.list_failures = [refusal]
    wait_together(waiter, [f"imc-{n}" for n in range(30)])
    assert region.pages[1][1] >= 40.0
    assert region.described == []


def test_a_final_failure_ends_the_wait() -> None:
    waiter, region, _ = make({"a": 0.0})
    region.failures = [FORBIDDEN]
    with pytest.raises(ApiError, match=r"Forbidden\.RAM"):
        waiter.wait("a", settled, 1e6)


def test_a_failing_id_does_not_affect_others() -> None:
    waiter, region, _ = make({"a": 60.0, "b": 60.0}, crowd=2)
    region.bad["a"] = FORBIDDEN
    region.list_failures = [THROTTLED] * 1000
    results = wait_together(waiter, ["a", "b"])
    assert results == {"a": FORBIDDEN, "b": Observation("b", "Ready")}


def test_an_unexpected_exception_of_a_describe_call_ends_its_wait() -> None:
    waiter, region, _ = make({"a": 0.0})
    region.failures = [KeyError("a bug")]
    watch = Watch("a", settled, deadline=1e6, began=0.0, due=0.0, on_retry=lambda _: None)
    waiter._describe(watch)
    assert isinstance(watch.done.exception(timeout=0.0), KeyError)


# -- the thread


def test_the_thread_ends_after_the_last_wait() -> None:
    waiter, _, _ = make({"a": 5.0})
    waiter.wait("a", settled, 1e6)
    thread = waiter._thread
    if thread is not None:
        thread.join(5.0)
    assert waiter._thread is None


@pytest.fixture
def many() -> dict[str, float]:
    """Return 30 caches that become Ready one after the other."""
    return {f"imc-{n:02}": 5.0 + n for n in range(30)}


def test_many_caches_are_described_through_the_list(many: dict[str, float]) -> None:
    waiter, region, _ = make(many, crowd=30)
    results = wait_together(waiter, many)
    assert results == {name: Observation(name, "Ready") for name in many}
    assert len(region.pages) + len(region.described) < 50


def test_a_hundred_caches_take_few_calls() -> None:
    ours = {f"imc-{n:03}": 20.0 + n / 25 for n in range(100)}
    foreign = {f"a-{n:02}": 0.0 for n in range(50)}
    waiter, region, _ = make({**ours, **foreign}, crowd=100)
    wait_together(waiter, ours)
    assert len(region.pages) + len(region.described) <= 25


def test_a_cache_is_seen_ready_within_one_interval(many: dict[str, float]) -> None:
    waiter, _, time = make(many, crowd=30)
    seen: dict[str, float] = {}

    def wait(cache_id: str) -> None:
        def judge(sight: Observation | None) -> bool:
            done = settled(sight)
            if done:
                seen[cache_id] = time.now()
            return done

        waiter.wait(cache_id, judge, 1e6)

    with ThreadPoolExecutor(30) as pool:
        list(pool.map(wait, many))
    late = [seen[name] - ready for name, ready in many.items()]
    assert min(late) >= 0.0
    assert max(late) <= PollInterval().longest


def test_paging_continues_while_caches_are_missing(many: dict[str, float]) -> None:
    waiter, region, _ = make(many, crowd=30, page_size=6)
    wait_together(waiter, many)
    assert [token for token, _ in region.pages[:5]] == ["", "6", "12", "18", "24"]


def test_paging_ends_when_all_caches_were_seen() -> None:
    ours = {f"a-{n}": 5.0 for n in range(5)}
    waiter, region, _ = make({**ours, **{f"z-{n}": 0.0 for n in range(50)}}, 5, page_size=5)
    wait_together(waiter, ours)
    assert {token for token, _ in region.pages} == {""}


def test_with_more_pages_than_waiting_caches_ids_are_used() -> None:
    ours = [f"z-{n}" for n in range(3)]
    caches = {**{f"a-{n:03}": 0.0 for n in range(100)}, **dict.fromkeys(ours, 60.0)}
    waiter, region, _ = make(caches, crowd=3, page_size=10)
    wait_together(waiter, ours)
    # as many calls as with ids; these calls showed the length of the list
    assert len(region.pages) == 4
    assert {name for name, _ in region.described} == set(ours)


def test_a_cache_that_is_not_in_the_list_is_described_by_id() -> None:
    waiter, region, _ = make({"a": 5.0, "b": 5.0}, crowd=3)
    results = wait_together(waiter, ["a", "b", "gone"])
    assert results["gone"] is None
    assert ("gone", 1.5) in region.described


def test_after_a_failed_list_caches_are_described_by_id() -> None:
    waiter, region, _ = make({"a": 0.0, "b": 0.0}, crowd=2)
    region.list_failures = [FORBIDDEN]
    results = wait_together(waiter, ["a", "b"])
    assert results == {"a": Observation("a", "Ready"), "b": Observation("b", "Ready")}
    assert sorted(region.described) == [("a", 1.5), ("b", 1.5)]


def test_a_list_that_repeats_its_token_ends() -> None:
    waiter, region, _ = make({"a": 0.0, "b": 0.0, "c": 0.0}, crowd=3, page_size=1)
    region.tokens = {"1": "1"}
    results = wait_together(waiter, ["a", "b", "c"])
    assert results["c"] == Observation("c", "Ready")
    assert [token for token, _ in region.pages] == ["", "1"]


def test_few_caches_on_many_pages_cost_at_most_twice_the_best_way() -> None:
    caches = {f"a-{n:04}": 0.0 for n in range(5000)}
    ours = [f"z-{n:02}" for n in range(10)]
    waiter, region, _ = make({**caches, **dict.fromkeys(ours, 60.0)}, crowd=10, page_size=10)
    wait_together(waiter, ours)
    looks = len({time for _, time in region.described})
    assert len(region.pages) == 11
    assert len(region.described) == 10 * looks


def test_many_caches_on_many_pages_are_listed(many: dict[str, float]) -> None:
    foreign = {f"a-{n:02}": 0.0 for n in range(70)}
    waiter, region, _ = make({**foreign, **dict.fromkeys(many, 60.0)}, crowd=30, page_size=13)
    wait_together(waiter, many)
    assert region.described == []
    assert len(region.pages) == 8 * len({time for _, time in region.pages})


def test_a_long_list_is_read_less_often_than_a_short_one(many: dict[str, float]) -> None:
    waiter, region, _ = make(dict.fromkeys(many, 60.0), crowd=30, page_size=6)
    wait_together(waiter, many)
    starts = [time for token, time in region.pages if not token]
    pauses = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert min(pauses) >= 7.5


def test_a_cache_that_is_almost_due_is_described_with_the_others() -> None:
    waiter, region, time = make({"a": 60.0, "b": 60.0}, crowd=2)
    first = Watch("a", settled, deadline=1e6, began=0.0, due=1.5, on_retry=lambda _: None)
    second = Watch("b", settled, deadline=1e6, began=0.7, due=2.2, on_retry=lambda _: None)
    time.sleep(1.5)
    waiter._look_at([first, second])
    assert (first.last, second.last) == (Observation("a", "Creating"), Observation("b", "Creating"))
    assert [time for _, time in region.pages] == [1.5]


def test_after_a_throttled_list_caches_are_not_described_by_id(many: dict[str, float]) -> None:
    # all at the same time, because a single cache would be described by id
    caches = dict.fromkeys(many, 20.0)
    waiter, region, _ = make(caches, crowd=30)
    region.list_failures = [THROTTLED]
    results = wait_together(waiter, caches)
    assert results == {name: Observation(name, "Ready") for name in many}
    assert region.pages[1][1] >= 3.0
    assert region.described == []


def test_a_page_that_always_fails_does_not_fail_a_wait() -> None:
    caches = dict.fromkeys([f"imc-{n:02}" for n in range(12)], 5.0)
    waiter, region, _ = make(caches, crowd=12, page_size=6)
    region.bad_pages = {"6": BROKEN}
    results = wait_together(waiter, caches)
    assert results == {name: Observation(name, "Ready") for name in caches}
    assert [token for token, _ in region.pages[:4]] == ["", "6", "", "6"]
    assert {f"imc-{n:02}" for n in range(6, 12)} <= {name for name, _ in region.described}


def test_a_list_that_is_not_allowed_is_requested_once() -> None:
    waiter, region, _ = make({"a": 60.0, "b": 60.0}, crowd=2)
    region.list_failures = [FORBIDDEN] * 1000
    results = wait_together(waiter, ["a", "b"])
    assert results == {"a": Observation("a", "Ready"), "b": Observation("b", "Ready")}
    assert len(region.pages) == 1


@pytest.mark.parametrize("failure", [THROTTLED, LOST], ids=["throttled", "lost"])
def test_a_failure_of_the_connection_ends_the_round(failure: Exception) -> None:
    names = ["a", "b", "c"]
    waiter, region, _ = make(dict.fromkeys(names, 0.0), crowd=3)
    region.list_failures = [FORBIDDEN]  # so the caches are described by id
    region.failures = [failure] * 2
    results = wait_together(waiter, names)
    assert results == {name: Observation(name, "Ready") for name in names}
    assert len(region.described) == 2 + 3


def test_a_cache_whose_describe_calls_fail_is_described_last() -> None:
    waiter, region, _ = make({"a": 0.0, "b": 0.0}, crowd=2)
    region.list_failures = [FORBIDDEN]
    region.bad["a"] = LOST
    results = wait_together(waiter, ["a", "b"], deadline=60.0)
    assert isinstance(results["a"], DeadlineError)
    assert results["b"] == Observation("b", "Ready")
