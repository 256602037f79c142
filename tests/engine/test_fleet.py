"""A fleet of caches through the real engine: the layout of the images, and the cost of changes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.pulumi_stack import PulumiStack

_PROGRAM = """\
import json, pathlib
import pulumi
import pulumi_eci as eci

declared = json.loads(pathlib.Path("fleet.json").read_text())
options = pulumi.ResourceOptions(**declared.pop("options", {}))
fleet = eci.ImageCacheFleet(declared.pop("name", "apps"), options, **declared)
for name in ("ids", "status", "images", "annotations"):
    pulumi.export(name, getattr(fleet, name))
"""
PLACEMENTS: dict[str, Any] = {
    "cn-hangzhou": {"vswitch_id": "vsw-1"},
    "cn-beijing": {"vswitch_id": "vsw-2", "tags": {"place": "north"}},
}


def images(count: int, start: int = 0) -> list[str]:
    """Return some image names."""
    return [f"registry.example.com/team/app-{number:03}:1" for number in range(start, count)]


class Fleet:
    """The fleet of a stack's program."""

    def __init__(self, stack: PulumiStack) -> None:
        self.stack = stack
        stack.program = _PROGRAM
        self.args: dict[str, Any] = {"placements": PLACEMENTS}

    def declare(self, **args: Any) -> None:  # noqa: ANN401 - any argument
        """Change arguments of the fleet."""
        self.args.update(args)
        (self.stack.project / "fleet.json").write_text(json.dumps(self.args))
        self.stack.service.journal.clear()

    def export(self, name: str) -> Any:  # noqa: ANN401 - any output
        """Return an output of the stack."""
        return json.loads(self.stack.run("stack", "output", name, "--json").text)

    def count(self, action: str) -> int:
        """Return the number of calls of *action* since the last change."""
        return len(self.stack.calls(action))

    def costs(self) -> tuple[int, int, int]:
        """Return the number of created, updated and deleted caches since the last change."""
        actions = ("CreateImageCache", "UpdateImageCache", "DeleteImageCache")
        created, updated, deleted = (self.count(action) for action in actions)
        return created, updated, deleted

    def held(self) -> dict[str, list[list[str]]]:
        """Return the images of every cache of the service, by region."""
        found: dict[str, list[list[str]]] = {}
        for cache in self.stack.service.caches():
            found.setdefault(cache["region"], []).append(sorted(cache["images"]))
        return found


@pytest.fixture
def fleet(stack: PulumiStack) -> Fleet:
    """A fleet in two regions."""
    return Fleet(stack)


def sizes(fleet: Fleet) -> dict[str, list[int]]:
    """Return the number of images in each cache, by region."""
    return {region: sorted(map(len, caches)) for region, caches in fleet.held().items()}


def test_images_are_split_over_caches_in_every_region(fleet: Fleet) -> None:
    fleet.declare(images=images(45), tags={"team": "web"}, retention_days=7)
    fleet.stack.up()
    assert sizes(fleet) == {"cn-hangzhou": [5, 20, 20], "cn-beijing": [5, 20, 20]}
    caches = fleet.stack.service.caches()
    assert {cache["retention_days"] for cache in caches} == {7}
    assert {(cache["region"], cache["vswitch_id"], *sorted(cache["tags"])) for cache in caches} == {
        ("cn-hangzhou", "vsw-1", "team"),
        ("cn-beijing", "vsw-2", "place", "team"),
    }
    assert fleet.export("status") == {"cn-hangzhou": "Ready", "cn-beijing": "Ready"}
    assert fleet.export("images")["cn-beijing"] == images(45)
    ids = fleet.export("ids")
    assert {cache_id for many in ids.values() for cache_id in many} == {c["id"] for c in caches}
    pin = fleet.export("annotations")["cn-hangzhou"][images(45)[44]]
    assert pin == {"k8s.aliyun.com/eci-imc-id": ids["cn-hangzhou"][2]}
    fleet.stack.up("--expect-no-changes")
    fleet.stack.refresh("--expect-no-changes")
    fleet.stack.preview("--expect-no-changes")
    fleet.stack.destroy()
    assert fleet.stack.service.caches() == []


def test_a_change_of_one_image_updates_one_cache_in_each_region(fleet: Fleet) -> None:
    fleet.declare(images=images(45))
    fleet.stack.up()
    before = fleet.export("ids")
    bumped = [image.replace("app-007:1", "app-007:2") for image in images(46)]
    for wanted in (bumped[:45], bumped, bumped[1:]):
        fleet.declare(images=wanted)
        assert preview_of_caches(fleet) == "2 to update"
        fleet.stack.up()
        assert fleet.costs() == (0, 2, 0)
        assert fleet.export("images") == dict.fromkeys(PLACEMENTS, wanted)
    assert fleet.export("ids") == before


