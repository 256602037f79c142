"""What is kept of a cache, and how it is compared with what the service shows."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_eci.fields import FIELDS
from pulumi_eci.parse import parse
from pulumi_eci.spec import AcrRegistryInfo, ConnectionSpec, ImageCacheSpec, RegistryCredential
from pulumi_eci.state import (
    Event,
    Observation,
    as_adopted,
    as_observed,
    differences,
    drifted_inputs,
    observed_spec,
    read_state,
    same,
    write_state,
)

SPEC = ImageCacheSpec(
    region="cn-hangzhou",
    images=("nginx", "redis"),
    image_cache_name="web",
    image_cache_size=40,
    elimination_strategy="LRU",
    resource_group_id="rg-1",
    tags={"team": "web"},
)
SEEN = Observation(
    image_cache_id="imc-1",
    status="Ready",
    snapshot_id="s-1",
    container_group_id="eci-1",
    image_cache_name="web",
    images=("nginx", "redis"),
    image_cache_size=40,
    resource_group_id="rg-1",
    elimination_strategy="LRU",
    tags={"team": "web"},
)


def differing(spec: ImageCacheSpec, seen: Observation) -> dict[str, Any]:
    """Return what differs, by property."""
    return {row.name: value for row, value in differences(spec, seen)}


# -- what differs


def test_a_cache_as_wanted_does_not_differ() -> None:
    """The base of the cases below."""
    assert differing(SPEC, SEEN) == {}


@pytest.mark.parametrize(
    ("name", "change", "shown"),
    [
        ("images", {"images": ("nginx",)}, ("nginx",)),
        ("imageCacheName", {"image_cache_name": "other"}, "other"),
        ("imageCacheSize", {"image_cache_size": 20}, 20),
        ("resourceGroupId", {"resource_group_id": "rg-2"}, "rg-2"),
        ("eliminationStrategy", {"elimination_strategy": ""}, ""),
        ("tags", {"tags": {"team": "ops"}}, {"team": "ops"}),
        ("tags", {"tags": {}}, {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_readable_field_that_differs_is_found(
    name: str, change: dict[str, Any], shown: object
) -> None:
    """With what the service shows, and nothing else is found."""
    assert differing(SPEC, replace(SEEN, **change)) == {name: shown}


def test_every_readable_field_can_differ() -> None:
    """A new readable field takes part."""
    other = Observation("imc-1", "Ready", "", "", "", "x", ("x",), 21, "x", "", {"team": "x"})
    names = {row.name for row, _ in differences(SPEC, other)}
    assert names == {row.name for row in FIELDS if row.readable}


def test_the_order_of_images_is_no_difference() -> None:
    """A cache is a set of images."""
    assert differing(SPEC, replace(SEEN, images=("redis", "nginx"))) == {}


def test_a_foreign_tag_is_no_difference() -> None:
    """Tags that others set are not this resource's business."""
    assert differing(SPEC, replace(SEEN, tags={"team": "web", "cost": "7"})) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"images": None},
        {"image_cache_name": None},
        {"image_cache_size": None},
        {"resource_group_id": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_the_service_does_not_show_is_no_difference(change: dict[str, Any]) -> None:
    """Nothing can be said about it."""
    assert differing(SPEC, replace(SEEN, **change)) == {}


def test_a_resource_group_that_nobody_asked_for_is_no_difference() -> None:
    """The service puts a cache into its default group."""
    assert differing(replace(SPEC, resource_group_id=""), SEEN) == {}


def test_an_elimination_strategy_that_nobody_asked_for_is_a_difference() -> None:
    """The service sets none by itself: somebody did."""
    assert differing(replace(SPEC, elimination_strategy=""), SEEN) == {"eliminationStrategy": "LRU"}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [(("a", "b"), ("b", "a"), True), (("a",), ("a", "b"), False), ((), (), True)],
)
def test_images_are_compared_as_sets(
    one: tuple[str, ...], other: tuple[str, ...], expected: bool
) -> None:
    """Order does not count, members do."""
    images = next(row for row in FIELDS if row.name == "images")
    assert same(images, one, other) is expected


# -- overlaying


