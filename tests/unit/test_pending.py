"""The pending tag: who looks for it, what is done about what is found, and when it comes off."""

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
    """A gateway with a hook before each call."""

    hook: Callable[[str], None] | None = None

    def call(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        """Run an operation after the hook."""
        if self.hook:
            self.hook(operation)
        return super().call(operation, parameters)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """A fresh emulator."""
    emulator = make_emulator(failing_images=("broken",))
    yield emulator
    emulator.close()


@pytest.fixture
def gateway(emulator: Emulator) -> Gateway:
    """The way to it."""
    return Gateway(emulator)


@pytest.fixture
def lifecycle(gateway: Gateway) -> Lifecycle:
    """A process of the provider."""
    return Lifecycle(make_client(gateway))


def create(
    lifecycle: Lifecycle, spec: ImageCacheSpec = SPEC, claim: Claim = WEB
) -> tuple[str, dict[str, Any], list[str]]:
    """Create a cache; return id, outputs and what was told."""
    told: list[str] = []
    return *lifecycle.create(spec, HOUR, told.append, claim), told


def left(emulator: Emulator, **fields: Any) -> str:  # noqa: ANN401 - fields of Cache
    """Let a dead run have left a cache; return its id."""
    tags = {"team": "web", PENDING_TAG: tag_value(WEB, SPEC)}
    (cache_id,) = emulator.seed({"name": "web", "images": ["nginx"], "tags": tags, **fields})
    return cache_id


def tags_of(emulator: Emulator, cache_id: str) -> dict[str, str]:
    """Return the tags of a cache."""
    found: dict[str, str] = next(c["tags"] for c in emulator.caches() if c["id"] == cache_id)
    return found


def test_the_tag_is_there_until_the_process_ends(lifecycle: Lifecycle, emulator: Emulator) -> None:
    cache_id, outputs, _ = create(lifecycle)
    assert tags_of(emulator, cache_id) == {"team": "web", PENDING_TAG: tag_value(WEB, SPEC)}
    assert outputs["tags"] == {"team": "web"}
    lifecycle.untag_finished(60.0)
    assert PENDING_TAG in tags_of(emulator, cache_id)
    lifecycle.untag_finished()
    assert tags_of(emulator, cache_id) == {"team": "web"}


def test_a_partial_result_loses_the_tag_likewise(lifecycle: Lifecycle, emulator: Emulator) -> None:
    with pytest.raises(IncompleteError):
        create(lifecycle, replace(SPEC, images=("broken",)))
    lifecycle.untag_finished()
    (cache,) = emulator.caches()
    assert cache["tags"] == {"team": "web"}


def test_what_a_dead_run_left_is_gone_on_with(lifecycle: Lifecycle, emulator: Emulator) -> None:
    cache_id = left(emulator, images=["redis"])
    found, outputs, told = create(lifecycle)
    assert found == cache_id
    assert (
        f"{cache_id} was created by an earlier run that did not finish; continuing with it" in told
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
    ids=["failed", "built otherwise"],
)
def test_what_will_not_do_is_deleted_and_made_anew(
    lifecycle: Lifecycle, emulator: Emulator, fields: dict[str, Any]
) -> None:
    cache_id = left(emulator, **fields)
    made, _, told = create(lifecycle)
    assert [cache["id"] for cache in emulator.caches()] == [made]
    assert made != cache_id
    assert any(line.startswith(cache_id) and line.endswith("deleting it") for line in told)


def test_of_two_that_were_left_one_stays(lifecycle: Lifecycle, emulator: Emulator) -> None:
    both = {left(emulator), left(emulator)}
    made, _, _ = create(lifecycle)
    assert [cache["id"] for cache in emulator.caches()] == [made]
    assert made in both


def test_a_live_cache_is_never_taken(lifecycle: Lifecycle, emulator: Emulator) -> None:
    live = left(emulator, tags={"team": "web"})
    sister = left(emulator, tags={PENDING_TAG: tag_value(Claim("sister"), SPEC)})
    known = left(emulator)
    made, _, _ = create(lifecycle, claim=Claim("web", {known}))
    lifecycle.delete(made, SPEC, HOUR, lambda _: None, Claim("web", {known}))
    assert {cache["id"] for cache in emulator.caches()} == {live, sister, known}
    lifecycle.untag_finished()
    assert PENDING_TAG not in tags_of(emulator, known)


def test_what_was_untagged_since_the_listing_is_live(
    lifecycle: Lifecycle, gateway: Gateway, emulator: Emulator
) -> None:
    cache_id = left(emulator)
    create(lifecycle, claim=Claim("sister"))  # lists
    emulator.edit(cache_id, {"tags": {}})
    made, _, _ = create(lifecycle)
    assert made != cache_id
    assert tags_of(emulator, cache_id) == {}
    assert gateway.sent("DeleteImageCache") == []


def test_a_deletion_takes_along_what_a_dead_replacement_left(
    lifecycle: Lifecycle, emulator: Emulator
) -> None:
    made, _, _ = create(lifecycle)
    left(emulator)
    other = Lifecycle(make_client(Gateway(emulator)))
    other.delete(made, SPEC, HOUR, lambda _: None, WEB)
    assert emulator.caches() == []


def test_with_20_tags_there_is_no_place(lifecycle: Lifecycle, emulator: Emulator) -> None:
    full = replace(SPEC, tags={f"key-{number}": "" for number in range(20)})
    made, _, _ = create(lifecycle, full)
    assert tags_of(emulator, made) == full.tags
    lifecycle.untag_finished()
    other = Lifecycle(make_client(Gateway(emulator)))
    cache_id = left(emulator)
    assert create(other, full)[0] == cache_id
    assert tags_of(emulator, cache_id) == full.tags


def test_without_a_claim_nothing_is_tagged_or_looked_for(
    lifecycle: Lifecycle, gateway: Gateway, emulator: Emulator
) -> None:
    left(emulator)
    made, _, _ = create(lifecycle, claim=Claim())
    assert tags_of(emulator, made) == {"team": "web"}
    assert not [call for call in gateway.sent("DescribeImageCaches") if "Tag.1.Key" in call]


def test_an_update_takes_off_a_tag_that_stayed(lifecycle: Lifecycle, emulator: Emulator) -> None:
    made, outputs, _ = create(lifecycle)
    other = Lifecycle(make_client(Gateway(emulator)))
    new = replace(SPEC, retention_days=7)
    outputs = other.update(made, read_state(outputs), new, HOUR, lambda _: None)
    assert tags_of(emulator, made) == {"team": "web"}
    assert outputs["tags"] == {"team": "web"}


@pytest.mark.parametrize(
    ("images", "timeout"),
    [(("nginx",), HOUR), (("redis",), HOUR), (("broken",), HOUR), (("redis",), 100.0)],
    ids=["as it was", "as the other wants it", "a build that failed since", "too late"],
)
def test_a_cache_that_another_run_went_on_with_is_not_this_one_s(
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


def test_one_listing_serves_all_resources(gateway: Gateway, lifecycle: Lifecycle) -> None:
    started = threading.Barrier(8)

    def one(number: int) -> str:
        started.wait()
        return create(lifecycle, claim=Claim(f"resource-{number}"))[0]

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(one, range(8)))) == 8
    looks = [call for call in gateway.sent("DescribeImageCaches") if "Tag.1.Key" in call]
    assert [call["Tag.1.Key"] for call in looks] == [PENDING_TAG]


def test_nobody_waits_for_the_listing_beyond_its_own_deadline(
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


def test_a_listing_that_fails_creates_nothing(
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


def test_after_a_lost_reply_it_is_listed_anew(
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


def test_tags_come_off_by_fifties(gateway: Gateway, lifecycle: Lifecycle) -> None:
    made = [create(lifecycle, claim=Claim(f"resource-{n}"))[0] for n in range(60)]
    gateway.emulator.remove(made[0])
    lifecycle.untag_finished()
    assert not [cache for cache in gateway.emulator.caches() if PENDING_TAG in cache["tags"]]
    assert len(gateway.sent("UntagResources")) == 52  # the first fifty singly, after a refusal


def test_a_tag_that_does_not_come_off_is_no_failure(
    lifecycle: Lifecycle, gateway: Gateway, emulator: Emulator
) -> None:
    made, _, _ = create(lifecycle)

    def silent(operation: str) -> None:
        raise TransportError(operation, "host", "it did not answer in time")

    gateway.hook = silent
    lifecycle.untag_finished()
    assert PENDING_TAG in tags_of(emulator, made)
