"""What every `Gateway` shows of caches, whatever is behind it."""

from __future__ import annotations

import pytest

from pulumi_eci.api.codes import Reaction
from pulumi_eci.api.errors import ApiError
from pulumi_eci.model.request import wire_tags
from tests.contract.backends import UNKNOWN_ID, Backend, LocalBackend, listed, new_token

# -- create and describe


def test_create_returns_the_id_of_a_cache_that_describe_shows(backend: Backend) -> None:
    parameters = backend.parameters()
    cache_id = backend.send(parameters, new_token())
    seen = backend.seen(cache_id)
    assert cache_id.startswith("imc-")
    assert seen.image_cache_id == cache_id
    assert seen.image_cache_name == parameters["ImageCacheName"]
    assert seen.images == (backend.image,)
    assert seen.status in {"Preparing", "Creating", "Ready"}


def test_a_built_cache_is_ready_and_has_a_snapshot(backend: Backend) -> None:
    seen = backend.ready(ImageCacheSize=30, EliminationStrategy="LRU", Tag=wire_tags({"a": "1"}))
    assert seen.settled
    assert seen.snapshot_id
    assert seen.container_group_id.startswith("eci-")
    assert seen.image_cache_size == 30
    assert seen.elimination_strategy == "LRU"
    assert seen.tags == {"a": "1"}


def test_the_same_client_token_makes_one_cache(backend: Backend) -> None:
    parameters, token = backend.parameters(), new_token()
    first = backend.send(parameters, token)
    assert backend.send(parameters, token) == first
    named = [
        seen
        for seen in listed(backend.gateway)
        if seen.image_cache_name == parameters["ImageCacheName"]
    ]
    assert [seen.image_cache_id for seen in named] == [first]


def test_another_client_token_makes_another_cache(local: LocalBackend) -> None:
    parameters = local.parameters()
    assert local.send(parameters, new_token()) != local.send(parameters, new_token())


def test_a_client_token_with_other_parameters_is_refused(local: LocalBackend) -> None:
    token = new_token()
    local.send(local.parameters(), token)
    with pytest.raises(ApiError) as caught:
        local.send(local.parameters(), token)
    assert caught.value.code == "IdempotentParameterMismatch"
    assert caught.value.reaction is Reaction.FINAL


def test_an_unknown_id_is_none(backend: Backend) -> None:
    assert backend.gateway.describe(UNKNOWN_ID) is None


@pytest.mark.parametrize("answer", ["empty", "not_found"])
def test_either_answer_about_an_unknown_id_is_none(local: LocalBackend, answer: str) -> None:
    switches = local.emulator.settings.switches.with_values({"describe_unknown": answer})
    local.emulator.configure(switches=switches)
    assert local.gateway.describe(UNKNOWN_ID) is None


def test_a_failed_build_ends_failed_with_a_reason(local: LocalBackend) -> None:
    local.emulator.configure(failing_images=("*/broken:*",))
    seen = local.wait_until_settled(local.create(Image=["registry.example.com/broken:1"]))
    assert seen.status == "Failed"
    assert seen.snapshot_id == ""
    event = seen.deciding_event
    assert event is not None
    assert event.type == "Warning"
    assert "broken:1" in event.message


def test_progress_is_shown_while_a_cache_is_built(local: LocalBackend) -> None:
    cache_id = local.create()
    local.pause()
    local.pause()
    seen = local.seen(cache_id)
    assert (seen.status, seen.settled) == ("Creating", False)
    assert seen.progress.endswith("%")
    assert seen.deciding_event is not None
    assert seen.snapshot_id == ""


def test_awkward_text_comes_back_as_it_was_sent(local: LocalBackend) -> None:
    tags = {"a b": "", "k+1": "v&=2*~+/ü%20", "名": "缓存 'x' \"y\""}
    assert local.ready(Tag=wire_tags(tags)).tags == tags


# -- list


@pytest.mark.parametrize("count", [0, 1, 20, 21, 45])
@pytest.mark.parametrize("last_page", ["no_token", "empty_token"])
def test_pages_hold_every_cache_once(local: LocalBackend, count: int, last_page: str) -> None:
    switches = local.emulator.settings.switches.with_values({"last_page": last_page})
    local.emulator.configure(switches=switches)
    made = local.emulator.seed(*({"name": f"cache-{index}"} for index in range(count)))
    assert [seen.image_cache_id for seen in listed(local.gateway)] == made


def test_a_page_is_no_longer_than_the_service_s_limit(local: LocalBackend) -> None:
    local.emulator.seed(*({"name": f"cache-{index}"} for index in range(130)))
    page = local.gateway.list_page()
    assert len(page.caches) in {20, 100}
    assert page.next_token


def test_the_list_shows_the_region_alone(local: LocalBackend) -> None:
    (elsewhere,) = local.emulator.seed({"name": "far-away", "region": "cn-beijing"})
    assert listed(local.gateway) == []
    assert local.gateway.describe(elsewhere) is None


def test_the_list_shows_what_describe_shows(backend: Backend) -> None:
    ready = backend.ready(Tag=wire_tags({"a": "1"}))
    cache_id = ready.image_cache_id
    (found,) = [seen for seen in listed(backend.gateway) if seen.image_cache_id == cache_id]
    assert found == backend.seen(cache_id)
