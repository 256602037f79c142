"""The outputs of a cache in state, and reading them back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pulumi_eci.model.spec import AcrRegistryInfo, ImageCacheSpec, RegistryCredential
from pulumi_eci.model.state import Event, read_state, with_observed, write_state
from tests.support.seen import SEEN, SPEC

# -- observations


def test_the_observation_replaces_the_wanted_values() -> None:
    seen = replace(
        SEEN,
        images=("caddy",),
        image_cache_name="other",
        image_cache_size=20,
        resource_group_id="rg-2",
        elimination_strategy="",
        tags={"team": "ops", "cost": "7"},
    )
    assert with_observed(SPEC, seen) == replace(
        SPEC,
        images=("caddy",),
        image_cache_name="other",
        image_cache_size=20,
        resource_group_id="rg-2",
        elimination_strategy="",
        tags={"team": "ops"},
    )


def test_hidden_values_stay_as_wanted() -> None:
    spec = replace(SPEC, vswitch_id="vsw-1", retention_days=7)
    assert with_observed(spec, SEEN) == spec


def test_images_keep_the_order_of_the_program() -> None:
    assert with_observed(SPEC, replace(SEEN, images=("redis", "nginx"))).images == (
        "nginx",
        "redis",
    )


# -- writing


def test_outputs_contain_the_spec_and_the_observation() -> None:
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
    assert write_state(SPEC, replace(SEEN, images=("caddy",)))["images"] == ["caddy"]


def test_outputs_without_an_observation_have_the_given_status() -> None:
    outputs = write_state(SPEC, None, status="Creating")
    assert (outputs["status"], "snapshotId" in outputs) == ("Creating", False)


def test_outputs_contain_no_progress_and_no_events() -> None:
    moving = replace(SEEN, progress="40%", events=(Event("Normal", "Pulling", "nginx"),))
    assert write_state(SPEC, moving) == write_state(SPEC, SEEN)


def test_outputs_contain_logins_without_the_password() -> None:
    credential = RegistryCredential("registry.example.com", "robot", "hunter2")
    outputs = write_state(replace(SPEC, image_registry_credentials=(credential,)), SEEN)
    assert outputs["registryLogins"] == [{"server": "registry.example.com", "userName": "robot"}]
    assert "imageRegistryCredentials" not in outputs
    assert "hunter2" not in json.dumps(outputs)


def test_outputs_have_registry_instances_in_the_form_of_inputs() -> None:
    info = AcrRegistryInfo("cri-1", domains=("a", "b"), arn_user="acs:ram::1:role/u")
    assert write_state(replace(SPEC, acr_registry_infos=(info,)), SEEN)["acrRegistryInfos"] == [
        {"instanceId": "cri-1", "domains": ["a", "b"], "arnUser": "acs:ram::1:role/u"}
    ]


def test_outputs_without_an_observation_have_no_observed_values() -> None:
    outputs = write_state(SPEC, None, status="Creating")
    assert outputs["status"] == "Creating"
    assert not {"snapshotId", "containerGroupId"} & outputs.keys()
    assert "status" not in write_state(SPEC, None)


# -- reading


def test_state_is_read_back_unchanged() -> None:
    state = read_state(write_state(SPEC, SEEN))
    assert (state.spec, state.status, state.snapshot_id) == (SPEC, "Ready", "s-1")


def test_floats_in_state_are_read_as_whole_numbers() -> None:
    assert read_state({"imageCacheSize": 40.0}).spec.image_cache_size == 40


@pytest.mark.parametrize("outputs", [{}, {"status": None, "snapshotId": None}, {"unheard": "of"}])
def test_an_empty_state_is_read_as_an_empty_spec(outputs: dict[str, Any]) -> None:
    state = read_state(outputs)
    assert (state.spec, state.status, state.snapshot_id) == (ImageCacheSpec(), "", "")


def test_logins_are_read_as_credentials_without_password() -> None:
    spec = read_state({"registryLogins": [{"server": "s", "userName": "u"}]}).spec
    assert spec.registry_logins == (("s", "u"),)


@pytest.mark.parametrize("triggers", [0, False, "", [], {}])
def test_state_keeps_empty_triggers(triggers: object) -> None:
    spec = replace(SPEC, rebuild_triggers=triggers)
    assert read_state(write_state(spec, SEEN)).spec.rebuild_triggers == triggers
