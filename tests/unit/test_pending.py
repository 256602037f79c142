"""The pending tag: the search for tagged caches, their treatment, and the removal of the tag."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from eci_emulator.core import Emulator
from pulumi_eci.api.errors import ApiError, EciError, GoneError, IncompleteError, TransportError
from pulumi_eci.model.fields import ADOPTED_TAG, PENDING_TAG
from pulumi_eci.model.request import Parameters
from pulumi_eci.model.spec import ImageCacheSpec
from pulumi_eci.model.state import read_state
from pulumi_eci.operations.lifecycle import Lifecycle
from pulumi_eci.operations.pending import Claim, tag_value
from tests.support.memory import MemoryGateway, make_client, make_emulator
from tests.support.virtual_time import VirtualTime

SPEC = ImageCacheSpec(
    region="cn-hangzhou", images=("nginx",), image_cache_name="web", tags={"team": "web"}
)
WEB = Claim("web")
HOUR = 3600.0


class Gateway(MemoryGateway):
    """A gateway that runs a hook before each call."""

    hook: Callable[[str], None] | None = None

    def call(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        """Run an operation after the hook."""
        if self.hook:
            self.hook(operation)
        return super().call(operation, parameters)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator."""
    emulator = make_emulator(failing_images=("broken",))
    yield emulator
    emulator.close()


@pytest.fixture
def gateway(emulator: Emulator) -> Gateway:
    """A gateway to the emulator."""
    return Gateway(emulator)


@pytest.fixture
def lifecycle(gateway: Gateway) -> Lifecycle:
    """The lifecycle of one provider process."""
    return Lifecycle(make_client(gateway))


def create(
    lifecycle: Lifecycle, spec: ImageCacheSpec = SPEC, claim: Claim = WEB
) -> tuple[str, dict[str, Any], list[str]]:
    """Create a cache; return its id, the outputs and the messages."""
    reported: list[str] = []
    return *lifecycle.create(spec, HOUR, reported.append, claim), reported


def left(emulator: Emulator, **fields: Any) -> str:  # noqa: ANN401 - fields of Cache
    """Create a cache as a killed run leaves it; return its id."""
    tags = {"team": "web", PENDING_TAG: tag_value(WEB, SPEC)}
    (cache_id,) = emulator.seed({"name": "web", "images": ["nginx"], "tags": tags, **fields})
    return cache_id


def tags_of(emulator: Emulator, cache_id: str) -> dict[str, str]:
    """Return the tags of a cache."""
    found: dict[str, str] = next(c["tags"] for c in emulator.caches() if c["id"] == cache_id)
    return found


def test_the_tag_stays_until_the_process_ends(lifecycle: Lifecycle, emulator: Emulator) -> None:
    cache_id, outputs, _ = create(lifecycle)
    assert tags_of(emulator, cache_id) == {"team": "web", PENDING_TAG: tag_value(WEB, SPEC)}
    assert outputs["tags"] == {"team": "web"}
    lifecycle.untag_finished(60.0)
    assert PENDING_TAG in tags_of(emulator, cache_id)
    lifecycle.untag_finished()
    assert tags_of(emulator, cache_id) == {"team": "web"}


def test_a_partial_result_loses_the_tag_too(lifecycle: Lifecycle, emulator: Emulator) -> None:
    with pytest.raises(IncompleteError):
        create(lifecycle, replace(SPEC, images=("broken",)))
    lifecycle.untag_finished()
    (cache,) = emulator.caches()
    assert cache["tags"] == {"team": "web"}


def test_a_run_continues_with_a_cache_of_a_killed_run(
    lifecycle: Lifecycle, emulator: Emulator
) -> None:
    cache_id = left(emulator, images=["redis"])
    found, outputs, reported = create(lifecycle)
    assert found == cache_id
    assert (
        f"{cache_id} was created by an earlier run that did not finish; continuing with it"
        in reported
    )
    lifecycle.untag_finished()
    (cache,) = emulator.caches()
    assert cache["images"] == ("nginx",)
    assert cache["tags"] == {"team": "web", ADOPTED_TAG: outputs["adoption"]}


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "Failed"},
        {"tags": {PENDING_TAG: tag_value(WEB, replace(SPEC, insecure_registry="r"))}},
    ],
    ids=["failed", "another build"],
)
def test_an_unusable_cache_of_a_killed_run_is_deleted_and_recreated(
    lifecycle: Lifecycle, emulator: Emulator, fields: dict[str, Any]
) -> None:
    cache_id = left(emulator, **fields)
    made, _, reported = create(lifecycle)
    assert [cache["id"] for cache in emulator.caches()] == [made]
    assert made != cache_id
    assert any(line.startswith(cache_id) and line.endswith("deleting it") for line in reported)