def test_what_is_observed_overlays_what_was_wanted() -> None:
    """Drift of every readable field at once."""
    seen = replace(
        SEEN,
        images=("caddy",),
        image_cache_name="other",
        image_cache_size=20,
        resource_group_id="rg-2",
        elimination_strategy="",
        tags={"team": "ops", "cost": "7"},
    )
    assert as_observed(SPEC, seen) == replace(
        SPEC,
        images=("caddy",),
        image_cache_name="other",
        image_cache_size=20,
        resource_group_id="rg-2",
        elimination_strategy="",
        tags={"team": "ops"},
    )


def test_what_cannot_be_read_stays() -> None:
    """The service shows no vSwitch."""
    spec = replace(SPEC, vswitch_id="vsw-1", retention_days=7)
    assert as_observed(spec, SEEN) == spec


def test_images_in_another_order_stay_in_the_order_of_the_program() -> None:
    """Else a refresh would show a change where there is none."""
    assert as_observed(SPEC, replace(SEEN, images=("redis", "nginx"))).images == ("nginx", "redis")


# -- writing


def test_outputs_hold_the_spec_and_what_was_seen() -> None:
    """Empty values are left out; numbers keep their default."""
    assert write_state(SPEC, SEEN) == {
        "region": "cn-hangzhou",
        "images": ["nginx", "redis"],
        "imageCacheName": "web",
        "resourceGroupId": "rg-1",
        "imageCacheSize": 40,
        "eliminationStrategy": "LRU",
        "standardCopyCount": 1,
        "flashCopyCount": 1,
        "tags": {"team": "web"},
        "status": "Ready",
        "snapshotId": "s-1",
        "containerGroupId": "eci-1",
    }


def test_outputs_show_the_drift() -> None:
    """State tells what is, not what was wanted."""
    assert write_state(SPEC, replace(SEEN, images=("caddy",)))["images"] == ["caddy"]


def test_outputs_of_a_cache_that_was_not_seen_hold_the_status_given() -> None:
    """What is known is that it was being created."""
    outputs = write_state(SPEC, None, status="Creating")
    assert (outputs["status"], "snapshotId" in outputs) == ("Creating", False)


def test_outputs_hold_nothing_volatile() -> None:
    """Progress and events move by themselves, and would be drift."""
    moving = replace(SEEN, progress="40%", events=(Event("Normal", "Pulling", "nginx"),))
    assert write_state(SPEC, moving) == write_state(SPEC, SEEN)


def test_outputs_name_logins_without_the_password() -> None:
    """Under a name that the engine does not take for a secret."""
    credential = RegistryCredential("registry.example.com", "robot", "hunter2")
    outputs = write_state(replace(SPEC, image_registry_credentials=(credential,)), SEEN)
    assert outputs["registryLogins"] == [{"server": "registry.example.com", "userName": "robot"}]
    assert "imageRegistryCredentials" not in outputs
    assert "hunter2" not in json.dumps(outputs)


def test_outputs_spell_registry_instances_as_inputs() -> None:
    """In camelCase, less what is empty."""
    info = AcrRegistryInfo("cri-1", domains=("a", "b"), arn_user="acs:ram::1:role/u")
    assert write_state(replace(SPEC, acr_registry_infos=(info,)), SEEN)["acrRegistryInfos"] == [
        {"instanceId": "cri-1", "domains": ["a", "b"], "arnUser": "acs:ram::1:role/u"}
    ]


# -- reading


def test_state_reads_back_as_it_was_written() -> None:
    """Status and snapshot too."""
    state = read_state(write_state(SPEC, SEEN))
    assert (state.spec, state.status, state.snapshot_id) == (SPEC, "Ready", "s-1")


def test_state_of_floats_reads_as_whole_numbers() -> None:
    """The engine's numbers are floats."""
    assert read_state({"imageCacheSize": 40.0}).spec.image_cache_size == 40


@pytest.mark.parametrize("outputs", [{}, {"status": None, "snapshotId": None}, {"unheard": "of"}])
def test_state_that_holds_nothing_reads_as_nothing(outputs: dict[str, Any]) -> None:
    """State written by a release of long ago, or by hand."""
    state = read_state(outputs)
    assert (state.spec, state.status, state.snapshot_id) == (ImageCacheSpec(), "", "")


