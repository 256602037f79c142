"""What every `Gateway` changes, whatever is behind it."""

from __future__ import annotations

import pytest

from pulumi_eci.api.codes import Reaction
from pulumi_eci.api.errors import ApiError
from pulumi_eci.model.request import wire_tags
from tests.contract.backends import UNKNOWN_ID, Backend, LocalBackend, listed, new_token

# -- update


def test_an_update_with_images_rebuilds_in_place(backend: Backend) -> None:
    # The heart of this project: one translated sentence of the documentation says so.
    before = backend.ready()
    cache_id = before.image_cache_id
    parameters = {"ImageCacheName": before.image_cache_name, "Image": [backend.other_image]}
    backend.gateway.update(cache_id, backend.basis | parameters, new_token())
    assert backend.seen(cache_id).status == "Updating"
    after = backend.wait_until_settled(cache_id)
    assert after.status == "Ready"
    assert after.snapshot_id
    assert after.images == (backend.other_image,)


@pytest.mark.parametrize(("value", "kept"), [("new_snapshot", False), ("same_snapshot", True)])
def test_a_rebuild_may_keep_the_snapshot_id(local: LocalBackend, value: str, kept: bool) -> None:
    switches = local.emulator.settings.switches.with_values({"update_with_image": value})
    local.emulator.configure(switches=switches)
    before = local.ready()
    parameters = {"ImageCacheName": before.image_cache_name, "Image": [local.other_image]}
    local.gateway.update(before.image_cache_id, parameters, new_token())
    after = local.wait_until_settled(before.image_cache_id)
    assert (after.snapshot_id == before.snapshot_id) is kept


def test_an_update_without_images_keeps_the_snapshot(backend: Backend) -> None:
    before = backend.ready()
    cache_id = before.image_cache_id
    parameters = {"ImageCacheName": "contract-renamed", "EliminationStrategy": "LRU"}
    backend.gateway.update(cache_id, backend.basis | parameters, new_token())
    after = backend.wait_until_settled(cache_id)
    assert (after.status, after.snapshot_id) == ("Ready", before.snapshot_id)
    assert after.image_cache_name == "contract-renamed"
    assert after.elimination_strategy == "LRU"
    assert after.images == before.images


def test_a_failed_rebuild_keeps_the_old_snapshot(local: LocalBackend) -> None:
    before = local.ready()
    local.emulator.configure(failing_images=("*/broken:*",))
    parameters = {"ImageCacheName": before.image_cache_name, "Image": ["example.com/broken:1"]}
    local.gateway.update(before.image_cache_id, parameters, new_token())
    after = local.wait_until_settled(before.image_cache_id)
    assert (after.status, after.snapshot_id) == ("UpdateFailed", before.snapshot_id)


def test_an_update_of_a_cache_that_is_being_built_has_to_wait(backend: Backend) -> None:
    cache_id = backend.create()
    parameters = {**backend.basis, "ImageCacheName": "contract-early"}
    with pytest.raises(ApiError) as caught:
        backend.gateway.update(cache_id, parameters, new_token())
    assert caught.value.reaction is Reaction.WAIT


@pytest.mark.parametrize("code", ["ImageCache.IncorrectStatus", "IncorrectStatus"])
def test_either_code_for_another_state_means_wait(local: LocalBackend, code: str) -> None:
    switches = local.emulator.settings.switches.with_values({"update_wrong_status": code})
    local.emulator.configure(switches=switches)
    with pytest.raises(ApiError) as caught:
        local.gateway.update(local.create(), {"ImageCacheName": "early"}, new_token())
    assert (caught.value.code, caught.value.reaction) == (code, Reaction.WAIT)


def test_an_update_that_changes_nothing_succeeds_or_says_so(backend: Backend) -> None:
    seen = backend.ready()
    parameters = {**backend.basis, "ImageCacheName": seen.image_cache_name}
    try:
        backend.gateway.update(seen.image_cache_id, parameters, new_token())
    except ApiError as refusal:
        assert refusal.reaction is Reaction.NOTHING_TO_DO  # noqa: PT017 - a refusal is optional
    assert backend.wait_until_settled(seen.image_cache_id) == seen


def test_a_repeated_update_is_made_once(local: LocalBackend) -> None:
    before = local.ready()
    token = new_token()
    parameters = {"ImageCacheName": before.image_cache_name, "Image": [local.image]}
    local.gateway.update(before.image_cache_id, parameters, token)
    first = local.wait_until_settled(before.image_cache_id)
    local.gateway.update(before.image_cache_id, parameters, token)
    assert local.seen(before.image_cache_id) == first


# -- delete


def test_a_deleted_cache_is_no_longer_shown(backend: Backend) -> None:
    cache_id = backend.ready().image_cache_id
    backend.gateway.delete(cache_id, new_token())
    backend.wait_until_gone(cache_id)
    assert cache_id not in {seen.image_cache_id for seen in listed(backend.gateway)}


def test_deleting_an_unknown_cache_succeeds_or_says_gone(backend: Backend) -> None:
    try:
        backend.gateway.delete(UNKNOWN_ID, new_token())
    except ApiError as error:
        assert error.reaction is Reaction.GONE  # noqa: PT017 - no error is right as well


@pytest.mark.parametrize("answer", ["not_found", "success"])
def test_either_answer_for_an_unknown_cache_is_understood(local: LocalBackend, answer: str) -> None:
    switches = local.emulator.settings.switches.with_values({"delete_unknown": answer})
    local.emulator.configure(switches=switches)
    reaction = None
    try:
        local.gateway.delete(UNKNOWN_ID, new_token())
    except ApiError as error:
        reaction = error.reaction
    assert reaction is (Reaction.GONE if answer == "not_found" else None)


# -- tags


def test_tags_are_added_changed_and_removed(backend: Backend) -> None:
    cache_id = backend.ready(Tag=wire_tags({"a": "1", "b": "2"})).image_cache_id
    backend.gateway.tag(cache_id, {"b": "3", "c": ""})
    assert backend.seen(cache_id).tags == {"a": "1", "b": "3", "c": ""}
    backend.gateway.untag([cache_id], ["a", "c", "never-there"])
    assert backend.seen(cache_id).tags == {"b": "3"}


def test_twenty_tags_are_the_limit(local: LocalBackend) -> None:
    cache_id = local.ready(Tag=wire_tags({f"t{index}": "" for index in range(20)})).image_cache_id
    with pytest.raises(ApiError) as caught:
        local.gateway.tag(cache_id, {"one": "more"})
    assert caught.value.code == "NumberExceed.Tags"
    assert "20 tags" in caught.value.advice
