"""What every `Gateway` does, whatever is behind it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_eci.codes import Reaction
from pulumi_eci.errors import ApiError
from pulumi_eci.gateway import Gateway
from pulumi_eci.request import wire_tags
from pulumi_eci.state import Observation
from tests.contract.backends import Backend, LocalBackend, new_token

UNKNOWN_ID = "imc-00000000000000000000"


def listed(gateway: Gateway) -> list[Observation]:
    """All caches of the region, page by page."""
    caches: list[Observation] = []
    token = ""
    while True:
        page = gateway.list_page(token)
        caches.extend(page.caches)
        token = page.next_token
        if not token:
            return caches


# -- create and describe


def test_create_returns_the_id_of_a_cache_that_describe_shows(backend: Backend) -> None:
    """The new cache is there at once, with its name and images, and has not settled or is Ready."""
    parameters = backend.parameters()
    cache_id = backend.send(parameters, new_token())
    seen = backend.seen(cache_id)
    assert cache_id.startswith("imc-")
    assert seen.image_cache_id == cache_id
    assert seen.image_cache_name == parameters["ImageCacheName"]
    assert seen.images == (backend.image,)
    assert seen.status in {"Preparing", "Creating", "Ready"}


def test_a_built_cache_is_ready_and_has_a_snapshot(backend: Backend) -> None:
    """The end of a build is Ready, with a snapshot and the temporary instance that pulled."""
    seen = backend.ready(ImageCacheSize=30, EliminationStrategy="LRU", Tag=wire_tags({"a": "1"}))
    assert seen.settled
    assert seen.snapshot_id
    assert seen.container_group_id.startswith("eci-")
    assert seen.image_cache_size == 30
    assert seen.elimination_strategy == "LRU"
    assert seen.tags == {"a": "1"}


def test_the_same_client_token_makes_one_cache(backend: Backend) -> None:
    """A repeated call is answered with the first one's cache: how a lost reply is settled."""
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
    """Equal parameters under another token are another cache, as `up --replace` needs it."""
    parameters = local.parameters()
    assert local.send(parameters, new_token()) != local.send(parameters, new_token())


def test_a_client_token_with_other_parameters_is_refused(local: LocalBackend) -> None:
    """A token belongs to one request; a mix-up is told, and is no reason to try again."""
    token = new_token()
    local.send(local.parameters(), token)
    with pytest.raises(ApiError) as caught:
        local.send(local.parameters(), token)
    assert caught.value.code == "IdempotentParameterMismatch"
    assert caught.value.reaction is Reaction.FINAL


def test_an_unknown_id_is_none(backend: Backend) -> None:
    """Describing a cache that does not exist is no error."""
    assert backend.gateway.describe(UNKNOWN_ID) is None


@pytest.mark.parametrize("answer", ["empty", "not_found"])
def test_either_answer_about_an_unknown_id_is_none(local: LocalBackend, answer: str) -> None:
    """No document says whether the list is empty or the answer an error."""
    switches = local.emulator.settings.switches.with_values({"describe_unknown": answer})
    local.emulator.configure(switches=switches)
    assert local.gateway.describe(UNKNOWN_ID) is None


def test_a_failed_build_ends_failed_with_a_reason(local: LocalBackend) -> None:
    """A build that cannot pull is settled, and a warning says why."""
    local.emulator.configure(failing_images=("*/broken:*",))
    seen = local.wait_until_settled(local.create(Image=["registry.example.com/broken:1"]))
    assert seen.status == "Failed"
    assert seen.snapshot_id == ""
    event = seen.deciding_event
    assert event is not None
    assert event.type == "Warning"
    assert "broken:1" in event.message


def test_progress_is_shown_while_a_cache_is_built(local: LocalBackend) -> None:
    """While it is built, a cache shows a progress in percent and what happens to it."""
    cache_id = local.create()
    local.pause()
    local.pause()
    seen = local.seen(cache_id)
    assert (seen.status, seen.settled) == ("Creating", False)
    assert seen.progress.endswith("%")
    assert seen.deciding_event is not None
    assert seen.snapshot_id == ""


def test_awkward_text_comes_back_as_it_was_sent(local: LocalBackend) -> None:
    """What has to be quoted in a URL, or is no ASCII, survives the way there and back."""
    tags = {"a b": "", "k+1": "v&=2*~+/ü%20", "名": "缓存 'x' \"y\""}
    assert local.ready(Tag=wire_tags(tags)).tags == tags


# -- list