def test_logins_read_back_as_credentials_without_password() -> None:
    """Enough to see that a server or a user changed."""
    spec = read_state({"registryLogins": [{"server": "s", "userName": "u"}]}).spec
    assert spec.registry_logins == (("s", "u"),)


# -- drifted inputs

INPUTS: dict[str, Any] = {
    "region": "cn-hangzhou",
    "images": ["nginx", "redis"],
    "imageCacheName": "web",
    "imageCacheSize": 40.0,
    "eliminationStrategy": "LRU",
    "resourceGroupId": "rg-1",
    "tags": {"team": "web"},
    "imageRegistryCredentials": [{"server": "s", "userName": "u", "password": "hunter2"}],
}


def test_inputs_of_a_cache_as_wanted_stay_as_they_are() -> None:
    """No refresh without drift touches them, nor the passwords in them."""
    assert drifted_inputs(INPUTS, SPEC, SEEN) == INPUTS


@pytest.mark.parametrize(
    ("change", "name", "value"),
    [
        ({"images": ("caddy",)}, "images", ["caddy"]),
        ({"image_cache_name": "other"}, "imageCacheName", "other"),
        ({"image_cache_size": 20}, "imageCacheSize", 20),
        ({"resource_group_id": "rg-2"}, "resourceGroupId", "rg-2"),
        ({"tags": {"team": "ops", "cost": "7"}}, "tags", {"team": "ops"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_drifted_field_is_overlaid(change: dict[str, Any], name: str, value: object) -> None:
    """And no other input changes."""
    assert drifted_inputs(INPUTS, SPEC, replace(SEEN, **change)) == {**INPUTS, name: value}


@pytest.mark.parametrize(
    ("change", "name"),
    [({"elimination_strategy": ""}, "eliminationStrategy"), ({"tags": {}}, "tags")],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_field_that_was_cleared_is_taken_out(change: dict[str, Any], name: str) -> None:
    """Empty reads as absent."""
    rest = {key: value for key, value in INPUTS.items() if key != name}
    assert drifted_inputs(INPUTS, SPEC, replace(SEEN, **change)) == rest


def test_a_field_that_was_set_by_hand_is_put_in() -> None:
    """The program never named it."""
    bare = {key: value for key, value in INPUTS.items() if key != "eliminationStrategy"}
    old = replace(SPEC, elimination_strategy="")
    assert drifted_inputs(bare, old, SEEN) == {**bare, "eliminationStrategy": "LRU"}


def test_overlaying_leaves_the_given_inputs_alone() -> None:
    """The caller's mapping is not changed."""
    given_inputs = dict(INPUTS)
    drifted_inputs(given_inputs, SPEC, replace(SEEN, images=("caddy",)))
    assert given_inputs == INPUTS


# -- a cache that no program declared


def test_an_existing_cache_is_described_as_far_as_it_shows() -> None:
    """Nothing of it differs from what was seen."""
    assert observed_spec(SEEN) == replace(SPEC, region="")


def test_an_existing_cache_that_shows_nothing_has_defaults() -> None:
    """Absent values do not break it."""
    assert observed_spec(Observation("imc-1", "Ready")) == ImageCacheSpec()


# -- status and events


@pytest.mark.parametrize(
    ("status", "settled"),
    [
        ("Ready", True),
        ("Failed", True),
        ("UpdateFailed", True),
        ("Preparing", False),
        ("Creating", False),
        ("Updating", False),
        ("Dreaming", False),
        ("", False),
    ],
)
def test_a_status_is_settled_or_waited_on(status: str, settled: bool) -> None:
    """A status that nobody has heard of is waited on, too."""
    assert Observation("imc-1", status).settled is settled


EARLY = Event("Warning", "Failed", "early", "2026-01-01T00:00:01Z")
LATE = Event("Warning", "Failed", "late", "2026-01-01T00:00:03Z")
NORMAL = Event("Normal", "Pulled", "normal", "2026-01-01T00:00:09Z")


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((), None),
        ((NORMAL,), NORMAL),
        ((LATE, EARLY), LATE),
        ((EARLY, NORMAL), EARLY),
        ((replace(NORMAL, last_timestamp=""), NORMAL), NORMAL),
    ],
    ids=["none", "only one", "the latest", "a warning before all", "without a time"],
)
def test_the_event_that_tells_most(events: tuple[Event, ...], expected: Event | None) -> None:
    """The latest warning, or else the latest."""
    assert Observation("imc-1", "Failed", events=events).deciding_event == expected


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Event("Normal", "Pulling", "start nginx"), "Pulling: start nginx"),
        (Event("Warning", "Failed", "Failed to pull"), "Failed to pull"),
        (Event("Normal", "", "hello"), "hello"),
        (Event("Normal", "A\nB", "c\x1b[2Jd"), "A B: c [2Jd"),
    ],
)
def test_an_event_is_one_line(event: Event, line: str) -> None:
    """Reason and message, the reason not twice, and nothing a terminal would obey."""
    assert str(event) == line


