"""Create, read, update and delete, against the local API in process and a time moved by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from eci_emulator.core import Emulator
from pulumi_eci.errors import (
    ApiError,
    EciError,
    GoneError,
    IncompleteError,
    TransportError,
)
from pulumi_eci.lifecycle import Lifecycle
from pulumi_eci.plan import Action, make_plan
from pulumi_eci.request import Parameters
from pulumi_eci.spec import ImageCacheSpec, RegistryCredential
from pulumi_eci.state import read_state, write_state
from tests.support.memory import MemoryGateway, make_emulator, make_service

SPEC = ImageCacheSpec(
    region="cn-hangzhou",
    images=("nginx", "redis"),
    image_cache_name="web",
    elimination_strategy="LRU",
    retention_days=7,
    tags={"team": "web"},
)
LONG = 3600.0


class Gateway(MemoryGateway):
    """A gateway that meets trouble: each call takes the next of its operation's troubles."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(emulator)
        self.before: dict[str, list[Callable[[], None]]] = {}
        self.after: dict[str, list[Callable[[], None]]] = {}

    def call(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        """Run an operation between its troubles."""
        self._meet(self.before, operation)
        reply = super().call(operation, parameters)
        self._meet(self.after, operation)
        return reply

    def _meet(self, troubles: Mapping[str, list[Callable[[], None]]], operation: str) -> None:
        if troubles.get(operation):
            troubles[operation].pop(0)()

    def refuse(self, operation: str, *codes: str) -> None:
        """Answer the next calls of *operation* with *codes*."""
        self.before[operation] = [
            _raiser(ApiError(operation, code, "no", "R", 400)) for code in codes
        ]

    def lose_replies(self, operation: str, count: int = 1) -> None:
        """Lose the replies of the next calls of *operation*, after their effect."""
        lost = _raiser(TransportError(operation, "host", "it did not answer in time"))
        self.after[operation] = [lost] * count


def _raiser(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


@dataclass
class Cloud:
    """A lifecycle on an emulator of its own."""

    emulator: Emulator
    told: list[str] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Wire it."""
        self.gateway = Gateway(self.emulator)
        self.service = make_service(self.gateway)
        self.time = self.service.clock
        self.lifecycle = Lifecycle(self.service)

    def create(self, spec: ImageCacheSpec = SPEC, timeout: float = LONG) -> str:
        """Create a cache; its outputs are in `outputs`."""
        cache_id, self.outputs = self.lifecycle.create(spec, timeout, self.told.append)
        return cache_id

    def update(self, cache_id: str, spec: ImageCacheSpec, timeout: float = LONG) -> dict[str, Any]:
        """Update a cache from the outputs of the last operation, like the engine does."""
        old = read_state(self.outputs)
        try:
            self.outputs = self.lifecycle.update(cache_id, old, spec, timeout, self.told.append)
        except IncompleteError as error:
            self.outputs = error.outputs
            raise
        return self.outputs

    def delete(self, cache_id: str, timeout: float = LONG) -> None:
        """Delete a cache."""
        spec = read_state(self.outputs).spec if self.outputs else SPEC
        self.lifecycle.delete(cache_id, spec, timeout, self.told.append)

    def shown(self, cache_id: str) -> dict[str, Any]:
        """Return everything that the emulator knows of a cache."""
        return next(cache for cache in self.emulator.caches() if cache["id"] == cache_id)

    def sent(self, operation: str) -> list[dict[str, str]]:
        """Return the parameters of all requests for an operation."""
        return self.gateway.sent(operation)

    def plan(self, spec: ImageCacheSpec) -> Action:
        """Return what the next `up` would do."""
        return make_plan(read_state(self.outputs), spec).action


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """Return a lifecycle on a fresh emulator."""
    cloud = Cloud(make_emulator())
    yield cloud
    cloud.emulator.close()


@pytest.fixture
def cloud_with() -> Iterator[Callable[..., Cloud]]:
    """Return a maker of lifecycles on emulators with some settings and switches."""
    made: list[Cloud] = []

    def make(**settings: Any) -> Cloud:  # noqa: ANN401 - fields of Settings
        made.append(Cloud(make_emulator(**settings)))
        return made[-1]

    yield make
    for cloud in made:
        cloud.emulator.close()


# -- create


def test_a_created_cache_is_ready(cloud: Cloud) -> None:
    """Id, status and snapshot are those that the service shows."""
    cache_id = cloud.create()
    shown = cloud.shown(cache_id)
    assert (shown["status"], shown["images"]) == ("Ready", ("nginx", "redis"))
    assert cloud.outputs["status"] == "Ready"
    assert cloud.outputs["snapshotId"] == shown["snapshot_id"]


def test_creation_is_one_request_and_some_looks(cloud: Cloud) -> None:
    """Nothing is updated or tagged that creation has set."""
    cloud.create()
    actions = [entry["action"] for entry in cloud.emulator.journal.entries()]
    assert actions[0] == "CreateImageCache"
    assert set(actions[1:]) == {"DescribeImageCaches"}


def test_creation_tells_how_far_it_is(cloud: Cloud) -> None:
    """The end has a line of its own, which is left to the row."""
    cloud.create()
    assert cloud.told[0].startswith("Creating")
    assert not any(line.startswith("Ready") for line in cloud.told)


def test_the_next_plan_after_creation_is_empty(cloud: Cloud) -> None:
    """A second `up` changes nothing."""
    cloud.create()
    assert cloud.plan(SPEC) is Action.KEEP


def test_a_failed_build_is_kept_with_its_status(cloud_with: Callable[..., Cloud]) -> None:
    """State learns the id, so that the next `up` replaces it and nothing is lost."""
    cloud = cloud_with(failing_images=("redis",))
    with pytest.raises(IncompleteError) as caught:
        cloud.create()
    (shown,) = cloud.emulator.caches()
    assert caught.value.cache_id == shown["id"]
    assert caught.value.outputs["status"] == "Failed"
    assert 'Failed to pull image "redis"' in str(caught.value)
    assert "a new cache replaces this one" in str(caught.value)


def test_a_build_slower_than_its_deadline_is_kept(cloud_with: Callable[..., Cloud]) -> None:
    """The message names the last status; the next `up` goes on waiting."""
    cloud = cloud_with(build_seconds=900.0)
    with pytest.raises(IncompleteError, match=r"is not Ready after 10 min; last seen: ") as caught:
        cloud.create(timeout=600.0)
    assert caught.value.outputs["status"] == "Creating"
    assert cloud.time.now() == pytest.approx(600.0)


def test_a_wait_that_ends_before_its_first_look_looks_once(cloud: Cloud) -> None:
    """So that the message and the state tell what is so, not that nothing was shown."""
    with pytest.raises(IncompleteError, match=r"is not Ready after 0 s; last seen: Preparing"):
        cloud.create(timeout=0.1)
    cloud.gateway.refuse("DescribeImageCaches", "Forbidden.RAM")
    with pytest.raises(IncompleteError, match="the service did not show it"):
        cloud.create(timeout=0.1)


def test_a_rebuild_whose_deadline_comes_at_once_is_in_state_as_updating(
    cloud_with: Callable[..., Cloud],
) -> None:
    """The request was accepted, so the Ready that was seen before it is no longer true."""
    cloud = cloud_with()
    cache_id = cloud.create()
    cloud.emulator.configure(build_seconds=900.0)
    with pytest.raises(IncompleteError, match=r"last seen: Updating"):
        cloud.update(cache_id, replace(SPEC, images=("caddy",)), timeout=0.1)
    assert (cloud.outputs["status"], cloud.outputs["images"]) == ("Updating", ["caddy"])


def test_a_refused_creation_leaves_nothing_to_keep(cloud: Cloud) -> None:
    """No id was named: it is a plain failure with the vendor's words."""
    cloud.gateway.refuse("CreateImageCache", "QuotaExceeded")
    with pytest.raises(ApiError, match="QuotaExceeded") as caught:
        cloud.create()
    assert not isinstance(caught.value, IncompleteError)
    assert cloud.emulator.caches() == []


def test_throttled_creation_is_tried_again(cloud: Cloud) -> None:
    """Until it is accepted."""
    cloud.gateway.refuse("CreateImageCache", "Throttling.User", "ServiceUnavailable")
    cloud.create()
    assert len(cloud.emulator.caches()) == 1


@pytest.mark.parametrize("mismatch", ["refuse", "replay"])
def test_a_lost_reply_is_settled_by_the_same_token(
    cloud_with: Callable[..., Cloud], mismatch: str
) -> None:
    """The repeated call names the cache that the first one made: there is one, not two."""
    cloud = cloud_with(switches={"idempotency_mismatch": mismatch})
    cloud.gateway.lose_replies("CreateImageCache")
    cache_id = cloud.create()
    first, second = cloud.sent("CreateImageCache")
    assert first == second
    assert [cache["id"] for cache in cloud.emulator.caches()] == [cache_id]


def test_two_creations_have_different_tokens(cloud: Cloud) -> None:
    """A replayed answer would name the other cache, and `--replace` would delete that one."""
    assert cloud.create() != cloud.create()
    first, second = cloud.sent("CreateImageCache")
    assert first["ClientToken"] != second["ClientToken"]


def test_a_cache_that_vanishes_while_it_is_built_leaves_nothing_to_keep(cloud: Cloud) -> None:
    """Evicted at once, or deleted by hand."""
    cloud.gateway.after["DescribeImageCaches"] = [
        lambda: cloud.emulator.remove(cloud.emulator.caches()[0]["id"])
    ]
    with pytest.raises(GoneError, match="no longer exists"):
        cloud.create()


def test_a_tag_that_creation_did_not_apply_is_added(cloud: Cloud) -> None:
    """What can be mended is mended."""
    cloud.gateway.after["CreateImageCache"] = [
        lambda: _edit(cloud, tags={}),
    ]
    cache_id = cloud.create()
    assert cloud.shown(cache_id)["tags"] == {"team": "web"}
    assert cloud.outputs["tags"] == {"team": "web"}


@pytest.mark.parametrize(
    ("edit", "name"),
    [
        ({"size": 40}, "imageCacheSize"),
        ({"name": "other"}, "imageCacheName"),
        ({"elimination_strategy": None}, "eliminationStrategy"),
        ({"images": ["caddy"]}, "images"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_was_accepted_and_not_applied_is_named(
    cloud: Cloud, edit: dict[str, Any], name: str
) -> None:
    """State holds what the service shows."""
    cloud.gateway.after["CreateImageCache"] = [lambda: _edit(cloud, **edit)]
    with pytest.raises(IncompleteError, match=f"did not apply: {name}\\.") as caught:
        cloud.create()
    cloud.outputs = caught.value.outputs
    assert cloud.plan(SPEC) is not Action.KEEP


def _edit(cloud: Cloud, **changes: Any) -> None:  # noqa: ANN401 - fields of Cache
    cloud.emulator.edit(cloud.emulator.caches()[0]["id"], changes)


def test_an_instant_cache_shows_no_drift_when_its_snapshot_comes(cloud: Cloud) -> None:
    """It is Ready before the regular snapshot has an id, so state holds none."""
    spec = replace(SPEC, flash=True)
    cache_id = cloud.create(spec)
    cloud.time.sleep(60.0)
    assert cloud.shown(cache_id)["snapshot_id"]
    assert write_state(spec, cloud.lifecycle.read(cache_id)) == cloud.outputs


# -- read


def test_an_existing_cache_is_read(cloud: Cloud) -> None:
    """As the service shows it."""
    cache_id = cloud.create()
    seen = cloud.lifecycle.read(cache_id)
    assert seen is not None
    assert (seen.image_cache_id, seen.status, seen.tags) == (cache_id, "Ready", {"team": "web"})


def test_a_missing_cache_reads_as_none(cloud: Cloud) -> None:
    """So that refresh drops it."""
    assert cloud.lifecycle.read("imc-unheard-of") is None


def test_a_missing_cache_reads_as_none_where_the_service_answers_404(
    cloud_with: Callable[..., Cloud],
) -> None:
    """No code is documented for an unknown id."""
    cloud = cloud_with(switches={"describe_unknown": "not_found"})
    assert cloud.lifecycle.read("imc-unheard-of") is None


def test_a_failed_reading_is_not_a_missing_cache(cloud: Cloud) -> None:
    """State must not be dropped because of missing permissions."""
    cloud.gateway.refuse("DescribeImageCaches", "Forbidden.RAM")
    with pytest.raises(ApiError, match=r"Forbidden\.RAM"):
        cloud.lifecycle.read("imc-1")


# -- update: metadata

METADATA = {
    "update_omitted": ["keep", "reset"],
    "update_without_image": ["immediate", "updating"],
    "update_tags": ["merge", "replace"],
    "update_name": ["required", "optional"],
    "update_unchanged": ["no_need_update", "accept"],
    "update_vswitches": ["several", "one"],
    "retention_counts_from": ["creation", "update"],
}


@pytest.mark.parametrize(
    "switches",
    [
        pytest.param({name: value}, id=f"{name} is {value}")
        for name, values in METADATA.items()
        for value in values
    ],
)
def test_metadata_keeps_the_snapshot_and_sends_no_image(
    cloud_with: Callable[..., Cloud], switches: dict[str, str]
) -> None:
    """Whatever the service does where no document says."""
    cloud = cloud_with(switches=switches)
    cache_id = cloud.create(replace(SPEC, vswitch_id="vsw-1,vsw-2"))
    before = cloud.shown(cache_id)
    spec = replace(SPEC, vswitch_id="vsw-1,vsw-2", retention_days=30, tags={"team": "ops"})
    cloud.update(cache_id, spec)
    shown = cloud.shown(cache_id)
    assert shown["snapshot_id"] == before["snapshot_id"]
    assert (shown["retention_days"], shown["tags"]) == (30, {"team": "ops"})
    assert (shown["elimination_strategy"], shown["name"]) == ("LRU", "web")
    assert [
        name for sent in cloud.sent("UpdateImageCache") for name in sent if "Image." in name
    ] == []
    assert cloud.plan(spec) is Action.KEEP


@pytest.mark.parametrize("omitted", ["keep", "reset"])
@pytest.mark.parametrize(
    ("edit", "attribute", "empty"),
    [
        ({"retention_days": 0}, "retention_days", 0),
        ({"elimination_strategy": ""}, "elimination_strategy", None),
        ({"resource_group_id": ""}, "resource_group_id", None),
        ({"eip_instance_id": ""}, "eip_instance_id", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_cleared_field_is_empty(
    cloud_with: Callable[..., Cloud],
    edit: dict[str, Any],
    attribute: str,
    empty: object,
    omitted: str,
) -> None:
    """And stays so: the next plan is empty."""
    cloud = cloud_with(switches={"update_omitted": omitted})
    spec = replace(SPEC, resource_group_id="rg-1", eip_instance_id="eip-1")
    cache_id = cloud.create(spec)
    cloud.update(cache_id, replace(spec, **edit))
    assert (cloud.shown(cache_id)[attribute] or empty) == empty
    assert cloud.plan(replace(spec, **edit)) is Action.KEEP


@pytest.mark.parametrize("unchanged", ["no_need_update", "accept"])
def test_metadata_that_is_already_so_is_a_success(
    cloud_with: Callable[..., Cloud], unchanged: str
) -> None:
    """A run was killed after its update, and before its state was written."""
    cloud = cloud_with(switches={"update_unchanged": unchanged})
    cache_id = cloud.create()
    before = dict(cloud.outputs)
    spec = replace(SPEC, retention_days=30)
    cloud.update(cache_id, spec)
    cloud.outputs = before
    assert cloud.update(cache_id, spec)["retentionDays"] == 30


def test_a_spec_that_the_cache_has_already_sends_no_update(cloud: Cloud) -> None:
    """Drift that was repaired by hand meanwhile."""
    cache_id = cloud.create()
    cloud.outputs["imageCacheName"] = "drifted"
    cloud.update(cache_id, SPEC)
    assert cloud.sent("UpdateImageCache") == []


def test_drift_is_repaired(cloud: Cloud) -> None:
    """The plan is made from what is seen, not from what state says."""
    cache_id = cloud.create()
    cloud.emulator.edit(cache_id, {"name": "drifted", "elimination_strategy": None})
    cloud.update(cache_id, SPEC)
    shown = cloud.shown(cache_id)
    assert (shown["name"], shown["elimination_strategy"]) == ("web", "LRU")


def test_a_refused_update_changes_nothing_in_state(cloud: Cloud) -> None:
    """It is a plain failure: the old state stays true."""
    cache_id = cloud.create()
    cloud.gateway.refuse("UpdateImageCache", "Forbidden.RAM")
    with pytest.raises(ApiError) as caught:
        cloud.update(cache_id, replace(SPEC, retention_days=30))
    assert not isinstance(caught.value, IncompleteError)


def test_a_lost_reply_of_an_update_is_settled_by_the_same_token(cloud: Cloud) -> None:
    """The repeated call is answered like the first."""
    cache_id = cloud.create()
    cloud.gateway.lose_replies("UpdateImageCache")
    cloud.update(cache_id, replace(SPEC, retention_days=30))
    first, second = cloud.sent("UpdateImageCache")
    assert first == second


# -- update: rebuild


@pytest.mark.parametrize("snapshot", ["new_snapshot", "same_snapshot"])
def test_a_rebuild_keeps_the_id(cloud_with: Callable[..., Cloud], snapshot: str) -> None:
    """New images, and a new snapshot where the service makes one."""
    cloud = cloud_with(switches={"update_with_image": snapshot})
    cache_id = cloud.create()
    old = cloud.outputs["snapshotId"]
    outputs = cloud.update(cache_id, replace(SPEC, images=("caddy",)))
    (shown,) = cloud.emulator.caches()
    assert (shown["id"], shown["images"], shown["status"]) == (cache_id, ("caddy",), "Ready")
    assert (outputs["snapshotId"] != old) is (snapshot == "new_snapshot")
    assert outputs["images"] == ["caddy"]


def test_a_rebuild_is_told_from_updating_to_ready(cloud: Cloud) -> None:
    """The row shows what happens."""
    cache_id = cloud.create()
    cloud.told.clear()
    cloud.update(cache_id, replace(SPEC, images=("caddy",)))
    assert cloud.told[0].startswith("Updating")
    assert cloud.told[-1].startswith("Updating")


def test_another_trigger_rebuilds_the_same_images(cloud: Cloud) -> None:
    """The way to refresh a mutable tag."""
    cache_id = cloud.create()
    old = cloud.outputs["snapshotId"]
    outputs = cloud.update(cache_id, replace(SPEC, rebuild_triggers={"run": 1}))
    assert outputs["snapshotId"] != old
    assert outputs["rebuildTriggers"] == {"run": 1}


def test_a_rebuild_that_the_service_declines_is_an_error_that_names_the_way_out(
    cloud_with: Callable[..., Cloud],
) -> None:
    """`NoNeedUpdate` is a success for metadata alone; state keeps the old triggers."""
    cloud = cloud_with(switches={"update_same_images": "no_need_update"})
    cache_id = cloud.create()
    spec = replace(SPEC, rebuild_triggers={"run": 1})
    with pytest.raises(EciError, match="NoNeedUpdate") as caught:
        cloud.update(cache_id, spec)
    assert 'replace_on_changes=["images", "rebuildTriggers"]' in str(caught.value)
    assert cloud.plan(spec) is Action.REBUILD


def test_a_rebuild_that_is_not_seen_is_an_error_that_keeps_the_old_triggers(
    cloud_with: Callable[..., Cloud],
) -> None:
    """Accepted, and nothing moved for half a minute."""
    cloud = cloud_with(build_seconds=0.0, switches={"update_with_image": "same_snapshot"})
    cache_id = cloud.create(replace(SPEC, rebuild_triggers={"run": 1}))
    started = cloud.time.now()
    spec = replace(SPEC, rebuild_triggers={"run": 2}, retention_days=30)
    with pytest.raises(IncompleteError, match="was not rebuilt: the service accepted") as caught:
        cloud.update(cache_id, spec)
    assert "replace_on_changes" in str(caught.value)
    assert cloud.outputs["rebuildTriggers"] == {"run": 1}
    assert cloud.outputs["retentionDays"] == 30
    assert 30 <= cloud.time.now() - started <= 45
    assert cloud.plan(spec) is Action.REBUILD


def test_a_rebuild_that_begins_late_is_waited_for(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accepted is not begun: the first looks may still show the old cache."""
    cache_id = cloud.create()
    real = cloud.gateway.describe
    stale = [real(cache_id)] * 3

    def describe(asked: str) -> Any:  # noqa: ANN401 - an observation
        return stale.pop() if stale and cloud.sent("UpdateImageCache") else real(asked)

    monkeypatch.setattr(cloud.gateway, "describe", describe)
    outputs = cloud.update(cache_id, replace(SPEC, images=("caddy",)))
    assert (outputs["status"], outputs["images"]) == ("Ready", ["caddy"])


def test_a_failed_rebuild_is_kept_as_such(cloud_with: Callable[..., Cloud]) -> None:
    """Even going back to the old images plans a repair, which works."""
    cloud = cloud_with(failing_images=("broken",))
    cache_id = cloud.create()
    with pytest.raises(IncompleteError, match="it is rebuilt in place"):
        cloud.update(cache_id, replace(SPEC, images=("broken",)))
    assert cloud.outputs["status"] == "UpdateFailed"
    assert cloud.plan(SPEC) is Action.REBUILD
    assert cloud.update(cache_id, SPEC)["status"] == "Ready"
    assert cloud.plan(SPEC) is Action.KEEP


def test_a_cache_found_in_updating_is_waited_for(cloud: Cloud) -> None:
    """Somebody else's rebuild is not disturbed."""
    cache_id = cloud.create()
    name = {"ImageCacheName": "web", "Image": ["nginx", "redis"]}
    cloud.gateway.update(cache_id, name, "token")
    assert cloud.update(cache_id, replace(SPEC, retention_days=30))["status"] == "Ready"
    assert len(cloud.sent("UpdateImageCache")) == 2


def test_a_cache_that_was_too_slow_is_waited_for_by_the_next_run(
    cloud_with: Callable[..., Cloud],
) -> None:
    """It is not built twice."""
    cloud = cloud_with(build_seconds=900.0)
    with pytest.raises(IncompleteError) as caught:
        cloud.create(timeout=60.0)
    cloud.outputs = caught.value.outputs
    assert cloud.plan(SPEC) is Action.WAIT
    assert cloud.update(caught.value.cache_id, SPEC)["status"] == "Ready"
    assert cloud.sent("UpdateImageCache") == []


def test_a_failed_cache_cannot_be_updated(cloud: Cloud) -> None:
    """The state learns that it failed, so that the next plan replaces it."""
    cache_id = cloud.create()
    cloud.emulator.edit(cache_id, {"status": "Failed"})
    with pytest.raises(IncompleteError, match="ended Failed"):
        cloud.update(cache_id, replace(SPEC, retention_days=30))
    assert cloud.outputs["status"] == "Failed"
    assert cloud.plan(SPEC) is Action.REPLACE


def test_a_rebuild_slower_than_its_deadline_is_kept(cloud_with: Callable[..., Cloud]) -> None:
    """State holds the new images as the service shows them, and Updating."""
    cloud = cloud_with()
    cache_id = cloud.create()
    cloud.emulator.configure(build_seconds=900.0)
    spec = replace(SPEC, images=("caddy",))
    with pytest.raises(IncompleteError, match=r"is not Ready after 1 min; last seen: Updating"):
        cloud.update(cache_id, spec, timeout=60.0)
    assert (cloud.outputs["status"], cloud.outputs["images"]) == ("Updating", ["caddy"])
    assert cloud.plan(spec) is Action.WAIT


def test_an_update_of_a_cache_that_is_gone_says_what_to_run(cloud: Cloud) -> None:
    """Evicted, expired or deleted by hand."""
    cache_id = cloud.create()
    cloud.emulator.remove(cache_id)
    with pytest.raises(GoneError, match="`pulumi refresh` and then `pulumi up`"):
        cloud.update(cache_id, replace(SPEC, retention_days=30))


def test_a_cache_that_vanishes_during_a_rebuild_says_what_to_run(cloud: Cloud) -> None:
    """The update was accepted, and then it was evicted."""
    cache_id = cloud.create()
    cloud.gateway.after["UpdateImageCache"] = [lambda: cloud.emulator.remove(cache_id)]
    with pytest.raises(GoneError, match="no longer exists"):
        cloud.update(cache_id, replace(SPEC, images=("caddy",)))


@pytest.mark.parametrize("code", ["IncorrectStatus", "ImageCache.IncorrectStatus"])
def test_a_wrong_status_is_waited_out(cloud_with: Callable[..., Cloud], code: str) -> None:
    """Somebody began a rebuild between the look and the update."""
    cloud = cloud_with(switches={"update_wrong_status": code})
    cache_id = cloud.create()

    def rebuild() -> None:
        cloud.gateway.update(cache_id, {"ImageCacheName": "web", "Image": ["redis"]}, "theirs")

    cloud.gateway.before["UpdateImageCache"] = [rebuild]
    spec = replace(SPEC, retention_days=30, images=("redis",))
    cloud.update(cache_id, spec)
    theirs, refused, accepted = cloud.sent("UpdateImageCache")
    assert (theirs["ClientToken"], refused["ImageCacheId"]) == ("theirs", cache_id)
    assert refused["ClientToken"] != accepted["ClientToken"]
    assert cloud.shown(cache_id)["retention_days"] == 30


def test_a_wrong_status_that_does_not_end_is_the_error(cloud: Cloud) -> None:
    """At the deadline, the service's refusal is what the user reads."""
    cache_id = cloud.create()
    cloud.gateway.before["UpdateImageCache"] = [
        lambda: _edit(cloud, status="Updating"),
    ]
    with pytest.raises(ApiError, match="IncorrectStatus"):
        cloud.update(cache_id, replace(SPEC, retention_days=30), timeout=60.0)


@pytest.mark.parametrize("alone", ["ignore", "apply"])
def test_a_new_size_rebuilds(cloud_with: Callable[..., Cloud], alone: str) -> None:
    """It is sent with the images, so it is applied."""
    cloud = cloud_with(switches={"update_size_alone": alone})
    cache_id = cloud.create()
    assert cloud.update(cache_id, replace(SPEC, image_cache_size=40))["imageCacheSize"] == 40


def test_an_update_that_was_not_applied_names_the_field(cloud: Cloud) -> None:
    """And the next plan tries again."""
    cache_id = cloud.create()
    cloud.gateway.after["UpdateImageCache"] = [lambda: _edit(cloud, name="web")]
    spec = replace(SPEC, image_cache_name="shop")
    with pytest.raises(IncompleteError, match=r"did not apply: imageCacheName\."):
        cloud.update(cache_id, spec)
    assert cloud.outputs["imageCacheName"] == "web"
    assert cloud.plan(spec) is Action.METADATA


# -- update: tags


@pytest.mark.parametrize("tags", ["merge", "replace"])
def test_only_tags_of_this_resource_are_removed(
    cloud_with: Callable[..., Cloud], tags: str
) -> None:
    """Foreign ones are left alone, whether the service merges or replaces."""
    cloud = cloud_with(switches={"update_tags": tags})
    cache_id = cloud.create(replace(SPEC, tags={"team": "web", "stage": "live"}))
    cloud.emulator.edit(cache_id, {"tags": {"team": "web", "stage": "live", "cost": "7"}})
    spec = replace(SPEC, tags={"team": "ops"})
    outputs = cloud.update(cache_id, spec)
    assert cloud.shown(cache_id)["tags"] == {"team": "ops", "cost": "7"}
    assert outputs["tags"] == {"team": "ops"}
    assert cloud.plan(spec) is Action.KEEP


def test_a_removed_tag_goes_by_untag_resources_alone(cloud: Cloud) -> None:
    """UpdateImageCache does not remove tags."""
    cache_id = cloud.create(replace(SPEC, tags={"team": "web", "stage": "live"}))
    cloud.update(cache_id, SPEC)
    (sent,) = cloud.sent("UntagResources")
    assert [value for name, value in sent.items() if name.startswith("TagKey.")] == ["stage"]
    assert "All" not in sent


def test_a_tag_that_somebody_removed_already_is_not_removed_again(cloud: Cloud) -> None:
    """There is nothing to do."""
    cache_id = cloud.create(replace(SPEC, tags={"team": "web", "stage": "live"}))
    cloud.emulator.edit(cache_id, {"tags": {"team": "web"}})
    cloud.update(cache_id, SPEC)
    assert cloud.sent("UntagResources") == []


def test_state_says_which_half_of_an_update_was_done(cloud: Cloud) -> None:
    """UpdateImageCache worked, UntagResources did not: the stale tag stays in state."""
    cache_id = cloud.create(replace(SPEC, tags={"team": "web", "stage": "live"}))
    cloud.gateway.refuse("UntagResources", "NoPermission.Tag")
    spec = replace(SPEC, retention_days=30)
    with pytest.raises(IncompleteError, match=r"NoPermission\.Tag"):
        cloud.update(cache_id, spec)
    assert cloud.outputs["retentionDays"] == 30
    assert cloud.outputs["tags"] == {"team": "web", "stage": "live"}
    assert cloud.plan(spec) is Action.METADATA
    cloud.update(cache_id, spec)
    assert cloud.shown(cache_id)["tags"] == {"team": "web"}


# -- delete


def test_a_deleted_cache_is_gone(cloud: Cloud) -> None:
    """Nothing is left over."""
    cloud.delete(cloud.create())
    assert cloud.emulator.caches() == []


@pytest.mark.parametrize("unknown", ["not_found", "success"])
def test_deleting_an_unknown_cache_is_a_success(
    cloud_with: Callable[..., Cloud], unknown: str
) -> None:
    """Gone is what was asked for."""
    cloud = cloud_with(switches={"delete_unknown": unknown})
    cloud.delete("imc-unheard-of")
    assert cloud.sent("DeleteImageCache") == []


@pytest.mark.parametrize("unknown", ["not_found", "success"])
def test_a_cache_that_vanishes_before_its_deletion_is_deleted(
    cloud_with: Callable[..., Cloud], unknown: str
) -> None:
    """Evicted between the look and the call."""
    cloud = cloud_with(switches={"delete_unknown": unknown})
    cache_id = cloud.create()
    cloud.gateway.before["DeleteImageCache"] = [lambda: cloud.emulator.remove(cache_id)]
    cloud.delete(cache_id)
    assert len(cloud.sent("DeleteImageCache")) == 1


def test_a_deletion_ends_where_the_service_answers_404_to_a_look(
    cloud_with: Callable[..., Cloud],
) -> None:
    """The 404 is the sign that it is gone."""
    cloud = cloud_with(switches={"describe_unknown": "not_found"})
    cloud.delete(cloud.create())
    assert cloud.emulator.caches() == []


def test_a_not_found_about_a_cache_that_is_there_is_an_error(cloud: Cloud) -> None:
    """No code is documented for an unknown cache, so it is confirmed by looking."""
    cache_id = cloud.create()
    cloud.gateway.refuse("DeleteImageCache", "SomethingElse.NotFound")
    with pytest.raises(ApiError, match=r"SomethingElse\.NotFound"):
        cloud.delete(cache_id)


def test_a_not_found_of_any_name_about_a_cache_that_is_gone_is_a_success(cloud: Cloud) -> None:
    """Looking confirms it."""
    cache_id = cloud.create()

    def vanish() -> None:
        cloud.emulator.remove(cache_id)
        raise ApiError("DeleteImageCache", "SomethingElse.NotFound", "no", "R", 400)

    cloud.gateway.before["DeleteImageCache"] = [vanish]
    cloud.delete(cache_id)
    assert cloud.emulator.caches() == []


def test_an_asynchronous_deletion_is_waited_for(cloud_with: Callable[..., Cloud]) -> None:
    """A cache that is still listed is not gone."""
    cloud = cloud_with(switches={"delete_removal": "asynchronous"}, delete_seconds=90.0)
    cache_id = cloud.create()
    started = cloud.time.now()
    cloud.delete(cache_id)
    assert cloud.emulator.caches() == []
    assert 90 <= cloud.time.now() - started <= 105


def test_a_deletion_slower_than_its_deadline_is_an_error(
    cloud_with: Callable[..., Cloud],
) -> None:
    """State keeps the cache, and the same command goes on."""
    cloud = cloud_with(switches={"delete_removal": "asynchronous"}, delete_seconds=900.0)
    cache_id = cloud.create()
    with pytest.raises(EciError, match=r"is still there 1 min after .* \(Ready"):
        cloud.delete(cache_id, timeout=60.0)


@pytest.mark.parametrize("in_progress", ["accept", "refuse"])
def test_a_cache_that_is_being_built_is_deleted(
    cloud_with: Callable[..., Cloud], in_progress: str
) -> None:
    """At once, or when the build has ended, as the service allows."""
    cloud = cloud_with(switches={"delete_in_progress": in_progress}, build_seconds=120.0)
    with pytest.raises(IncompleteError) as caught:
        cloud.create(timeout=10.0)
    cloud.delete(caught.value.cache_id)
    assert cloud.emulator.caches() == []


def test_a_lost_reply_of_a_deletion_is_settled(cloud: Cloud) -> None:
    """The repeated call carries the same token."""
    cache_id = cloud.create()
    cloud.gateway.lose_replies("DeleteImageCache")
    cloud.delete(cache_id)
    first, second = cloud.sent("DeleteImageCache")
    assert first == second


def test_a_refused_deletion_is_an_error(cloud: Cloud) -> None:
    """The cache is still there."""
    cache_id = cloud.create()
    cloud.gateway.refuse("DeleteImageCache", "Forbidden.RAM")
    with pytest.raises(ApiError, match=r"Forbidden\.RAM"):
        cloud.delete(cache_id)


# -- adopt

MARK = "pulumi-eci-adopted"


def test_an_adopted_cache_that_is_as_wanted_is_left_as_it_is(cloud: Cloud) -> None:
    """No update at all."""
    cache_id = cloud.create()
    spec = replace(SPEC, retention_days=0, adopt=cache_id)
    adopted, outputs = cloud.lifecycle.adopt(spec, LONG, cloud.told.append)
    assert (adopted, outputs["status"]) == (cache_id, "Ready")
    assert cloud.sent("UpdateImageCache") == []
    assert len(cloud.sent("CreateImageCache")) == 1


@pytest.mark.parametrize(
    ("edit", "rebuilds"),
    [
        ({"image_cache_name": "shop", "tags": {"team": "ops"}}, False),
        ({"images": ("caddy",)}, True),
    ],
    ids=["metadata", "images"],
)
def test_an_adopted_cache_is_brought_to_the_spec_by_one_update(
    cloud: Cloud, edit: dict[str, Any], rebuilds: bool
) -> None:
    """With images only if they differ, and foreign tags stay."""
    cache_id = cloud.create()
    cloud.emulator.edit(cache_id, {"tags": {"cost": "7"}})
    spec = replace(SPEC, **edit, adopt=cache_id)
    _, cloud.outputs = cloud.lifecycle.adopt(spec, LONG, cloud.told.append)
    (sent,) = cloud.sent("UpdateImageCache")
    shown = cloud.shown(cache_id)
    assert ("Image.1" in sent) is rebuilds
    assert (shown["name"], shown["images"]) == (spec.image_cache_name, spec.images)
    assert shown["tags"] == {"cost": "7", **spec.tags, MARK: cloud.outputs["adoption"]}
    assert cloud.plan(spec) is Action.KEEP


def test_the_mark_of_an_adoption_stays_through_updates(cloud: Cloud) -> None:
    """In state and on the cache: the two say whose it is."""
    spec = replace(SPEC, adopt=cloud.create())
    cache_id, cloud.outputs = cloud.lifecycle.adopt(spec, LONG, cloud.told.append)
    cloud.update(cache_id, replace(spec, tags={}, images=("caddy",)))
    assert cloud.shown(cache_id)["tags"] == {MARK: cloud.outputs["adoption"]}


def test_a_cache_that_another_resource_adopted_is_not_deleted_by_its_maker(cloud: Cloud) -> None:
    """It is dropped from the old state, and says so."""
    cache_id = cloud.create()
    cloud.lifecycle.adopt(replace(SPEC, adopt=cache_id), LONG, cloud.told.append)
    cloud.delete(cache_id)
    assert [cache["id"] for cache in cloud.emulator.caches()] == [cache_id]
    assert cache_id in cloud.told[-1]


def test_an_adopted_cache_is_deleted_by_its_new_owner(cloud: Cloud) -> None:
    """It belongs to that stack now."""
    spec = replace(SPEC, adopt=cloud.create())
    cache_id, cloud.outputs = cloud.lifecycle.adopt(spec, LONG, cloud.told.append)
    cloud.delete(cache_id)
    assert cloud.emulator.caches() == []


def test_adopting_an_unknown_cache_is_an_error(cloud: Cloud) -> None:
    """It names the region that was searched."""
    with pytest.raises(EciError, match="cannot adopt imc-x: there is none in cn-hangzhou"):
        cloud.lifecycle.adopt(replace(SPEC, adopt="imc-x"), LONG, cloud.told.append)


def test_adopting_a_failed_cache_is_an_error(cloud: Cloud) -> None:
    """It cannot be updated, and the service deletes it soon."""
    cache_id = cloud.create()
    cloud.emulator.edit(cache_id, {"status": "Failed"})
    with pytest.raises(EciError, match=r"cannot adopt imc-.*: its build failed"):
        cloud.lifecycle.adopt(replace(SPEC, adopt=cache_id), LONG, cloud.told.append)


def test_adopting_a_cache_that_takes_no_more_tags_says_what_the_tag_is_for(cloud: Cloud) -> None:
    """The vendor's message alone names a tag that the program does not have."""
    cache_id = cloud.create(replace(SPEC, tags={f"key-{number}": "x" for number in range(20)}))
    with pytest.raises(EciError, match=rf"it takes the tag {MARK}.*NumberExceed\.Tags") as caught:
        cloud.lifecycle.adopt(replace(SPEC, adopt=cache_id), LONG, cloud.told.append)
    assert "remove some" in str(caught.value)


def test_a_mark_whose_reply_never_came_is_taken_back(cloud: Cloud) -> None:
    """The cache was not adopted, so whoever had it has it still."""
    cache_id = cloud.create()
    cloud.gateway.lose_replies("TagResources", 100)
    with pytest.raises(EciError, match="cannot adopt"):
        cloud.lifecycle.adopt(replace(SPEC, adopt=cache_id), LONG, cloud.told.append)
    assert MARK not in cloud.shown(cache_id)["tags"]


# -- not waiting


def test_a_creation_that_nobody_waits_for_ends_at_once(cloud: Cloud) -> None:
    """State says Creating, and the next plan does not wait either."""
    started = cloud.time.now()
    spec = replace(SPEC, skip_await=True)
    cloud.create(spec)
    assert cloud.time.now() == started
    assert cloud.outputs["status"] == "Creating"
    assert cloud.plan(spec) is Action.KEEP


def test_a_rebuild_that_nobody_waits_for_ends_at_once(cloud: Cloud) -> None:
    """State says Updating."""
    cache_id = cloud.create()
    started = cloud.time.now()
    outputs = cloud.update(cache_id, replace(SPEC, images=("caddy",), skip_await=True))
    assert cloud.time.now() == started
    assert outputs["status"] == "Updating"


# -- secrets


def test_no_password_is_in_outputs_messages_or_failures(
    cloud_with: Callable[..., Cloud],
) -> None:
    """A build with a login fails, and tells nothing of it."""
    login = RegistryCredential("r.example.com", "robot", "pa55-w0rd")
    cloud = cloud_with(failing_images=("redis",))
    with pytest.raises(IncompleteError) as caught:
        cloud.create(replace(SPEC, image_registry_credentials=(login,)))
    error = caught.value
    chain = f"{error!r} {error.outputs} {error.__cause__!r} {error.__context__!r} {cloud.told}"
    assert "pa55-w0rd" not in chain
    assert "r.example.com" in chain