def preview_of_caches(fleet: Fleet) -> str:
    """Return the planned operations on caches, without the layout and the stack."""
    planned = json.loads(fleet.stack.preview("--json").text)["steps"]
    ops = [step["op"] for step in planned if "ImageCache::" in step["urn"]]
    return ", ".join(f"{ops.count(op)} to {op}" for op in sorted(set(ops)))


def test_another_spelling_of_an_image_changes_nothing(fleet: Fleet) -> None:
    fleet.declare(images=["nginx:1", "docker.io/library/redis"])
    fleet.stack.up()
    fleet.declare(images=["index.docker.io/library/nginx:1", "redis:latest", "nginx:1"])
    fleet.stack.preview("--expect-no-changes")
    fleet.declare(images=["nginx:2", "redis"])
    assert "exists only in state [" in fleet.stack.preview().text


def test_growth_creates_a_cache_and_updates_none(fleet: Fleet) -> None:
    fleet.declare(images=images(40))
    fleet.stack.up()
    fleet.declare(images=["a/new:1", *images(40)])
    assert preview_of_caches(fleet) == "2 to create"
    fleet.stack.up()
    assert fleet.costs() == (2, 0, 0)
    fleet.declare(images=["a/new:1", *images(40)[1:]])
    fleet.stack.up()
    assert fleet.costs() == (0, 2, 2)
    assert sizes(fleet) == {"cn-hangzhou": [20, 20], "cn-beijing": [20, 20]}
    fleet.stack.up("--expect-no-changes")


def test_registry_hosts_are_those_of_the_region(fleet: Fleet) -> None:
    fleet.declare(
        images=[
            "registry-vpc.cn-shanghai.aliyuncs.com/team/app:1",
            "registry-vpc.cn-hangzhou.aliyuncs.com/team/app:1",
            "mirror.{region}.example.com/nginx:1",
            "registry.cn-shanghai.aliyuncs.com/public/app:1",
        ]
    )
    fleet.stack.up()
    assert fleet.held()["cn-beijing"] == [
        [
            "mirror.cn-beijing.example.com/nginx:1",
            "registry-vpc.cn-beijing.aliyuncs.com/team/app:1",
            "registry.cn-shanghai.aliyuncs.com/public/app:1",
        ]
    ]


def test_a_renamed_fleet_keeps_its_caches(fleet: Fleet) -> None:
    fleet.declare(images=images(21))
    fleet.stack.up()
    before = fleet.export("ids")
    fleet.declare(
        name="services",
        options={"aliases": ["urn:pulumi:test::engine-test::eci:index:ImageCacheFleet::apps"]},
    )
    fleet.stack.up()
    assert fleet.costs() == (0, 0, 0)
    assert fleet.export("ids") == before
    fleet.declare(images=images(22))
    fleet.stack.up()
    assert fleet.costs() == (0, 2, 0)


def test_options_of_the_fleet_apply_to_its_caches(fleet: Fleet) -> None:
    fleet.declare(
        images=["nginx:1"],
        retention_days=7,
        options={"ignore_changes": ["retention_days"], "retain_on_delete": True, "protect": True},
    )
    fleet.stack.up()
    fleet.declare(retention_days=8)
    fleet.stack.up("--expect-no-changes")
    assert not fleet.stack.run("destroy", "--yes", "--skip-preview").ok
    fleet.declare(options={"retain_on_delete": True})
    fleet.stack.up()
    fleet.stack.destroy()
    assert len(fleet.stack.service.caches()) == 2


def test_images_known_after_the_update_need_a_declared_number_of_caches(
    stack: PulumiStack,
) -> None:
    stack.program = """\
import pulumi
import pulumi_eci as eci

first = eci.ImageCache("first", images=["nginx:1"])
images = first.id.apply(lambda cache_id: [f"registry/{cache_id}:{n}" for n in range(30)])
later = eci.ImageCacheFleet(
    "later",
    images=images,
    placements={"cn-hangzhou": {"vswitch_id": first.id}},
    tags={"first": first.id},
    caches=CACHES,
)
pulumi.export("images", later.images)
"""
    program = stack.program
    stack.program = program.replace("CACHES", "None")
    run = stack.try_up()
    assert "`images` is an output, so set `caches`" in run.text
    assert not run.tracebacks
    stack.program = program.replace("CACHES", "1")
    assert (
        "images: 30 do not fit, 20 a cache, with `caches` set to 1: set it to 2 or more"
        in stack.try_up().text
    )
    stack.destroy()
    stack.program = program.replace("CACHES", "2")
    stack.preview()
    stack.up()
    assert len(stack.cloud()) == 3
    stack.up("--expect-no-changes")