# -- any spec at all

TEXT = st.text(max_size=6)
TAGS = st.dictionaries(TEXT, TEXT, max_size=3)
IMAGES = st.lists(TEXT, max_size=3, unique=True).map(tuple)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
TRIGGERS = st.none() | st.dictionaries(TEXT, JSON, min_size=1, max_size=3)
CREDENTIALS = st.lists(
    st.builds(RegistryCredential, TEXT, TEXT, st.just("pa55-w0rd-pa55")), max_size=3
).map(tuple)
ACR_INFOS = st.lists(
    st.builds(AcrRegistryInfo, TEXT, TEXT, TEXT, st.lists(TEXT, max_size=2).map(tuple), TEXT, TEXT),
    max_size=2,
).map(tuple)
SPECS = st.builds(
    ImageCacheSpec,
    region=TEXT,
    images=IMAGES,
    image_cache_name=TEXT,
    security_group_id=TEXT,
    vswitch_id=TEXT,
    zone_id=TEXT,
    eip_instance_id=TEXT,
    resource_group_id=TEXT,
    image_cache_size=st.integers(20, 99),
    retention_days=st.integers(0, 9),
    elimination_strategy=st.sampled_from(["", "LRU"]),
    auto_match_image_cache=st.booleans(),
    flash=st.booleans(),
    standard_copy_count=st.integers(1, 3),
    flash_copy_count=st.integers(1, 3),
    tags=TAGS,
    image_registry_credentials=CREDENTIALS,
    acr_registry_infos=ACR_INFOS,
    insecure_registry=TEXT,
    plain_http_registry=TEXT,
    annotations=TEXT,
    rebuild_triggers=TRIGGERS,
    connection=st.builds(ConnectionSpec, TEXT, TEXT, TEXT, TEXT, TEXT),
    adopt=TEXT,
    skip_await=st.booleans(),
    on_missing=st.sampled_from(["", "recreate", "ignore"]),
)
SIGHTS = st.builds(
    Observation,
    image_cache_id=st.just("imc-1"),
    status=TEXT,
    snapshot_id=TEXT,
    container_group_id=TEXT,
    image_cache_name=st.none() | TEXT,
    images=st.none() | IMAGES,
    image_cache_size=st.none() | st.integers(1, 99),
    resource_group_id=st.none() | TEXT,
    elimination_strategy=TEXT,
    tags=TAGS,
)


def compared(spec: ImageCacheSpec) -> dict[str, Any]:
    """Return what a plan compares."""
    return {row.attribute: getattr(spec, row.attribute) for row in FIELDS}


@given(SPECS, SIGHTS)
def test_state_keeps_everything_that_a_plan_compares(
    spec: ImageCacheSpec, seen: Observation
) -> None:
    """Reading what was written gives what was observed."""
    state = read_state(write_state(spec, seen))
    assert compared(state.spec) == compared(as_observed(spec, seen))
    snapshot = "" if spec.flash else seen.snapshot_id
    assert (state.status, state.snapshot_id) == (seen.status, snapshot)


@pytest.mark.parametrize("triggers", [0, False, "", [], {}])
def test_state_keeps_empty_triggers(triggers: object) -> None:
    """A trigger of 0 is a value like any other: it must not rebuild at every `up`."""
    spec = replace(SPEC, rebuild_triggers=triggers)
    assert read_state(write_state(spec, SEEN)).spec.rebuild_triggers == triggers


