"""The conversion of properties to a spec: it reports all problems at once, with their paths."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from pulumi_eci.model.fields import FIELDS, INPUT_NAMES, Kind
from pulumi_eci.model.parse import converted, parse
from pulumi_eci.model.spec import UNKNOWN, AcrRegistryInfo, ConnectionSpec, RegistryCredential
from tests.support.full_spec import FULL as FULL_SPEC
from tests.support.inputs import FULL, GOOD, filled, paths, problems

# -- valid properties


def test_good_properties_have_no_problem() -> None:
    assert problems() == []


def test_every_property_at_once_has_no_problem() -> None:
    assert parse(FULL).problems == ()


def test_the_full_example_has_every_property() -> None:
    assert set(FULL) == set(INPUT_NAMES)


def test_every_property_reaches_the_spec() -> None:
    assert parse(FULL).spec == replace(
        FULL_SPEC,
        images=("nginx:1.27", "redis:7"),
        vswitch_id="vsw-1,vsw-2",
        image_registry_credentials=(
            RegistryCredential("registry.example.com", "robot", "hunter2"),
        ),
        acr_registry_infos=(
            AcrRegistryInfo(
                "cri-1",
                "main",
                "cn-hangzhou",
                ("main.cn-hangzhou.cr.aliyuncs.com",),
                "acs:ram::1:role/service",
                "acs:ram::2:role/user",
            ),
        ),
        rebuild_triggers={"run": 7.0},
        connection=ConnectionSpec(
            "cn-hangzhou", "http://127.0.0.1:8642", "live", "acs:ram::1:role/deployer", "1"
        ),
        adopt="imc-1",
        skip_await=True,
        on_missing="ignore",
    )


def test_absent_and_null_properties_read_as_defaults() -> None:
    absent = dict.fromkeys(INPUT_NAMES)
    assert parse({**absent, **GOOD}).spec == parse(GOOD).spec


def test_several_problems_are_reported_together() -> None:
    found = parse(
        {
            "images": ["https://nginx", "red is"],
            "imageCacheSize": 1,
            "eliminationStrategy": "lru",
            "tags": {"aliyun": "x"},
            "retention_day": 3,
        }
    ).problems
    assert [problem.path for problem in found] == [
        "region",
        "images[0]",
        "images[1]",
        "imageCacheSize",
        "eliminationStrategy",
        "tags.aliyun",
        "retention_day",
    ]


def test_a_missing_region_names_the_places_to_set_one() -> None:
    (problem,) = parse({"images": ["nginx"]}).problems
    assert problem.path == "region"
    assert "`pulumi config set eci:region" in problem.reason
    assert "ALIBABA_CLOUD_REGION_ID" in problem.reason


LOGIN = {"server": "r.example.com", "userName": "me", "password": "pa55-w0rd"}


@pytest.mark.parametrize(
    ("name", "value", "path", "reason"),
    [
        ("zoneId", [], "", "must be a string"),
        ("flash", "yes", "", "must be true or false"),
        ("images", "nginx", "", "must be a list"),
        ("tags", ["a"], "", "must be a map from tag keys to tag values"),
        (
            "tags",
            {"pulumi-eci-adopted": "x"},
            '["pulumi-eci-adopted"]',
            "the key is reserved by the provider for caches that were adopted",
        ),
        (
            "imageRegistryCredentials",
            [LOGIN] * 11,
            "",
            "11 credentials: a cache takes at most 10",
        ),
        (
            "imageRegistryCredentials",
            [{**LOGIN, "userName": []}],
            "[0].userName",
            "must be a string",
        ),
        ("acrRegistryInfos", [{"instanceId": []}], "[0].instanceId", "must be a string"),
        (
            "acrRegistryInfos",
            [{"instanceId": "cri-1", "domains": "one"}],
            "[0].domains",
            "must be a list",
        ),
    ],
)
def test_a_wrong_type_has_this_message(name: str, value: object, path: str, reason: str) -> None:
    assert problems(**{name: value}) == [(name + path, reason)]


def test_invalid_and_unknown_members_do_not_prevent_the_others() -> None:
    spec = parse(
        {
            **GOOD,
            "imageRegistryCredentials": [{**LOGIN, "userName": UNKNOWN}],
            "acrRegistryInfos": [{"instanceId": "cri-1", "domains": [[], UNKNOWN, "one"]}],
        }
    ).spec
    assert spec.image_registry_credentials[0].user_name == UNKNOWN
    assert spec.acr_registry_infos[0].domains == (UNKNOWN, "one")


# -- arguments that do not exist


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("retention_day", "retention_days"),
        ("retentionDay", "retention_days"),
        ("image", "images"),
        ("imageCacheNames", "image_cache_name"),
        ("vSwitchId", "vswitch_id"),
        ("tag", "tags"),
        ("securityGroup", "security_group_id"),
    ],
)
def test_an_unknown_argument_has_a_suggestion(name: str, known: str) -> None:
    assert problems(**{name: "x"}) == [(name, f"unknown argument; did you mean `{known}`?")]


def test_an_unknown_argument_without_a_similar_one_points_to_the_list() -> None:
    assert problems(quux="x") == [("quux", "unknown argument; ImageCacheArgs lists them")]


def test_an_argument_among_properties_has_its_property_name_suggested() -> None:
    assert problems(retention_days=7) == [
        ("retention_days", "unknown argument: among properties it is spelled `retentionDays`")
    ]


def test_properties_of_the_engine_are_not_arguments() -> None:
    assert problems(__provider="pickle") == []


# -- texts that are mistakes of a program

OUTPUT_TEXT = str(pulumi.Output.__new__(pulumi.Output))


@pytest.mark.parametrize(
    ("name", "value", "path", "argument"),
    [
        ("vswitchId", "{}", "vswitchId", "vswitch_id"),
        ("region", "{}", "region", "region"),
        ("images", ["nginx:1", "registry/{}:1"], "images[1]", "images"),
        ("imageCacheName", "web-{}", "imageCacheName", "image_cache_name"),
        ("tags", {"vpc": "in {}"}, "tags.vpc", "tags"),
        ("tags", {"{}": "x"}, "tags", "tags"),
        (
            "imageRegistryCredentials",
            [{**LOGIN, "userName": "{}"}],
            "imageRegistryCredentials[0].userName",
            "user_name",
        ),
        (
            "acrRegistryInfos",
            [{"instanceId": "i", "domains": ["{}"]}],
            "acrRegistryInfos[0].domains[0]",
            "domains",
        ),
        ("connection", {"roleArn": "{}"}, "connection.roleArn", "role_arn"),
        (
            "rebuildTriggers",
            {"of": [{"any": "{}"}]},
            "rebuildTriggers.of[0].any",
            "rebuild_triggers",
        ),
        ("annotations", "{}", "annotations", "annotations"),
    ],
)
@pytest.mark.parametrize(
    "text", [OUTPUT_TEXT, repr(pulumi.Output.__new__(pulumi.Output))], ids=["str", "repr"]
)
def test_the_text_of_an_output_is_one_problem_with_its_path(
    name: str, value: object, path: str, argument: str, text: str
) -> None:
    ((found, reason),) = problems(**{name: filled(value, text)})
    assert found == path
    assert f"build `{argument}` with pulumi.Output.concat" in reason
    assert text not in reason


# -- what check() keeps


def test_only_whole_digests_of_images_are_read_from_state() -> None:
    digest = "sha256:" + "1" * 64
    kept = {"nginx:1": digest, "redis:7": "sha256:1", "busybox": 7.0}
    assert parse({**GOOD, "imageDigests": kept}).spec.image_digests == {"nginx:1": digest}


def test_properties_of_the_engine_are_not_converted() -> None:
    assert converted({"retentionDays": "7", "__autoname": "7"}) == {
        "retentionDays": 7,
        "__autoname": "7",
    }


# -- wrong types

WRONG: dict[Kind, list[Any]] = {
    Kind.STRING: [math.nan, [], {}, ["x"]],
    Kind.INTEGER: ["x", True, [], {}],
    Kind.BOOLEAN: ["yes", 1.0, 0, [], {}],
    Kind.IMAGES: ["nginx", 7.0, True, {"a": "nginx"}],
    Kind.TAGS: ["a=b", 7.0, True, ["a"]],
    Kind.CREDENTIALS: ["x", 7.0, True, {"server": "s"}],
    Kind.ACR_INFOS: ["cri-1", 7.0, False, {"instanceId": "cri-1"}],
    Kind.CONNECTION: ["x", 7.0, True, ["x"]],
    Kind.JSON: [math.nan],
    Kind.DIGESTS: [7.0, {"nginx": "sha256:1"}],  # check() sets these, not a program
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(row.name, value, id=f"{row.attribute} is no {type(value).__name__} {value!r}")
        for row in FIELDS
        for value in WRONG[row.kind]
    ],
)
def test_a_wrong_type_is_one_problem_of_its_property(name: str, value: object) -> None:
    assert paths(**{name: value}) == [name]
