"""A change from any program to any other: the update makes exactly the changes, with each behaviour
of the service.

The documentation leaves the behaviour open where the local API has a switch. So each value of each
switch is tried, with random values of the other switches.
"""

from __future__ import annotations

from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eci_emulator.switches import VALUES as SWITCHES
from pulumi_eci.model.fields import INPUT_NAMES
from tests.properties.clouds import Cloud
from tests.properties.profile import cases, cases_of
from tests.properties.specs import METADATA, REBUILDING, VALUES, pairs
from tests.properties.update_of_one_cache import UpdateOfOneCache
from tests.support.small_engine import Properties, StepFailedError, same

Pair = tuple[Properties, Properties]

# With these values the service may refuse an update; other tests cover them.
REFUSING = {
    "update_vswitches": "one",
    "update_same_images": "no_need_update",
    "names": "unique",
    "update_network": "required",
}
# These switches concern HTTP, signatures and full accounts, which the update of one cache never
# meets.
ELSEWHERE = {
    "throttling_header",
    "bad_signature",
    "quota",
    "idempotency_in_flight",
    "idempotency_mismatch",
}

HARMLESS = {
    name: [value for value in values if REFUSING.get(name) != value]
    for name, values in SWITCHES.items()
    if name not in ELSEWHERE
}
OTHERS = st.fixed_dictionaries({}, optional={n: st.sampled_from(v) for n, v in HARMLESS.items()})


def test_every_property_is_drawn() -> None:
    assert set(VALUES) == set(INPUT_NAMES)


@given(pair=pairs())
@cases(250)
def test_any_program_becomes_any_other(pair: Pair) -> None:
    _prove_update({}, pair)


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in HARMLESS.items() for value in values]
)
def test_any_program_becomes_any_other_with_each_behaviour_of_the_service(
    name: str, value: str
) -> None:
    @cases_of(f"{name} is {value}")
    @given(pair=pairs(), others=OTHERS)
    @cases(40)
    def prove(pair: Pair, others: dict[str, str]) -> None:
        _prove_update({**others, name: value}, pair)

    prove()


def _prove_update(switches: dict[str, str], pair: Pair) -> None:
    with closing(Cloud(switches)) as cloud:
        update = UpdateOfOneCache(cloud, *pair)
        update.create()
        update.prove_preview()
        update.update()
        update.prove_requests()
        update.prove_identity(keeps_snapshots=switches.get("update_with_image") == "same_snapshot")
        _prove_outcome(update, switches)


def _prove_outcome(update: UpdateOfOneCache, switches: dict[str, str]) -> None:
    update.prove_readable()
    update.prove_hidden(resets=switches.get("update_omitted") == "reset")
    update.prove_state()
    update.prove_quiet()
    update.prove_deleted()


@given(pair=pairs("imageCacheName"), others=OTHERS)
@cases(60)
def test_generated_names_never_collide(pair: Pair, others: dict[str, str]) -> None:
    _prove_update({**others, "names": "unique"}, pair)


@given(pair=pairs(), others=OTHERS)
@cases(80)
def test_several_vswitches_that_an_update_may_not_name(pair: Pair, others: dict[str, str]) -> None:
    switches = {**others, "update_vswitches": "one"}
    with closing(Cloud(switches)) as cloud:
        update = UpdateOfOneCache(cloud, *pair)
        update.create()
        several = "," in pair[1].get("vswitchId", "") and "vswitch" in update.changes
        if several and not update.replaces:
            update.prove_refused("an update takes a single vSwitch")
        else:
            update.update()
            update.prove_requests()
            _prove_outcome(update, switches)


@given(pair=pairs(), others=OTHERS)
@cases(80)
def test_a_network_that_an_update_must_name(pair: Pair, others: dict[str, str]) -> None:
    switches = {**others, "update_network": "required"}
    cloud = Cloud(switches)
    try:
        update = UpdateOfOneCache(cloud, *pair)
        update.create()
        has_network = pair[1].get("securityGroupId") and pair[1].get("vswitchId")
        if update.changes & (METADATA | REBUILDING) and not update.replaces and not has_network:
            update.prove_refused("Missing")
        else:
            update.update()
            _prove_outcome(update, switches)
    finally:
        cloud.close()


@given(pair=pairs(), trigger=st.none() | st.sampled_from(["again", 2]), others=OTHERS)
@cases(100)
def test_a_rebuild_of_the_same_images_that_the_service_declines(
    pair: Pair, trigger: object, others: dict[str, str]
) -> None:
    first, second = pair
    if trigger is not None:
        second = {**first, "rebuildTriggers": trigger}
    switches = {"update_with_image": "new_snapshot", **others}
    switches["update_same_images"] = "no_need_update"
    with closing(Cloud(switches)) as cloud:
        update = UpdateOfOneCache(cloud, first, second)
        update.create()
        if update.rebuilds and trigger is not None and not _forgetful(switches, first):
            update.prove_refused(
                r"was not rebuilt: the service declines \(NoNeedUpdate.*replace_on"
            )
            return
        declined = _failure_of(update)
        if declined:
            assert "NoNeedUpdate" in declined
            assert "triggers" in update.changes
            assert same(update.kept.outputs, update.old.outputs)
        else:
            update.prove_requests()
            _prove_outcome(update, switches)


def _failure_of(update: UpdateOfOneCache) -> str:
    try:
        update.update()
    except StepFailedError as error:
        return str(error)
    return ""


