"""The spec of a cache that no program declared, of an adopted and of an imported cache."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pulumi_eci.model.fields import ADOPTED_TAG
from pulumi_eci.model.spec import ImageCacheSpec
from pulumi_eci.model.state import (
    Observation,
    as_adopted,
    imported_inputs,
    imported_spec,
    observed_spec,
    read_state,
    write_state,
)
from tests.support.seen import INPUTS, SEEN, SPEC

# -- a cache that no program declared


def test_an_existing_cache_has_the_spec_that_the_service_shows() -> None:
    assert observed_spec(SEEN) == replace(SPEC, region="")


def test_hidden_properties_of_an_existing_cache_have_defaults() -> None:
    assert observed_spec(Observation("imc-1", "Ready")) == ImageCacheSpec()


def test_only_a_cache_without_a_name_gets_a_name() -> None:
    assert SPEC.named("other") == SPEC
    assert replace(SPEC, image_cache_name="").named("web") == SPEC


# -- an adopted cache


def adopted(**wanted: Any) -> ImageCacheSpec:  # noqa: ANN401 - any attribute
    """Return the spec in state after a program with SPEC and some changes adopts the cache SEEN."""
    return as_adopted(replace(SPEC, **wanted), SEEN)


def test_an_adopted_cache_is_as_the_service_shows_it() -> None:
    assert adopted(images=("nginx:2",), image_cache_size=80).images == SEEN.images
    assert adopted(image_cache_size=80).image_cache_size == SEEN.image_cache_size
    assert adopted(region="cn-beijing").region == "cn-beijing"


def test_hidden_properties_that_need_a_rebuild_are_assumed_to_be_as_wanted() -> None:
    hidden: dict[str, Any] = {
        "flash": True,
        "rebuild_triggers": 1,
        "zone_id": "cn-hangzhou-h",
        "skip_await": True,
    }
    taken = adopted(**hidden)
    assert {name: getattr(taken, name) for name in hidden} == hidden


def test_hidden_metadata_counts_as_unset() -> None:
    assert adopted(retention_days=7, vswitch_id="vsw-1").retention_days == 0
    assert adopted(retention_days=7, vswitch_id="vsw-1").vswitch_id == ""


def test_foreign_tags_are_not_adopted() -> None:
    seen = replace(SEEN, tags={"team": "api", "theirs": "1"})
    assert as_adopted(SPEC, seen).tags == {"team": "api"}


# -- an imported cache


def test_an_imported_cache_keeps_the_mark_of_its_adoption() -> None:
    marked = replace(SEEN, tags={**SEEN.tags, ADOPTED_TAG: "mark"})
    assert imported_spec(marked, "cn-beijing").adoption == "mark"
    assert imported_spec(SEEN, "cn-beijing").adoption == ""


def test_state_says_what_is_not_known_of_an_imported_cache() -> None:
    spec = imported_spec(SEEN, "cn-beijing")
    assert replace(spec, unseen=frozenset()) == replace(SPEC, region="cn-beijing")
    assert {"zoneId", "flash", "insecureRegistry"} <= spec.unseen
    assert spec.unseen.isdisjoint({"images", "region", "skipAwait", "retentionDays"})
    assert read_state(write_state(spec, SEEN)).spec == spec


def test_the_program_of_an_imported_cache_has_no_defaults() -> None:
    plain = Observation("imc-1", "Ready", image_cache_size=20, images=("nginx",))
    assert imported_inputs(imported_spec(plain, "cn-beijing")) == {
        "region": "cn-beijing",
        "images": ["nginx"],
    }
    assert imported_inputs(imported_spec(SEEN, "cn-hangzhou")) == INPUTS