@pytest.mark.parametrize("count", [0, 1, 20, 21, 45])
@pytest.mark.parametrize("last_page", ["no_token", "empty_token"])
def test_pages_hold_every_cache_once(local: LocalBackend, count: int, last_page: str) -> None:
    """Paging loses and repeats nothing, with whatever the service ends the last page."""
    switches = local.emulator.settings.switches.with_values({"last_page": last_page})
    local.emulator.configure(switches=switches)
    made = local.emulator.seed(*({"name": f"cache-{index}"} for index in range(count)))
    assert [seen.image_cache_id for seen in listed(local.gateway)] == made


def test_a_page_is_no_longer_than_the_service_s_limit(local: LocalBackend) -> None:
    """One page of many is not all of them, and says so by its token."""
    local.emulator.seed(*({"name": f"cache-{index}"} for index in range(130)))
    page = local.gateway.list_page()
    assert len(page.caches) in {20, 100}
    assert page.next_token


def test_the_list_shows_the_region_alone(local: LocalBackend) -> None:
    """Caches of other regions are neither listed nor found."""
    (elsewhere,) = local.emulator.seed({"name": "far-away", "region": "cn-beijing"})
    assert listed(local.gateway) == []
    assert local.gateway.describe(elsewhere) is None


def test_the_list_shows_what_describe_shows(backend: Backend) -> None:
    """One cache looks the same by id and in the list, so that the waiter may use either."""
    ready = backend.ready(Tag=wire_tags({"a": "1"}))
    cache_id = ready.image_cache_id
    (found,) = [seen for seen in listed(backend.gateway) if seen.image_cache_id == cache_id]
    assert found == backend.seen(cache_id)


# -- update


def test_an_update_with_images_rebuilds_in_place(backend: Backend) -> None:
    """With Image the cache moves to Updating, and ends Ready with the same id and those images.

    The heart of this project: one translated sentence of the documentation says so.
    """
    before = backend.ready()
    cache_id = before.image_cache_id
    parameters = {"ImageCacheName": before.image_cache_name, "Image": [backend.other_image]}
    backend.gateway.update(cache_id, parameters, new_token())
    assert backend.seen(cache_id).status == "Updating"
    after = backend.wait_until_settled(cache_id)
    assert after.status == "Ready"
    assert after.snapshot_id
    assert after.images == (backend.other_image,)


@pytest.mark.parametrize(("value", "kept"), [("new_snapshot", False), ("same_snapshot", True)])
def test_a_rebuild_may_keep_the_snapshot_id(local: LocalBackend, value: str, kept: bool) -> None:
    """No document says whether SnapshotId changes, so it alone cannot show a rebuild."""
    switches = local.emulator.settings.switches.with_values({"update_with_image": value})
    local.emulator.configure(switches=switches)
    before = local.ready()
    parameters = {"ImageCacheName": before.image_cache_name, "Image": [local.other_image]}
    local.gateway.update(before.image_cache_id, parameters, new_token())
    after = local.wait_until_settled(before.image_cache_id)
    assert (after.snapshot_id == before.snapshot_id) is kept


def test_an_update_without_images_keeps_the_snapshot(backend: Backend) -> None:
    """Without Image only metadata changes: the cache is Ready in the end, with its snapshot."""
    before = backend.ready()
    cache_id = before.image_cache_id
    parameters = {"ImageCacheName": "contract-renamed", "EliminationStrategy": "LRU"}
    backend.gateway.update(cache_id, parameters, new_token())
    after = backend.wait_until_settled(cache_id)
    assert (after.status, after.snapshot_id) == ("Ready", before.snapshot_id)
    assert after.image_cache_name == "contract-renamed"
    assert after.elimination_strategy == "LRU"
    assert after.images == before.images


def test_a_failed_rebuild_keeps_the_old_snapshot(local: LocalBackend) -> None:
    """UpdateFailed is settled, and what was Ready before can still be used."""
    before = local.ready()
    local.emulator.configure(failing_images=("*/broken:*",))
    parameters = {"ImageCacheName": before.image_cache_name, "Image": ["example.com/broken:1"]}
    local.gateway.update(before.image_cache_id, parameters, new_token())
    after = local.wait_until_settled(before.image_cache_id)
    assert (after.status, after.snapshot_id) == ("UpdateFailed", before.snapshot_id)


def test_an_update_of_a_cache_that_is_being_built_has_to_wait(backend: Backend) -> None:
    """Only Ready and UpdateFailed caches can be updated; any other has to settle first."""
    cache_id = backend.create()
    with pytest.raises(ApiError) as caught:
        backend.gateway.update(cache_id, {"ImageCacheName": "contract-early"}, new_token())
    assert caught.value.reaction is Reaction.WAIT


