"""Every value of every switch changes the behaviour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eci_emulator.errors import ApiError
from eci_emulator.switches import MEANING, VALUES, Switches, describe
from tests.emulator.driver import Driver

if TYPE_CHECKING:
    from collections.abc import Callable


def code_of(call: Callable[[], object]) -> str:
    """Return the error code of a call, or `ok`."""
    try:
        call()
    except ApiError as error:
        return error.code
    return "ok"


def delete_unknown(eci: Driver) -> object:
    return code_of(lambda: eci.call("DeleteImageCache", ImageCacheId="imc-none"))


def describe_unknown(eci: Driver) -> object:
    return code_of(lambda: eci.caches(ImageCacheId="imc-none"))


def update_omitted(eci: Driver) -> object:
    cache_id = eci.ready(RetentionDays="9", EliminationStrategy="LRU", Flash="true")
    eci.update(cache_id, RetentionDays="8")
    stored = eci.stored(cache_id)
    return stored["retention_days"], stored["elimination_strategy"], stored["flash"]


def update_with_image(eci: Driver) -> object:
    cache_id = eci.ready()
    before = eci.show(cache_id)["SnapshotId"]
    eci.update(cache_id, Image_1="redis")
    eci.advance(10)
    return eci.show(cache_id)["SnapshotId"] == before


def update_without_image(eci: Driver) -> object:
    """Return the status just after a change of metadata, and whether the snapshot stays."""
    cache_id = eci.ready()
    before = eci.show(cache_id)["SnapshotId"]
    eci.update(cache_id, RetentionDays="8")
    status = eci.show(cache_id)["Status"]
    eci.advance(10)
    after = eci.show(cache_id)
    assert (after["Status"], after["SnapshotId"]) == ("Ready", before)
    return status


def update_unchanged(eci: Driver) -> object:
    cache_id = eci.ready(RetentionDays="8")
    return code_of(lambda: eci.update(cache_id, RetentionDays="8"))


def update_wrong_status(eci: Driver) -> object:
    cache_id = eci.create()
    return code_of(lambda: eci.update(cache_id, RetentionDays="8"))


def update_tags(eci: Driver) -> object:
    cache_id = eci.ready(Tag_1_Key="old")
    eci.update(cache_id, Tag_1_Key="new")
    return [tag["Key"] for tag in eci.show(cache_id)["Tags"]]


def delete_in_progress(eci: Driver) -> object:
    cache_id = eci.create()
    return code_of(lambda: eci.call("DeleteImageCache", ImageCacheId=cache_id))


def delete_removal(eci: Driver) -> object:
    """Describe a cache just after its deletion; later it is gone under each value."""
    cache_id = eci.ready()
    eci.call("DeleteImageCache", ImageCacheId=cache_id)
    listed = len(eci.caches())
    eci.advance(2)
    assert eci.caches() == []
    return listed


def idempotency_mismatch(eci: Driver) -> object:
    first = eci.create(ClientToken="t")
    code = code_of(lambda: eci.create(ClientToken="t", ImageCacheName="other"))
    return code, len(eci.caches()), eci.caches()[0]["ImageCacheId"] == first


def last_page(eci: Driver) -> object:
    return eci.call("DescribeImageCaches").get("NextToken")


def names(eci: Driver) -> object:
    eci.ready()
    other = eci.ready(ImageCacheName="other")
    return code_of(eci.create), code_of(lambda: eci.update(other))


def name_rule(eci: Driver) -> object:
    return code_of(lambda: eci.create(ImageCacheName="My_Cache"))


def quota(eci: Driver) -> object:
    eci.emulator.configure(quota=1)
    eci.create(EliminationStrategy="LRU")
    return code_of(lambda: eci.create(ImageCacheName="next"))


def update_same_images(eci: Driver) -> object:
    cache_id = eci.ready()
    when_ready = code_of(lambda: eci.update(cache_id, Image_1="nginx"))
    eci.emulator.edit(cache_id, {"status": "UpdateFailed"})
    when_failed = code_of(lambda: eci.update(cache_id, Image_1="nginx"))
    return when_ready, when_failed


def update_name(eci: Driver) -> object:
    cache_id = eci.ready()
    return code_of(lambda: eci.call("UpdateImageCache", ImageCacheId=cache_id, RetentionDays="8"))


def update_vswitches(eci: Driver) -> object:
    cache_id = eci.ready()
    return code_of(lambda: eci.update(cache_id, VSwitchId="vsw-1,vsw-2"))


def update_size_alone(eci: Driver) -> object:
    cache_id = eci.ready()
    code = code_of(lambda: eci.update(cache_id, ImageCacheSize="40", RetentionDays="8"))
    return code, eci.show(cache_id)["ImageCacheSize"]


def retention_counts_from(eci: Driver) -> object:
    cache_id = eci.ready()
    eci.advance(86_390)
    eci.update(cache_id, RetentionDays="8")
    return eci.show(cache_id)["ExpireDateTime"][:10]


def update_network(eci: Driver) -> object:
    cache_id = eci.ready()
    alone = code_of(lambda: eci.update(cache_id, RetentionDays="8", SecurityGroupId="sg-1"))
    eci.update(cache_id, RetentionDays="9", SecurityGroupId="sg-1", VSwitchId="vsw-1")
    return alone


def image_names(eci: Driver) -> object:
    cache_id = eci.ready(Image_1="nginx:1.27")
    other = "docker.io/library/nginx:1.27"
    images = eci.show(cache_id)["Images"]
    matches = len(eci.caches(Image=other)), len(eci.caches(MatchImage_1=other))
    eci.switch(
        update_same_images="no_need_update", image_names=eci.emulator.settings.switches.image_names
    )
    code = code_of(lambda: eci.update(cache_id, Image_1=other))
    return images, matches, code


def limit_too_large(eci: Driver) -> object:
    eci.emulator.configure(max_limit=2)
    for _ in range(3):
        eci.create()
    sizes = [len(eci.caches()), len(eci.caches(Limit="2"))]
    code = code_of(lambda: sizes.append(len(eci.caches(Limit="100"))))
    return sizes, code


def missing_parameter(eci: Driver) -> object:
    return (
        code_of(lambda: eci.call("CreateImageCache", Image_1="nginx")),
        code_of(lambda: eci.call("DeleteImageCache", ImageCacheId="")),
    )


OUTCOMES: dict[str, tuple[Callable[[Driver], object], tuple[object, ...]]] = {
    "delete_unknown": (delete_unknown, ("InvalidParameter.NotFound", "ok")),
    "describe_unknown": (describe_unknown, ("ok", "InvalidParameter.NotFound")),
    "update_omitted": (update_omitted, ((8, "LRU", True), (8, None, False))),
    "update_with_image": (update_with_image, (False, True)),
    "update_without_image": (update_without_image, ("Ready", "Updating")),
    "update_unchanged": (update_unchanged, ("NoNeedUpdate", "ok")),
    "update_wrong_status": (
        update_wrong_status,
        ("ImageCache.IncorrectStatus", "IncorrectStatus"),
    ),
    "update_tags": (update_tags, (["old", "new"], ["new"])),
    "delete_in_progress": (delete_in_progress, ("ok", "IncorrectStatus")),
    "delete_removal": (delete_removal, (0, 1)),
    "idempotency_mismatch": (
        idempotency_mismatch,
        (("IdempotentParameterMismatch", 1, True), ("ok", 1, True)),
    ),
    "last_page": (last_page, (None, "")),
    "names": (
        names,
        (
            ("ok", "ok"),
            ("InvalidParameter.DuplicatedName", "InvalidParameter.DuplicatedName"),
        ),
    ),
    "name_rule": (name_rule, ("InvalidParameter", "ok")),
    "quota": (quota, ("ok", "QuotaExceeded")),
    "update_same_images": (update_same_images, (("ok", "ok"), ("NoNeedUpdate", "ok"))),
    "update_name": (update_name, ("MissingImageCacheName", "ok")),
    "update_vswitches": (update_vswitches, ("ok", "InvalidParameter")),
    "update_size_alone": (
        update_size_alone,
        (("ok", 20), ("ok", 40), ("InvalidParameter", 20)),
    ),
    "retention_counts_from": (retention_counts_from, ("2026-01-09", "2026-01-10")),
    "update_network": (update_network, ("ok", "MissingVSwitchId")),
    "image_names": (
        image_names,
        (
            (["nginx:1.27"], (0, 0), "ok"),
            (["docker.io/library/nginx:1.27"], (1, 1), "NoNeedUpdate"),
        ),
    ),
    "limit_too_large": (
        limit_too_large,
        (([2, 2], "InvalidParameter.ValueExceeded"), ([2, 2, 2], "ok")),
    ),
    "missing_parameter": (
        missing_parameter,
        (
            ("MissingImageCacheName", "MissingImageCacheId"),
            ("MissingParameter", "MissingParameter"),
        ),
    ),
}
ELSEWHERE = {
    "bad_signature": "test_signature.py",
    "idempotency_in_flight": "test_faults.py",
    "throttling_header": "test_faults.py",
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name in OUTCOMES for value in VALUES[name]]
)
def test_each_value_of_each_switch(eci: Driver, name: str, value: str) -> None:
    probe, outcomes = OUTCOMES[name]
    eci.switch(**{name: value})
    assert probe(eci) == outcomes[VALUES[name].index(value)]


def test_every_switch_is_tested() -> None:
    assert set(OUTCOMES) | set(ELSEWHERE) == set(VALUES) == set(MEANING)
    for name, (_, outcomes) in OUTCOMES.items():
        assert len({repr(outcome) for outcome in outcomes}) == len(VALUES[name])


def test_the_first_value_is_the_default() -> None:
    assert {name: values[0] for name, values in VALUES.items()} == vars(Switches())


def test_all_assumptions_have_a_switch() -> None:
    assert {each["assumption"] for each in describe(Switches())} >= set(range(1, 19))


@pytest.mark.parametrize("values", [{"update_tag": "merge"}, {"update_tags": "blend"}])
def test_unknown_switches_and_values_are_named(values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"update_tags.*|merge or replace"):
        Switches().with_values(values)
