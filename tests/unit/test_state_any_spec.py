"""Arbitrary specs with arbitrary observations."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pulumi_eci.model.fields import FIELDS
from pulumi_eci.model.parse import parse
from pulumi_eci.model.spec import (
    AcrRegistryInfo,
    ConnectionSpec,
    ImageCacheSpec,
    RegistryCredential,
)
from pulumi_eci.model.state import (
    Observation,
    differences,
    drifted_inputs,
    read_state,
    with_observed,
    write_state,
)

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
    """Return the parts that a plan compares."""
    return {row.attribute: getattr(spec, row.attribute) for row in FIELDS}


@given(SPECS, SIGHTS)
def test_state_keeps_everything_that_a_plan_compares(
    spec: ImageCacheSpec, seen: Observation
) -> None:
    state = read_state(write_state(spec, seen))
    assert compared(state.spec) == compared(with_observed(spec, seen))
    snapshot = "" if spec.flash else seen.snapshot_id
    assert (state.status, state.snapshot_id) == (seen.status, snapshot)


@given(SPECS, SIGHTS)
def test_nothing_differs_from_the_observation(spec: ImageCacheSpec, seen: Observation) -> None:
    assert differences(with_observed(spec, seen), seen) == []


@given(SPECS, st.none() | SIGHTS)
def test_no_password_is_ever_written(spec: ImageCacheSpec, seen: Observation | None) -> None:
    assert "pa55-w0rd-pa55" not in json.dumps(write_state(spec, seen))


@given(SPECS, SIGHTS)
def test_a_refresh_of_what_was_written_changes_nothing(
    spec: ImageCacheSpec, seen: Observation
) -> None:
    once = write_state(spec, seen)
    assert write_state(read_state(once).spec, seen) == once


@given(SPECS, SIGHTS)
def test_drifted_inputs_read_as_what_was_observed(spec: ImageCacheSpec, seen: Observation) -> None:
    found = parse(drifted_inputs(write_state(spec, None), spec, seen)).spec
    readable = [row.attribute for row in FIELDS if row.readable]
    now = with_observed(spec, seen)
    assert [getattr(found, name) for name in readable] == [getattr(now, name) for name in readable]