@pytest.mark.parametrize("code", ["ImageCache.IncorrectStatus", "IncorrectStatus"])
def test_either_code_for_another_state_means_wait(local: LocalBackend, code: str) -> None:
    """The documents know two codes for one refusal."""
    switches = local.emulator.settings.switches.with_values({"update_wrong_status": code})
    local.emulator.configure(switches=switches)
    with pytest.raises(ApiError) as caught:
        local.gateway.update(local.create(), {"ImageCacheName": "early"}, new_token())
    assert (caught.value.code, caught.value.reaction) == (code, Reaction.WAIT)


def test_an_update_that_changes_nothing_succeeds_or_says_so(backend: Backend) -> None:
    """NoNeedUpdate is an answer of its own, which the caller may take for a success."""
    seen = backend.ready()
    parameters = {"ImageCacheName": seen.image_cache_name}
    try:
        backend.gateway.update(seen.image_cache_id, parameters, new_token())
    except ApiError as refusal:
        assert refusal.reaction is Reaction.NOTHING_TO_DO  # noqa: PT017 - a refusal is optional
    assert backend.wait_until_settled(seen.image_cache_id) == seen


def test_a_repeated_update_is_made_once(local: LocalBackend) -> None:
    """The same token twice is one rebuild, so that a lost reply may be asked for again."""
    before = local.ready()
    token = new_token()
    parameters = {"ImageCacheName": before.image_cache_name, "Image": [local.image]}
    local.gateway.update(before.image_cache_id, parameters, token)
    first = local.wait_until_settled(before.image_cache_id)
    local.gateway.update(before.image_cache_id, parameters, token)
    assert local.seen(before.image_cache_id) == first


# -- delete


def test_a_deleted_cache_is_no_longer_shown(backend: Backend) -> None:
    """After a deletion, describe knows nothing of the cache."""
    cache_id = backend.ready().image_cache_id
    backend.gateway.delete(cache_id, new_token())
    backend.wait_until_gone(cache_id)
    assert cache_id not in {seen.image_cache_id for seen in listed(backend.gateway)}


def test_deleting_an_unknown_cache_succeeds_or_says_gone(backend: Backend) -> None:
    """No document says which; both tell the caller that nothing is there."""
    try:
        backend.gateway.delete(UNKNOWN_ID, new_token())
    except ApiError as error:
        assert error.reaction is Reaction.GONE  # noqa: PT017 - no error is right as well


@pytest.mark.parametrize("answer", ["not_found", "success"])
def test_either_answer_for_an_unknown_cache_is_understood(local: LocalBackend, answer: str) -> None:
    """The refusal has a reaction of its own, the success is none."""
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
    """`tag` adds and changes, `untag` removes, and both leave other tags alone."""
    cache_id = backend.ready(Tag=wire_tags({"a": "1", "b": "2"})).image_cache_id
    backend.gateway.tag(cache_id, {"b": "3", "c": ""})
    assert backend.seen(cache_id).tags == {"a": "1", "b": "3", "c": ""}
    backend.gateway.untag([cache_id], ["a", "c", "never-there"])
    assert backend.seen(cache_id).tags == {"b": "3"}


def test_twenty_tags_are_the_limit(local: LocalBackend) -> None:
    """The refusal of a tag too many names the limit and what to do."""
    cache_id = local.ready(Tag=wire_tags({f"t{index}": "" for index in range(20)})).image_cache_id
    with pytest.raises(ApiError) as caught:
        local.gateway.tag(cache_id, {"one": "more"})
    assert caught.value.code == "NumberExceed.Tags"
    assert "20 tags" in caught.value.advice


# -- refusals

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
def test_a_refusal_carries_what_the_service_said(local: LocalBackend, refusal: str) -> None:
    """Operation, code, message, RequestId and HTTP status, in fields and in one line of text."""
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


def test_a_full_region_is_told_with_advice(local: LocalBackend) -> None:
    """QuotaExceeded is final, and says what makes room."""
    local.emulator.configure(quota=1)
    local.create()
    with pytest.raises(ApiError) as caught:
        local.create()
    assert (caught.value.code, caught.value.status) == ("QuotaExceeded", 403)
    assert caught.value.reaction is Reaction.FINAL
    assert "LRU" in caught.value.advice


def test_a_refusal_drags_no_other_exception_along(local: LocalBackend) -> None:
    """Neither cause nor context: the SDK's exceptions hold URLs, and with them passwords."""
    with pytest.raises(ApiError) as caught:
        local.create(Image=[])
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
