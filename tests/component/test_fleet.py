"""A fleet: the resources and arguments that it registers, and the arguments that it rejects."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

import pulumi_eci as eci
from pulumi_eci.program.fleet_args import checked_arguments, first_layout
from tests.component.conftest import Registered, Run

TYPE = "pulumi-python:dynamic/eci:ImageCache"
HERE = {"cn-hangzhou": eci.Placement(vswitch_id="vsw-1", security_group_id="sg-1")}
MANY = [f"app-{number:02}:1" for number in range(45)]


def test_a_fleet_registers_its_layout_and_its_caches(run: Run, registered: Registered) -> None:
    places = {**HERE, "cn-beijing": eci.Placement()}
    run(lambda: eci.ImageCacheFleet("apps", images=MANY, placements=places).ids)
    types = [args.typ for args in registered.resources.values()]
    assert types.count(TYPE) == 6
    assert types.count("pulumi-python:dynamic/eci:FleetLayout") == 1
    assert types.count("eci:index:ImageCacheFleet") == 1
    assert set(registered.resources) == {
        "apps",
        "apps-layout",
        *(f"apps-{place}-{number}" for place in places for number in (1, 2, 3)),
    }


def test_arguments_are_inherited_and_overridden(run: Run, registered: Registered) -> None:
    places = {
        "cn-hangzhou": eci.Placement(vswitch_id="vsw-1", retention_days=30, tags={"a": "own"}),
        "second-account": eci.Placement(region="cn-hangzhou", connection={"profile": "two"}),
    }
    run(
        lambda: (
            eci.ImageCacheFleet(
                "apps",
                images=["nginx:1"],
                placements=places,
                retention_days=7,
                elimination_strategy="LRU",
                tags={"a": "common", "b": "common"},
            ).ids
        )
    )
    assert registered.inputs("apps-cn-hangzhou-1") == {
        "images": ["nginx:1"],
        "region": "cn-hangzhou",
        "vswitchId": "vsw-1",
        "retentionDays": 30,
        "eliminationStrategy": "LRU",
        "tags": {"a": "own", "b": "common"},
    }
    assert registered.inputs("apps-second-account-1") == {
        "images": ["nginx:1"],
        "region": "cn-hangzhou",
        "retentionDays": 7,
        "eliminationStrategy": "LRU",
        "tags": {"a": "common", "b": "common"},
        "connection": {"profile": "two"},
    }


def test_values_may_be_outputs(run: Run, registered: Registered) -> None:
    def program() -> Any:  # noqa: ANN401 - an output
        value = pulumi.Output.from_input
        placement = eci.Placement(vswitch_id=value("vsw-1"), tags=value({"b": "2"}))
        return eci.ImageCacheFleet(
            "apps",
            images=["nginx:1", value("redis:7")],
            placements={"cn-hangzhou": placement},
            security_group_id=value("sg-1"),
            tags=value({"a": "1"}),
        ).ids

    run(program)
    assert registered.inputs("apps-cn-hangzhou-1") == {
        "images": ["nginx:1", "redis:7"],
        "region": "cn-hangzhou",
        "vswitchId": "vsw-1",
        "securityGroupId": "sg-1",
        "tags": {"a": "1", "b": "2"},
    }


def test_outputs_are_grouped_by_placement(run: Run) -> None:
    def program() -> Any:  # noqa: ANN401 - an output
        fleet = eci.ImageCacheFleet("apps", images=MANY, placements=HERE)
        return pulumi.Output.all(fleet.ids, fleet.status, fleet.images)

    ids, status, images = run(program)
    assert ids == {"cn-hangzhou": [f"imc-apps-cn-hangzhou-{number}" for number in (1, 2, 3)]}
    assert status == {"cn-hangzhou": "Ready"}
    assert images == {"cn-hangzhou": MANY}


def test_the_status_counts_caches_that_are_not_ready(run: Run, registered: Registered) -> None:
    registered.statuses["apps-cn-hangzhou-1"] = "UpdateFailed"
    status = run(lambda: eci.ImageCacheFleet("apps", images=MANY, placements=HERE).status)
    assert status == {"cn-hangzhou": "2 Ready, 1 UpdateFailed"}


def test_a_pod_is_pinned_to_the_cache_with_most_of_its_images(run: Run) -> None:
    def program() -> Any:  # noqa: ANN401 - an output
        fleet = eci.ImageCacheFleet("apps", images=MANY, placements=HERE)
        return pulumi.Output.all(
            fleet.pod_annotations("cn-hangzhou", MANY[0], MANY[25], MANY[26]),
            fleet.pod_annotations("cn-hangzhou", "other:1"),
            fleet.annotations,
        )

    most, none, each = run(program)
    assert most == {"k8s.aliyun.com/eci-imc-id": "imc-apps-cn-hangzhou-2"}
    assert none == {}
    assert each["cn-hangzhou"][MANY[44]] == {"k8s.aliyun.com/eci-imc-id": "imc-apps-cn-hangzhou-3"}


def test_names_of_one_image_are_one_entry(run: Run, registered: Registered) -> None:
    vpc = "registry-vpc.{}.aliyuncs.com/team/app"
    names = [
        "docker.io/library/nginx:latest",
        "nginx",
        "index.docker.io/nginx",
        vpc.format("cn-hangzhou"),
        vpc.format("cn-beijing") + ":latest",
    ]

    def program() -> Any:  # noqa: ANN401 - an output
        fleet = eci.ImageCacheFleet("apps", images=names, placements={"cn-beijing": {}})
        pins = [fleet.pod_annotations("cn-beijing", name) for name in (*names[:3], names[4])]
        later = eci.ImageCacheFleet(
            "later", images=pulumi.Output.from_input(names), placements=HERE, caches=1
        )
        return pulumi.Output.all(fleet.annotations, later.images, *pins)

    annotations, later, *pins = run(program)
    assert registered.inputs("apps-cn-beijing-1")["images"] == ["nginx", vpc.format("cn-beijing")]
    assert later == {"cn-hangzhou": ["nginx", vpc.format("cn-hangzhou")]}
    pin = {"k8s.aliyun.com/eci-imc-id": "imc-apps-cn-beijing-1"}
    assert pins == [pin] * 4
    assert annotations["cn-beijing"] == dict.fromkeys(
        [*names[:3], names[4], vpc.format("cn-beijing")], pin
    )


def foreign_provider() -> pulumi.ProviderResource:
    provider = pulumi.ProviderResource.__new__(pulumi.ProviderResource)
    provider.package = "alicloud"
    return provider


@pytest.mark.parametrize("images", [{"b:1", "a:1"}, iter(["b:1", "a:1"]), ("b:1", "a:1")])
def test_images_are_any_iterable_and_read_once(
    images: Any,  # noqa: ANN401
    run: Run,
    registered: Registered,
) -> None:
    places = {**HERE, "cn-beijing": eci.Placement(region="")}
    logins = ({"server": "s", "user_name": "u", "password": "p"} for _ in range(1))
    args: Any = {"images": images, "image_registry_credentials": logins, "caches": "2"}
    run(lambda: eci.ImageCacheFleet("apps", placements=places, **args).ids)
    for place in places:
        assert registered.inputs(f"apps-{place}-1")["images"] == ["a:1"]
        assert registered.inputs(f"apps-{place}-2")["images"] == ["b:1"]
        assert registered.inputs(f"apps-{place}-2")["imageRegistryCredentials"]
        assert registered.inputs(f"apps-{place}-2")["region"] == place


@pytest.mark.parametrize("images", ["nginx", {"nginx": 1}, [["nginx"]], 5])
def test_an_output_that_is_not_a_list_of_names_is_rejected(images: Any, run: Run) -> None:  # noqa: ANN401
    def program() -> object:
        output = pulumi.Output.from_input(images)
        return first_layout(checked_arguments({"images": output, "caches": 1, "placements": HERE}))[
            0
        ]

    with pytest.raises(pulumi.RunError, match="`images`"):
        run(program)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no placements": ({"placements": {}}, "`placements`"),
    "placements that are an output": (
        {"placements": pulumi.Output.__new__(pulumi.Output)},
        "`placements` must be a plain map",
    ),
    "an unknown argument": ({"retention_day": 7}, "ImageCacheFleet: unknown argument retention_d"),
    "a name for all": ({"image_cache_name": "web"}, "unknown argument image_cache_name"),
    "one that a placement does not know": (
        {"placements": {"cn-hangzhou": {"images": []}}},
        "Placement cn-hangzhou: unknown argument images",
    ),
    "a placement that is none": (
        {"placements": {"cn-hangzhou": None}},
        "cn-hangzhou in `placements`",
    ),
    "no number of caches": ({"caches": 0}, "`caches`"),
    "a string of images": ({"images": "nginx:1"}, "`images`"),
    "a map of images": ({"images": {"nginx:1": 1}}, "`images`"),
    "no images at all": ({"images": None}, "`images`"),
    "no whole number of caches": ({"caches": "2.5"}, "`caches`"),
    "one registry host": ({"registry_hosts": "r.{region}.cn"}, "`registry_hosts`"),
    "a placement called by an Output's text": (
        {"placements": {str(pulumi.Output.__new__(pulumi.Output)): {}}},
        "the name of a placement holds a text",
    ),
    "a region of an Output's text": (
        {"placements": {"one": {"region": repr(pulumi.Output.__new__(pulumi.Output))}}},
        "Placement one: `region` holds a text",
    ),
    "a region that is an output": (
        {"placements": {"one": {"region": pulumi.Output.__new__(pulumi.Output)}}},
        "Placement one: `region` must",
    ),
    "what cannot be sent": (
        {"placements": {"cn-hangzhou": {"tags": {"a": {1}}}}},
        r"ImageCacheFleet: placements\.cn-hangzhou\.tags\.a: set is not supported",
    ),
    "a provider of another package": (
        {"opts": pulumi.ResourceOptions(provider=foreign_provider())},
        "`region`, and `connection`",
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_invalid_arguments_are_rejected(why: str, run: Run, registered: Registered) -> None:
    changes, message = REFUSED[why]
    args: dict[str, Any] = {"images": ["nginx:1"], "placements": HERE, **changes}
    with pytest.raises(pulumi.RunError, match=message):
        run(lambda: eci.ImageCacheFleet("apps", **args))
    assert registered.resources == {}


def test_options_are_the_second_positional_argument() -> None:
    options: Any = MANY
    with pytest.raises(TypeError, match="must be ResourceOptions"):
        eci.ImageCacheFleet("apps", options, images=MANY, placements=HERE)