def test_one_of_two_caches_of_killed_runs_is_kept(lifecycle: Lifecycle, emulator: Emulator) -> None:
    both = {left(emulator), left(emulator)}
    made, _, _ = create(lifecycle)
    assert [cache["id"] for cache in emulator.caches()] == [made]
    assert made in both


def test_a_live_cache_is_never_taken_over(lifecycle: Lifecycle, emulator: Emulator) -> None:
    live = left(emulator, tags={"team": "web"})
    sister = left(emulator, tags={PENDING_TAG: tag_value(Claim("sister"), SPEC)})
    known = left(emulator)
    made, _, _ = create(lifecycle, claim=Claim("web", {known}))
    lifecycle.delete(made, SPEC, HOUR, lambda _: None, Claim("web", {known}))
    assert {cache["id"] for cache in emulator.caches()} == {live, sister, known}
    lifecycle.untag_finished()
    assert PENDING_TAG not in tags_of(emulator, known)


def test_a_cache_without_the_tag_since_the_listing_is_live(
    lifecycle: Lifecycle, gateway: Gateway, emulator: Emulator
) -> None:
    cache_id = left(emulator)
    create(lifecycle, claim=Claim("sister"))  # reads the listing
    emulator.edit(cache_id, {"tags": {}})
    made, _, _ = create(lifecycle)
    assert made != cache_id
    assert tags_of(emulator, cache_id) == {}
    assert gateway.sent("DeleteImageCache") == []


def test_a_deletion_also_deletes_the_cache_of_a_killed_replacement(
    lifecycle: Lifecycle, emulator: Emulator
) -> None:
    made, _, _ = create(lifecycle)
    left(emulator)
    other = Lifecycle(make_client(Gateway(emulator)))
    other.delete(made, SPEC, HOUR, lambda _: None, WEB)
    assert emulator.caches() == []


def test_with_20_tags_there_is_no_pending_tag(lifecycle: Lifecycle, emulator: Emulator) -> None:
    full = replace(SPEC, tags={f"key-{number}": "" for number in range(20)})
    made, _, _ = create(lifecycle, full)
    assert tags_of(emulator, made) == full.tags
    lifecycle.untag_finished()
    other = Lifecycle(make_client(Gateway(emulator)))
    cache_id = left(emulator)
    assert create(other, full)[0] == cache_id
    assert tags_of(emulator, cache_id) == full.tags


def test_without_a_claim_there_is_no_tag_and_no_search(
    lifecycle: Lifecycle, gateway: Gateway, emulator: Emulator
) -> None:
    left(emulator)
    made, _, _ = create(lifecycle, claim=Claim())
    assert tags_of(emulator, made) == {"team": "web"}
    assert not [call for call in gateway.sent("DescribeImageCaches") if "Tag.1.Key" in call]


def test_an_update_removes_a_remaining_tag(lifecycle: Lifecycle, emulator: Emulator) -> None:
    made, outputs, _ = create(lifecycle)
    other = Lifecycle(make_client(Gateway(emulator)))
    new = replace(SPEC, retention_days=7)
    outputs = other.update(made, read_state(outputs), new, HOUR, lambda _: None)
    assert tags_of(emulator, made) == {"team": "web"}
    assert outputs["tags"] == {"team": "web"}