@given(SPECS, SIGHTS)
def test_nothing_differs_from_what_was_observed(spec: ImageCacheSpec, seen: Observation) -> None:
    """The overlay takes up every difference; the unasked group is none."""
    assert differences(as_observed(spec, seen), seen) == []


@given(SPECS, st.none() | SIGHTS)
def test_no_password_is_ever_written(spec: ImageCacheSpec, seen: Observation | None) -> None:
    """Whatever else state holds."""
    assert "pa55-w0rd-pa55" not in json.dumps(write_state(spec, seen))


@given(SPECS, SIGHTS)
def test_a_refresh_of_what_was_written_changes_nothing(
    spec: ImageCacheSpec, seen: Observation
) -> None:
    """Writing is settled after one time: `refresh --expect-no-changes` is a drift check."""
    once = write_state(spec, seen)
    assert write_state(read_state(once).spec, seen) == once


@given(SPECS, SIGHTS)
def test_drifted_inputs_read_as_what_was_observed(spec: ImageCacheSpec, seen: Observation) -> None:
    """The next plan compares the program with them, and finds the drift."""
    found = parse(drifted_inputs(write_state(spec, None), spec, seen)).spec
    readable = [row.attribute for row in FIELDS if row.readable]
    now = as_observed(spec, seen)
    assert [getattr(found, name) for name in readable] == [getattr(now, name) for name in readable]


# -- a cache that is taken over


def adopted(**wanted: Any) -> ImageCacheSpec:  # noqa: ANN401 - any attribute
    """Return what the cache SEEN counts as, for a program that wants SPEC with some changes."""
    return as_adopted(replace(SPEC, **wanted), SEEN)


def test_an_adopted_cache_is_as_the_service_shows_it() -> None:
    """Readable fields are read, not assumed: a difference is brought in by the one update."""
    assert adopted(images=("nginx:2",), image_cache_size=80).images == SEEN.images
    assert adopted(image_cache_size=80).image_cache_size == SEEN.image_cache_size
    assert adopted(region="cn-beijing").region == "cn-beijing"


def test_what_would_cost_a_rebuild_to_find_out_is_assumed() -> None:
    """Neither a rebuild nor a replacement comes of what the service does not show."""
    hidden: dict[str, Any] = {
        "flash": True,
        "rebuild_triggers": 1,
        "zone_id": "cn-hangzhou-h",
        "skip_await": True,
    }
    taken = adopted(**hidden)
    assert {name: getattr(taken, name) for name in hidden} == hidden


def test_hidden_metadata_counts_as_unset() -> None:
    """Sending it costs nothing, so it is sent."""
    assert adopted(retention_days=7, vswitch_id="vsw-1").retention_days == 0
    assert adopted(retention_days=7, vswitch_id="vsw-1").vswitch_id == ""


def test_tags_of_others_are_not_adopted() -> None:
    """Else the program would be taken to have dropped them, and they would be removed."""
    seen = replace(SEEN, tags={"team": "api", "theirs": "1"})
    assert as_adopted(SPEC, seen).tags == {"team": "api"}


# -- what was never seen


def test_a_cache_that_was_not_seen_has_no_observed_outputs() -> None:
    """State then holds what is wanted and the status that is known."""
    outputs = write_state(SPEC, None, status="Creating")
    assert outputs["status"] == "Creating"
    assert not {"snapshotId", "containerGroupId"} & outputs.keys()
    assert "status" not in write_state(SPEC, None)


def test_triggers_differ_by_their_items() -> None:
    """Lists are compared item by item."""
    (row,) = (row for row in FIELDS if row.name == "rebuildTriggers")
    assert same(row, [1, {"a": 2}], [1.0, {"a": 2}])
    assert not same(row, [1, {"a": 2}], [1, {"a": 3}])


def test_a_drift_to_empty_of_what_the_program_leaves_out_is_no_input() -> None:
    """There is nothing to take away from the inputs then."""
    drifted = drifted_inputs({}, SPEC, replace(SEEN, elimination_strategy=""))
    assert drifted == {}