def _forgetful(switches: dict[str, str], first: Properties) -> bool:
    """Return whether an identical update changes the stored attributes: roles, or omitted ones."""
    has_roles = any("arnService" in info for info in first.get("acrRegistryInfos", ()))
    return has_roles or switches.get("update_omitted") == "reset"


@given(pair=pairs("skipAwait", "imageCacheSize", "flash"), others=OTHERS)
@cases(60)
def test_a_rebuild_that_the_service_does_not_show_is_an_error_and_planned_again(
    pair: Pair, others: dict[str, str]
) -> None:
    _prove_unseen(others, pair)


@pytest.mark.parametrize(
    "pair",
    [
        ({"images": ["nginx"]}, {"images": ["nginx"], "imageCacheSize": 40}),
        ({"images": ["nginx"], "flash": True}, {"images": ["redis"], "flash": True}),
    ],
    ids=["size", "flash"],
)
def test_a_rebuild_that_the_service_does_not_show_is_not_forgotten(pair: Pair) -> None:
    _prove_unseen({}, pair)


def _prove_unseen(others: dict[str, str], pair: Pair) -> None:
    switches = {**others, "update_with_image": "same_snapshot"}
    with closing(Cloud(switches, build_seconds=0.0)) as cloud:
        update = UpdateOfOneCache(cloud, *pair)
        update.create()
        if not update.rebuilds:
            update.update()
            _prove_outcome(update, switches)
            return
        for _ in range(2):  # at the second attempt, the service already shows the new images
            with pytest.raises(StepFailedError, match=r"was not rebuilt: .*replace_on_changes"):
                update.update()
            assert update.kept.outputs["status"] == "Ready"
            assert update.kept.id == update.old.id


@pytest.mark.parametrize("code", SWITCHES["update_wrong_status"])
def test_an_update_waits_for_a_manual_rebuild(code: str) -> None:
    @cases_of(code)
    @given(pair=pairs("skipAwait"), others=OTHERS)
    @cases(40)
    def prove(pair: Pair, others: dict[str, str]) -> None:
        switches = {**others, "update_wrong_status": code}
        with closing(Cloud(switches)) as cloud:
            update = UpdateOfOneCache(cloud, *pair)
            update.create()
            cloud.hooks["UpdateImageCache"] = [lambda: _rebuild_by_hand(cloud)]
            update.update()
            _prove_outcome(update, switches)

    prove()


def _rebuild_by_hand(cloud: Cloud) -> None:
    (cache,) = cloud.caches()
    emulator = next(each for each in cloud.accounts.values() if each.caches())
    tags = dict(enumerate(cache["tags"].items(), 1))
    retention = {"RetentionDays": str(cache["retention_days"])} if cache["retention_days"] else {}
    emulator.call(
        "UpdateImageCache",
        {
            "RegionId": cache["region"],
            "ImageCacheId": cache["id"],
            "ImageCacheName": cache["name"],
            **{f"Image.{n}": image for n, image in enumerate(cache["images"], 1)},
            **retention,
            **{f"Tag.{n}.Key": key for n, (key, _) in tags.items()},
            **{f"Tag.{n}.Value": value for n, (_, value) in tags.items()},
        },
    )


@pytest.mark.parametrize("unknown", SWITCHES["delete_unknown"])
@pytest.mark.parametrize("described", SWITCHES["describe_unknown"])
def test_a_cache_that_disappears_before_its_deletion_is_deleted(
    unknown: str, described: str
) -> None:
    @cases_of(f"{unknown} {described}")
    @given(pair=pairs(), others=OTHERS, early=st.booleans())
    @cases(15)
    def prove(pair: Pair, others: dict[str, str], *, early: bool) -> None:
        with closing(
            Cloud({**others, "delete_unknown": unknown, "describe_unknown": described})
        ) as cloud:
            update = UpdateOfOneCache(cloud, *pair)
            update.create()
            operation = "DescribeImageCaches" if early else "DeleteImageCache"
            if update.replaces:
                cloud.hooks["DeleteImageCache"] = [lambda: cloud.remove(update.old.id)]
                update.update()
                update.prove_readable()
            cloud.hooks[operation] = [lambda: cloud.remove(update.kept.id)]
            update.prove_deleted()

    prove()


@pytest.mark.parametrize("last_page", SWITCHES["last_page"])
def test_three_caches_are_found_in_the_list(last_page: str) -> None:
    # Each cache moves the clock for all, perhaps past a rebuild. Then only a new snapshot shows the
    # rebuild.
    behaviour = {"last_page": last_page, "update_with_image": "new_snapshot"}

    @cases_of(last_page)
    @given(pair=pairs("skipAwait", "region", "connection", "flash"), others=OTHERS)
    @cases(20)
    def prove(pair: Pair, others: dict[str, str]) -> None:
        names = ("web", "shop", "blog")
        first, second = (dict.fromkeys(names, program) for program in pair)
        with closing(Cloud({**others, **behaviour}, default_limit=2)) as cloud:
            cloud.engine.up(first, at_once=3)
            cloud.engine.up(second, at_once=3)
            assert {cache["id"] for cache in cloud.caches()} == {
                kept.id for kept in cloud.engine.state.values()
            }
            cloud.forget_requests()
            cloud.engine.refresh()
            cloud.engine.up(second)
            assert cloud.writes() == []

    prove()
