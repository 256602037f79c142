"""Before registration: transformations of a cache, and programs that the resource rejects."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

import pulumi_eci as eci
from pulumi_eci.program.resource import ImageCache
from tests.component.conftest import Registered, Run

GETTERS = [name for name, held in vars(ImageCache).items() if isinstance(held, property)]
OUTPUT_TEXT = str(pulumi.Output.__new__(pulumi.Output))
HERE = {"cn-hangzhou": eci.Placement()}


def tagged(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """Tag every resource that has tags: a widely copied transformation."""
    if not hasattr(args.resource, "tags"):
        return None
    props: Any = args.props
    props["tags"] = {**(props["tags"] or {}), "cost": 5}
    return pulumi.ResourceTransformationResult(props, args.opts)


def test_a_transformation_tags_caches_and_those_of_fleets(run: Run, registered: Registered) -> None:
    def program() -> object:
        options = pulumi.ResourceOptions(transformations=[tagged])
        fleet = eci.ImageCacheFleet(
            "apps", options, images=["a:1"], placements=HERE, tags={"team": "web"}
        )
        return [eci.ImageCache("web", options, images=["a:1"]).id, fleet.ids]

    run(program)
    assert registered.inputs("web")["tags"] == {"cost": 5}
    assert registered.inputs("apps-cn-hangzhou-1")["tags"] == {"team": "web", "cost": 5}
    assert set(registered.inputs("apps-layout")) == {"shards"}


def test_a_transformation_reads_and_sets_properties_in_both_spellings(
    run: Run, registered: Registered
) -> None:
    asked: list[Any] = []

    def transform(args: pulumi.ResourceTransformationArgs) -> None:
        asked.extend(getattr(args.resource, name) for name in GETTERS)
        props: Any = args.props
        asked.append(props["zone_id"])
        props["retention_days"] = 7

    options = pulumi.ResourceOptions(transformations=[transform])
    run(lambda: eci.ImageCache("web", options, images=["a:1"]).retention_days)
    assert asked == [None] * (len(GETTERS) + 1)
    assert registered.inputs("web") == {"images": ["a:1"], "retentionDays": 7}


REFUSED: dict[str, tuple[Any, str]] = {
    "no id": (lambda: eci.ImageCache.get("web", None), "web has no id"),  # type: ignore[arg-type]
    "an empty id": (lambda: eci.ImageCache.get("web", ""), "web has no id"),
    "an id of an Output's text": (
        lambda: eci.ImageCache.get("web", OUTPUT_TEXT),
        "`id` with pulumi.Output.concat",
    ),
    "a name of an Output's text": (
        lambda: eci.ImageCache(OUTPUT_TEXT, images=["a:1"]),
        "ImageCache: its name holds a text",
    ),
    "a fleet's name of an Output's text": (
        lambda: eci.ImageCacheFleet(OUTPUT_TEXT, images=["a:1"], placements=HERE),
        "ImageCacheFleet: its name holds a text",
    ),
    "what cannot be sent": (
        lambda: eci.ImageCache("web", images=["a:1"], tags={"x": object()}),  # type: ignore[dict-item]
        r"ImageCache web: tags\.x: object is not supported",
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_program_that_cannot_be_registered_is_rejected(
    why: str, run: Run, registered: Registered
) -> None:
    program, message = REFUSED[why]
    with pytest.raises(pulumi.RunError, match=message):
        run(program)
    assert registered.resources == {}


@pytest.mark.parametrize(
    ("args", "warned"), [({}, True), ({"region": "cn-beijing"}, False), ({"connection": {}}, True)]
)
def test_a_provider_of_another_package_at_the_parent_is_reported(
    args: dict[str, Any], warned: bool, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", reported.append)

    def program() -> pulumi.Output[str]:
        provider = pulumi.ProviderResource("alicloud", "beijing", {})
        group = pulumi.ComponentResource(
            "test:index:Group", "group", None, pulumi.ResourceOptions(providers=[provider])
        )
        options = pulumi.ResourceOptions(parent=group)
        return eci.ImageCache("web", options, images=["a:1"], **args).id

    run(program)
    assert ["`region`" in text for text in reported] == [True] * warned


def test_pods_are_pinned_to_a_cache_by_its_id(run: Run) -> None:
    pinned = run(lambda: eci.ImageCache("web", images=["a:1"]).pod_annotations())
    assert pinned == {"k8s.aliyun.com/eci-imc-id": "imc-web"}
