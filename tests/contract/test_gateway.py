"""The behaviour of every `Gateway`, whatever the backend."""

from __future__ import annotations

from collections.abc import Callable

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


def test_the_same_client_token_creates_one_cache(backend: Backend) -> None:
    parameters, token = backend.parameters(), new_token()
    first = backend.send(parameters, token)
    assert backend.send(parameters, token) == first
    named = [
        seen
        for seen in listed(backend.gateway)
        if seen.image_cache_name == parameters["ImageCacheName"]
    ]
    assert [seen.image_cache_id for seen in named] == [first]


def test_a_client_token_with_other_parameters_is_refused(local: LocalBackend) -> None:
    token = new_token()
    local.send(local.parameters(), token)
    with pytest.raises(ApiError) as caught:
        local.send(local.parameters(), token)
    assert caught.value.code == "IdempotentParameterMismatch"
    assert caught.value.reaction is Reaction.FINAL


def test_an_unknown_id_is_described_as_none(backend: Backend) -> None:
    assert backend.gateway.describe(UNKNOWN_ID) is None


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


def test_unusual_text_comes_back_unchanged(local: LocalBackend) -> None:
    tags = {"a b": "", "k+1": "v&=2*~+/ü%20", "名": "缓存 'x' \"y\""}
    assert local.ready(Tag=wire_tags(tags)).tags == tags


# -- list


@pytest.mark.parametrize("count", [0, 1, 20, 21, 45])
@pytest.mark.parametrize("last_page", ["no_token", "empty_token"])
def test_pages_contain_every_cache_once(local: LocalBackend, count: int, last_page: str) -> None:
    switches = local.emulator.settings.switches.with_values({"last_page": last_page})
    local.emulator.configure(switches=switches)
    made = local.emulator.seed(*({"name": f"cache-{index}"} for index in range(count)))
    assert [seen.image_cache_id for seen in listed(local.gateway)] == made


def test_a_page_is_no_longer_than_the_limit_of_the_service(local: LocalBackend) -> None:
    local.emulator.seed(*({"name": f"cache-{index}"} for index in range(130)))
    page = local.gateway.list_page()
    assert len(page.caches) in {20, 100}
    assert page.next_token


def test_the_list_contains_only_caches_of_the_region(local: LocalBackend) -> None:
    (elsewhere,) = local.emulator.seed({"name": "far-away", "region": "cn-beijing"})
    assert listed(local.gateway) == []
    assert local.gateway.describe(elsewhere) is None


def test_the_list_and_describe_show_the_same(backend: Backend) -> None:
    ready = backend.ready(Tag=wire_tags({"a": "1"}))
    cache_id = ready.image_cache_id
    (found,) = [seen for seen in listed(backend.gateway) if seen.image_cache_id == cache_id]
    assert found == backend.seen(cache_id)


# -- update


def test_an_update_with_images_rebuilds_in_place(backend: Backend) -> None:
    # This project depends on this behaviour, which the documentation states in one sentence only.
    before = backend.ready()
    cache_id = before.image_cache_id
    parameters = {"ImageCacheName": before.image_cache_name, "Image": [backend.other_image]}
    backend.gateway.update(cache_id, backend.basis | parameters, new_token())
    assert backend.seen(cache_id).status == "Updating"
    after = backend.wait_until_settled(cache_id)
    assert after.status == "Ready"
    assert after.snapshot_id
    assert after.images == (backend.other_image,)


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


def test_an_update_during_a_build_is_refused_for_now(backend: Backend) -> None:
    cache_id = backend.create()
    parameters = {**backend.basis, "ImageCacheName": "contract-early"}
    with pytest.raises(ApiError) as caught:
        backend.gateway.update(cache_id, parameters, new_token())
    assert caught.value.reaction is Reaction.WAIT


def test_an_update_that_changes_nothing_succeeds_or_is_refused_as_such(backend: Backend) -> None:
    seen = backend.ready()
    parameters = {**backend.basis, "ImageCacheName": seen.image_cache_name}
    try:
        backend.gateway.update(seen.image_cache_id, parameters, new_token())
    except ApiError as refusal:
        assert refusal.reaction is Reaction.NOTHING_TO_DO  # noqa: PT017 - a refusal is optional
    assert backend.wait_until_settled(seen.image_cache_id) == seen


def test_a_repeated_update_takes_effect_once(local: LocalBackend) -> None:
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


def test_deleting_an_unknown_cache_succeeds_or_fails_with_not_found(backend: Backend) -> None:
    try:
        backend.gateway.delete(UNKNOWN_ID, new_token())
    except ApiError as error:
        assert error.reaction is Reaction.GONE  # noqa: PT017 - no error is right as well


# -- tags


def test_tags_are_added_changed_and_removed(backend: Backend) -> None:
    cache_id = backend.ready(Tag=wire_tags({"a": "1", "b": "2"})).image_cache_id
    backend.gateway.tag(cache_id, {"b": "3", "c": ""})
    assert backend.seen(cache_id).tags == {"a": "1", "b": "3", "c": ""}
    backend.gateway.untag([cache_id], ["a", "c", "never-there"])
    assert backend.seen(cache_id).tags == {"b": "3"}


Call = Callable[[LocalBackend], object]

REFUSALS: dict[str, tuple[Call, str, int]] = {
    "no images": (lambda b: b.create(Image=[]), "MissingImage", 400),
    "no name": (lambda b: b.create(ImageCacheName=None), "MissingImageCacheName", 400),
    "an image with a scheme": (
        lambda b: b.create(Image=["https://docker.io/nginx"]),
        "InvalidParameter",
        400,
    ),
    "a size out of range": (
        lambda b: b.create(ImageCacheSize=5),
        "InvalidParameter.ValueExceeded",
        400,
    ),
    "a name too long": (
        lambda b: b.create(ImageCacheName="x" * 129),
        "InvalidParameter.LengthExceeded",
        400,
    ),
    "too many tags": (
        lambda b: b.create(Tag=wire_tags({f"t{index}": "" for index in range(21)})),
        "NumberExceed.Tags",
        400,
    ),
    "an update of an unknown cache": (
        lambda b: b.gateway.update(UNKNOWN_ID, {"ImageCacheName": "gone"}, new_token()),
        "InvalidParameter.NotFound",
        404,
    ),
    "tags of an unknown cache": (
        lambda b: b.gateway.tag(UNKNOWN_ID, {"a": "1"}),
        "InvalidParameter.NotFound",
        404,
    ),
    "no tags": (lambda b: b.gateway.untag([b.create()], []), "MissingTagKey", 400),
    "a page that is none": (lambda b: b.gateway.list_page("nonsense"), "InvalidParameter", 400),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_has_the_code_and_message_of_the_service(
    local: LocalBackend, refusal: str
) -> None:
    call, code, status = REFUSALS[refusal]
    with pytest.raises(ApiError) as caught:
        call(local)
    error = caught.value
    entry = local.emulator.journal.entries()[-1]
    assert (error.code, error.status) == (code, status) == (entry["code"], entry["status"])
    assert error.operation == entry["action"]
    assert error.request_id == entry["request_id"]
    assert error.vendor_message
    assert "request id" not in error.vendor_message.lower()
    for part in (error.operation, code, error.vendor_message.rstrip("."), error.request_id):
        assert part in str(error)
    assert "\n" not in str(error)
    assert (error.__cause__, error.__context__) == (None, None)