@pytest.mark.parametrize(
    ("images", "timeout"),
    [(("nginx",), HOUR), (("redis",), HOUR), (("broken",), HOUR), (("redis",), 100.0)],
    ids=["unchanged", "changed by the other run", "failed in the other run", "timed out"],
)
def test_a_cache_that_another_run_took_over_is_an_error(
    lifecycle: Lifecycle,
    gateway: Gateway,
    emulator: Emulator,
    images: tuple[str, ...],
    timeout: float,
) -> None:
    other = Lifecycle(make_client(Gateway(emulator)))

    def meanwhile(operation: str) -> None:
        if operation == "DescribeImageCaches" and emulator.caches():
            gateway.hook = None
            with suppress(IncompleteError):
                create(other, replace(SPEC, images=images))

    gateway.hook = meanwhile
    with pytest.raises(GoneError, match=r"taken over by another run .* `eci:namespace`"):
        lifecycle.create(SPEC, timeout, lambda _: None, WEB)
    assert len(emulator.caches()) == 1


def test_all_resources_share_one_listing(gateway: Gateway, lifecycle: Lifecycle) -> None:
    started = threading.Barrier(8)

    def one(number: int) -> str:
        started.wait()
        return create(lifecycle, claim=Claim(f"resource-{number}"))[0]

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(one, range(8)))) == 8
    looks = [call for call in gateway.sent("DescribeImageCaches") if "Tag.1.Key" in call]
    assert [call["Tag.1.Key"] for call in looks] == [PENDING_TAG]


def test_a_wait_for_the_listing_ends_at_the_caller_s_deadline(
    emulator: Emulator, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = VirtualTime(emulator.clock)

    def throttle(operation: str) -> None:
        raise ApiError(operation, "Throttling.User", "later", "R", 400)

    def create_within(seconds: float) -> None:
        try:
            lifecycle.create(SPEC, seconds, lambda _: None, WEB)
        finally:
            ended.append((seconds, time.now()))

    gateway.hook = throttle
    ended: list[tuple[float, float]] = []
    with time.governs_threads(monkeypatch):
        lifecycle = Lifecycle(make_client(gateway, time))
        failures = time.run([lambda: create_within(HOUR), lambda: create_within(120.0)])
    assert all(isinstance(failure, EciError) for failure in failures)
    assert [seconds for seconds, _ in ended] == [120.0, HOUR]
    assert all(at <= seconds for seconds, at in ended)


def test_after_a_failed_listing_nothing_is_created(
    lifecycle: Lifecycle, gateway: Gateway, emulator: Emulator
) -> None:
    def refuse(operation: str) -> None:
        raise ApiError(operation, "Forbidden.RAM", "no", "R", 403)

    gateway.hook = refuse
    with pytest.raises(EciError, match=r"DescribeImageCaches answered Forbidden\.RAM"):
        create(lifecycle)
    assert emulator.caches() == []
    gateway.hook = None
    create(lifecycle)


def test_after_a_lost_reply_the_next_creation_reads_a_new_listing(
    lifecycle: Lifecycle, gateway: Gateway, emulator: Emulator
) -> None:
    original = gateway.call

    def lose(operation: str, parameters: Parameters) -> dict[str, Any]:
        reply = original(operation, parameters)
        if operation == "CreateImageCache":
            raise TransportError(operation, "host", "it did not answer in time")
        return reply

    gateway.call = lose  # type: ignore[method-assign]
    with pytest.raises(EciError, match="looks for the cache and continues with it"):
        create(lifecycle)
    gateway.call = original  # type: ignore[method-assign]
    (cache,) = emulator.caches()
    assert create(lifecycle)[0] == cache["id"]


def test_tags_are_removed_from_fifty_caches_in_one_call(
    gateway: Gateway, lifecycle: Lifecycle
) -> None:
    made = [create(lifecycle, claim=Claim(f"resource-{n}"))[0] for n in range(60)]
    gateway.emulator.remove(made[0])
    lifecycle.untag_finished()
    assert not [cache for cache in gateway.emulator.caches() if PENDING_TAG in cache["tags"]]
    assert len(gateway.sent("UntagResources")) == 52  # after a refusal, the first fifty one by one


def test_a_tag_that_cannot_be_removed_is_no_failure(
    lifecycle: Lifecycle, gateway: Gateway, emulator: Emulator
) -> None:
    made, _, _ = create(lifecycle)

    def silent(operation: str) -> None:
        raise TransportError(operation, "host", "it did not answer in time")

    gateway.hook = silent
    lifecycle.untag_finished()
    assert PENDING_TAG in tags_of(emulator, made)