def test_transformations_of_a_fleet_apply_to_its_caches(stack: PulumiStack) -> None:
    stack.program = """\
import pulumi
import pulumi_eci as eci

def tagged(args):
    if args.type_.endswith(":ImageCache"):
        props = {**args.props, "tags": {"by": "transform"}}
        return pulumi.ResourceTransformResult(props, args.opts)

eci.ImageCacheFleet(
    "apps",
    pulumi.ResourceOptions(transforms=[tagged]),
    images=[f"app:{n}" for n in range(21)],
    placements={"cn-hangzhou": eci.Placement(vswitch_id="vsw-1")},
)
"""
    stack.up()
    assert [cache["tags"] for cache in stack.service.caches()] == [{"by": "transform"}] * 2


def test_secret_images_stay_secret(stack: PulumiStack) -> None:
    stack.program = """\
import pulumi
import pulumi_eci as eci

eci.ImageCacheFleet(
    "apps",
    images=pulumi.Output.secret(["registry/hush-hush:1"]),
    placements={"cn-hangzhou": eci.Placement(vswitch_id="vsw-1")},
    caches=1,
)
"""
    stack.up()
    assert "hush-hush" not in stack.run("stack", "export").text


# -- only in the plugin

native = pytest.mark.parametrize("stack", ["native"], indirect=True)


@native
def test_the_images_of_manifests_are_cached(fleet: Fleet) -> None:
    (fleet.stack.project / "deploy").mkdir()
    (fleet.stack.project / "deploy" / "web.yaml").write_text(
        "kind: Pod\nspec:\n  containers:\n    - image: nginx:1.27\n"
    )
    fleet.declare(manifests=["deploy/*.yaml"], images=["redis:7"])
    fleet.stack.up()
    assert fleet.held() == {region: [["nginx:1.27", "redis:7"]] for region in PLACEMENTS}


@native
@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"placements": {}}, "has a problem: `placements`"),
        ({"manifests": ["nothing/*.yaml"]}, "has a problem: manifests: no file matches"),
        ({"registry_hosts": "a"}, "has a problem: `registryHosts`"),
        ({"images": ["nginx:"]}, "has a problem: images: "),
    ],
)
def test_invalid_arguments_of_a_fleet_are_reported_by_property(
    fleet: Fleet, args: dict[str, Any], words: str
) -> None:
    fleet.declare(**{"images": ["nginx:1"], **args})
    run = fleet.stack.run("preview")
    assert not run.ok
    assert words in run.text
    assert not run.tracebacks


@native
def test_options_and_providers_of_a_fleet_reach_its_caches(stack: PulumiStack) -> None:
    stack.program = """\
import pulumi
import pulumi_eci as eci

first = eci.ImageCache("first", images=["nginx:1"])
beijing = pulumi.ProviderResource("eci", "beijing", {"region": "cn-beijing"})
eci.ImageCacheFleet(
    "apps",
    pulumi.ResourceOptions(
        provider=beijing,
        depends_on=[first],
        delete_before_replace=True,
        additional_secret_outputs=["tags"],
        custom_timeouts=pulumi.CustomTimeouts(create="30m", delete="5m"),
    ),
    images=["nginx:1"],
    placements={"cn-hangzhou": {"tags": {"first": first.id}}},
)
"""
    stack.environment["ECI_ENDPOINT"] = stack.api.url
    stack.up()
    cache, first = stack.resource("apps-cn-hangzhou-1"), stack.resource("first")
    assert "::beijing::" in cache["provider"]
    assert first["urn"] in cache["dependencies"]
    assert cache["propertyDependencies"]["tags"] == [first["urn"]]
    assert cache["customTimeouts"] == {"create": 1800, "delete": 300}
    assert "ciphertext" in cache["outputs"]["tags"]
    layout = [each for each in stack._resources() if each["urn"].endswith("::apps-layout")]
    assert "::beijing::" in layout[0]["provider"]


@native
def test_fleets_that_are_created_at_the_same_time_do_not_mix(stack: PulumiStack) -> None:
    stack.program = """\
import pulumi_eci as eci

for number in range(5):
    eci.ImageCacheFleet(
        f"fleet-{number}",
        images=[f"app-{number}:1"],
        placements={"cn-hangzhou": {}},
        tags={"fleet": str(number)},
    )
"""
    stack.up()
    found = {cache["tags"]["fleet"]: [*cache["images"]] for cache in stack.service.caches()}
    assert found == {str(number): [f"app-{number}:1"] for number in range(5)}
