"""One sweep for all who wait. Nothing sleeps: the time is moved by hand."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from pulumi_eci.api.errors import ApiError
from pulumi_eci.model.state import Observation
from pulumi_eci.operations.waiter import DeadlineError, Watch
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


def test_a_wait_ends_with_what_was_seen() -> None:
    waiter, _, _ = make({"a": 60.0})
    assert waiter.wait("a", settled, 1e6) == Observation("a", "Ready")


def test_a_wait_for_a_cache_that_is_not_there_ends_with_none() -> None:
    waiter, _, _ = make({})
    assert waiter.wait("a", settled, 1e6) is None


def test_one_cache_is_looked_at_by_id() -> None:
    waiter, region, _ = make({"a": 60.0, "b": 0.0})
    waiter.wait("a", settled, 1e6)
    assert region.pages == []
    assert {name for name, _ in region.described} == {"a"}


def test_looks_are_quick_at_first_and_then_ever_slower() -> None:
    waiter, region, _ = make({"a": 60.0})
    waiter.wait("a", settled, 1e6)
    looks = [time for _, time in region.described]
    pauses = [later - earlier for earlier, later in pairwise(looks)]
    assert pauses[:6] == [1.5] * 6
    assert pauses[6:] == pytest.approx([0.15 * look for look in looks[6:-1]])
    assert looks[-1] < 70.0


def test_the_judge_sees_every_look() -> None:
    waiter, region, _ = make({"a": 10.0})
    seen: list[str] = []

    def judge(sight: Observation | None) -> bool:
        seen.append(sight.status if sight else "none")
        return settled(sight)

    waiter.wait("a", judge, 1e6)
    assert seen == [*["Creating"] * (len(region.described) - 1), "Ready"]


def test_a_judge_that_raises_ends_the_wait_with_that() -> None:
    waiter, _, _ = make({"a": 0.0})

    def judge(_: Observation | None) -> bool:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        waiter.wait("a", judge, 1e6)


# -- deadlines


def test_a_wait_ends_at_its_deadline_with_what_was_seen_last() -> None:
    waiter, _, time = make({"a": 1e9})
    with pytest.raises(DeadlineError) as caught:
        waiter.wait("a", settled, 100.0)
    assert caught.value.last == Observation("a", "Creating")
    assert time.now() == 100.0


def test_a_deadline_without_any_look_knows_of_none() -> None:
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
def test_what_comes_true_just_before_the_deadline_is_seen(deadline: float) -> None:
    waiter, _, time = make({"a": deadline - 0.1})
    assert waiter.wait("a", settled, deadline) == Observation("a", "Ready")
    assert time.now() == deadline


def test_who_fails_to_tell_of_a_failed_look_fails_alone() -> None:
    waiter, region, _ = make({"a": 60.0})
    region.troubles = [BROKEN]

    def stumbled(_: Exception) -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        waiter.wait("a", settled, 1e6, stumbled)
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


def test_the_deadline_of_one_is_not_that_of_others() -> None:
    waiter, _, _ = make({"a": 1e9, "b": 200.0}, crowd=2)
    with ThreadPoolExecutor(2) as pool:
        early = pool.submit(waiter.wait, "a", settled, 50.0)
        late = pool.submit(waiter.wait, "b", settled, 1e6)
        assert isinstance(early.exception(timeout=5.0), DeadlineError)
        assert late.result(timeout=5.0) == Observation("b", "Ready")


# -- trouble


@pytest.mark.parametrize("trouble", [THROTTLED, LOST], ids=["throttled", "lost"])
def test_transient_trouble_is_survived(trouble: Exception) -> None:
    waiter, region, _ = make({"a": 0.0})
    region.troubles = [trouble] * 5
    assert waiter.wait("a", settled, 1e6) == Observation("a", "Ready")
    assert len(region.described) == 6


def test_trouble_slows_the_looks_down() -> None:
    waiter, region, _ = make({"a": 0.0})
    region.troubles = [LOST] * 8
    waiter.wait("a", settled, 1e6)
    looks = [round(time, 3) for _, time in region.described]
    assert looks == [1.5, 3.0, 4.5, 6.0, 7.5, 9.0, 10.5, 12.075, 13.886]


def test_throttling_holds_all_looks_of_the_connection_back() -> None:
    waiter, region, _ = make({f"imc-{n}": 0.0 for n in range(30)}, crowd=30)
    refusal = ApiError("DescribeImageCaches", "Throttling.User", "", "", 400, retry_after=40.0)
    region.list_troubles = [refusal]
    wait_together(waiter, [f"imc-{n}" for n in range(30)])
    assert region.pages[1][1] >= 40.0
    assert region.described == []


def test_trouble_that_a_person_must_end_ends_the_wait() -> None:
    waiter, region, _ = make({"a": 0.0})
    region.troubles = [FORBIDDEN]
    with pytest.raises(ApiError, match=r"Forbidden\.RAM"):
        waiter.wait("a", settled, 1e6)


def test_one_bad_id_does_not_disturb_others() -> None:
    waiter, region, _ = make({"a": 60.0, "b": 60.0}, crowd=2)
    region.bad["a"] = FORBIDDEN
    region.list_troubles = [THROTTLED] * 1000
    results = wait_together(waiter, ["a", "b"])
    assert results == {"a": FORBIDDEN, "b": Observation("b", "Ready")}


def test_an_unforeseen_failure_of_a_look_is_that_of_its_wait() -> None:
    waiter, region, _ = make({"a": 0.0})
    region.troubles = [KeyError("a bug")]
    watch = Watch("a", settled, deadline=1e6, began=0.0, due=0.0, stumbled=lambda _: None)
    waiter._look(watch)
    assert isinstance(watch.done.exception(timeout=0.0), KeyError)


# -- the thread


def test_the_thread_ends_when_nobody_waits() -> None:
    waiter, _, _ = make({"a": 5.0})
    waiter.wait("a", settled, 1e6)
    thread = waiter._thread
    if thread is not None:
        thread.join(5.0)
    assert waiter._thread is None


def test_a_later_wait_has_a_thread_again() -> None:
    waiter, _, _ = make({"a": 5.0, "b": 50.0})
    waiter.wait("a", settled, 1e6)
    assert waiter.wait("b", settled, 1e6) == Observation("b", "Ready")
