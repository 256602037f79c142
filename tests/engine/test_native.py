"""Features of the plugin through the real engine: moves, imports, explicit providers, lists."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from eci_emulator.server import RunningEmulator, running
from eci_emulator.settings import Settings
from tests.support.pulumi_stack import PulumiStack, Run

PLUGIN = Path(sys.executable).with_name("pulumi-resource-eci")
IMAGES = ["nginx:1", "redis:7"]
PASSWORD = "hunter2-registry-password"

native = pytest.mark.parametrize("stack", ["native"], indirect=True)

_PROGRAM = """\
import pulumi
import pulumi_eci as eci

def options(**given):
    return pulumi.ResourceOptions(aliases=[pulumi.Alias(type_="eci:index:ImageCache")], **given)

login = {"server": "r.example.com", "user_name": "me", "password": "hunter2-registry-password"}
eci.ImageCache("web", options(), images=["nginx:1", "redis:7"], tags={"team": "web"},
               retention_days=7, vswitch_id="vsw-1", rebuild_triggers={"week": 1},
               image_registry_credentials=[login])
eci.ImageCache("theirs", options(), images=["nginx:2"], adopt="imc-theirs")
eci.ImageCacheFleet("apps", images=["nginx:3", "redis:7"], placements={"cn-hangzhou": {}})
"""
_WRITES = {"CreateImageCache", "UpdateImageCache", "DeleteImageCache", "TagResources"}


def move(stack: PulumiStack, *, native: bool) -> None:
    """Switch the program's caches to the other provider."""
    stack.native = native
    stack._write_project()


def writes(stack: PulumiStack) -> list[str]:
    entries = stack.service.journal.entries()
    return [entry["action"] for entry in entries if entry["action"] in _WRITES]


@pytest.mark.parametrize("stack", ["dynamic"], indirect=True)
def test_a_stack_moves_to_the_plugin_and_back_without_writes(stack: PulumiStack) -> None:
    stack.service.seed({"id": "imc-theirs", "name": "theirs", "images": ["nginx:2"]})
    stack.program = _PROGRAM
    stack.up()
    ids = stack.ids()
    assert len(ids) == 3
    stack.service.journal.clear()
    for native in (True, False, True):
        move(stack, native=native)
        stack.preview("--expect-no-changes")
        stack.up("--expect-no-changes")
        assert stack.ids() == ids
        stack.refresh("--expect-no-changes")
        stack.up("--expect-no-changes")
    assert writes(stack) == []
    stack.program = stack.program.replace('"team": "web"', '"team": "api"').replace("x:3", "x:4")
    stack.up()
    assert writes(stack) == ["UpdateImageCache"] * 2
    move(stack, native=False)
    stack.up("--expect-no-changes")
    stack.destroy()
    assert stack.service.caches() == []


# -- import


def theirs(stack: PulumiStack, **more: Any) -> str:  # noqa: ANN401 - properties of a cache
    """Create a cache without the stack."""
    made = {"name": "made-by-hand", "images": IMAGES, "size": 40, "tags": {"owner": "ops"}}
    (cache_id,) = stack.service.seed({**made, "elimination_strategy": "LRU", **more})
    return str(cache_id)


def import_(stack: PulumiStack, cache_id: str) -> Run:
    """Run `pulumi import`. It generates no code, because no host here writes Python."""
    stack.program = "import pulumi\n"
    return stack.run(
        "import", "eci:index:ImageCache", "web", cache_id, "--yes", "--generate-code=false"
    )


@native
def test_an_imported_cache_previews_without_changes(stack: PulumiStack) -> None:
    program = stack.program
    cache_id = theirs(stack, retention_days=3, vswitch_id="vsw-1", security_group_id="sg-1")
    run = import_(stack, cache_id)
    assert run.ok, run.text
    imported = stack.resource()["inputs"]
    assert imported == {
        "region": "cn-hangzhou",
        "images": IMAGES,
        "imageCacheName": "made-by-hand",
        "imageCacheSize": 40,
        "eliminationStrategy": "LRU",
        "tags": {"owner": "ops"},
    }
    stack.program = program
    stack.caches["web"] = {"args": imported, "options": {"protect": True}}
    stack.preview("--expect-no-changes")
    stack.refresh("--expect-no-changes")
    stack.edit(zone_id="z", flash=True, insecure_registry="r.example.com", retention_days=7)
    text = stack.preview("--diff").text
    assert "+ retentionDays" in text
    assert "zoneId" not in text
    stack.up()
    assert len(stack.calls("UpdateImageCache")) == 1
    assert stack.calls("CreateImageCache") == []
    stack.up("--expect-no-changes")
    assert stack.ids() == {cache_id}


@pytest.mark.languages
@native
def test_the_program_that_an_import_writes_previews_without_changes(stack: PulumiStack) -> None:
    file = stack.project / "Pulumi.yaml"
    project = {**json.loads(file.read_text()), "runtime": "yaml"}
    file.write_text(json.dumps(project))
    cache_id = theirs(stack, tags={"owner": "ops", "a b": ""})
    run = stack.run("import", "eci:index:ImageCache", "web", cache_id, "--yes", "--out", "web.yaml")
    assert run.ok, run.text
    written = yaml.safe_load((stack.project / "web.yaml").read_text())
    file.write_text(json.dumps({**project, **written}))
    stack.preview("--expect-no-changes")
    stack.up("--expect-no-changes")
    assert writes(stack) == []


@native
def test_an_import_in_the_program_takes_over_the_cache(stack: PulumiStack) -> None:
    cache_id = theirs(stack)
    args: dict[str, Any] = {
        "images": IMAGES,
        "image_cache_name": "made-by-hand",
        "image_cache_size": 40,
    }
    args |= {"elimination_strategy": "LRU", "tags": {"owner": "ops"}}
    stack.declare(**args, options={"import_": cache_id})
    stack.up()
    assert writes(stack) == []
    stack.caches["web"]["options"] = {}
    stack.up("--expect-no-changes")
    stack.destroy()
    assert stack.cloud() == []


@native
def test_a_failed_import_is_one_message(stack: PulumiStack) -> None:
    far = theirs(stack, region="cn-beijing")
    for cache_id in (far, "imc-nothing"):
        run = import_(stack, cache_id)
        assert not run.ok
        assert f"{cache_id} does not exist in cn-hangzhou. If the cache is in" in run.text
        assert "Traceback" not in run.text
    assert import_(stack, f"cn-beijing/{far}").ok
    assert stack.resource()["id"] == far
    assert stack.resource()["inputs"]["region"] == "cn-beijing"


# -- explicit providers


@pytest.fixture
def other() -> Iterator[RunningEmulator]:
    """The local ECI API of another account."""
    with running(Settings(build_seconds=0.2)) as api:
        yield api


_PROVIDERS = """\
import json, pathlib
import pulumi
import pulumi_eci as eci

for name, settings in json.loads(pathlib.Path("providers.json").read_text()).items():
    provider = pulumi.ProviderResource("eci", name, settings)
    eci.ImageCache(f"in-{name}", pulumi.ResourceOptions(provider=provider), images=["nginx:1"])
eci.ImageCache("web", images=["nginx:1"])
"""


@pytest.fixture
def declare(stack: PulumiStack) -> Callable[..., None]:
    """Declare a cache for each of the given providers, and one for the default provider."""

    def declare(**providers: dict[str, Any]) -> None:
        stack.program = _PROVIDERS
        (stack.project / "providers.json").write_text(json.dumps(providers))

    return declare


@native
def test_providers_of_several_regions_and_accounts(
    stack: PulumiStack, other: RunningEmulator, declare: Callable[..., None]
) -> None:
    other.emulator.configure(access_keys={"its-own-id": "its-own-secret"})
    beijing = {"region": "cn-beijing", "endpoint": stack.api.url}
    elsewhere = {"region": "cn-hangzhou", "endpoint": other.url, "createsPerMinute": 60}
    elsewhere |= {"accessKey": "its-own-id", "secretKey": "its-own-secret"}
    stack.environment["ECI_ENDPOINT"] = stack.api.url
    declare(beijing=beijing, elsewhere=elsewhere)
    stack.up()
    assert len(other.emulator.caches()) == 1
    assert {cache["region"] for cache in stack.service.caches()} == {"cn-beijing", "cn-hangzhou"}
    assert "its-own-secret" not in stack.run("stack", "export").text
    stack.up("--expect-no-changes")
    stack.refresh("--expect-no-changes")
    ids = stack.ids()
    declare(beijing={**beijing, "createsPerMinute": 30}, elsewhere=elsewhere)
    stack.up()  # other settings of the provider do not replace the cache
    assert stack.ids() == ids
    declare(beijing={**beijing, "region": "cn-shanghai"}, elsewhere=elsewhere)
    stack.up()  # but another region does
    assert {cache["region"] for cache in stack.service.caches()} == {"cn-shanghai", "cn-hangzhou"}
    stack.destroy()
    assert stack.service.caches() == other.emulator.caches() == []


@native
def test_invalid_settings_are_reported_before_any_operation(
    stack: PulumiStack, declare: Callable[..., None]
) -> None:
    declare(one={"regoin": "cn-beijing", "endpoint": "not a host"})
    run = stack.run("preview")
    assert not run.ok
    assert "regoin: unknown setting; did you mean `region`?" in run.text
    assert "eci:endpoint (or ECI_ENDPOINT) must be a host" in run.text
    assert stack.service.journal.entries() == []


@native
def test_settings_that_are_unknown_in_a_preview(stack: PulumiStack) -> None:
    stack.program = """\
import pulumi
import pulumi_eci as eci

first = eci.ImageCache("first", images=["nginx:1"])
region = first.id.apply(lambda _: "cn-beijing")
provider = pulumi.ProviderResource("eci", "later", {"region": region})
eci.ImageCache("second", pulumi.ResourceOptions(provider=provider), images=["nginx:1"])
"""
    stack.environment["ECI_ENDPOINT"] = stack.api.url
    stack.preview()
    assert stack.service.journal.entries() == []
    stack.up()
    assert stack.outputs("second")["region"] == "cn-beijing"


# -- previews


@native
def test_a_preview_shows_each_path_that_changes(stack: PulumiStack) -> None:
    stack.declare(images=IMAGES, tags={"team": "web", "old": "1"})
    stack.up()
    stack.service.journal.clear()
    stack.edit(images=["nginx:2", "redis:7"], tags={"team": "api"}, zone_id="z")
    text = stack.preview("--diff").text
    for line in (
        '~ [0]: "nginx:1" => "nginx:2"',
        '~ team: "web" => "api"',
        '- old : "1"',
        "+ zoneId",
    ):
        assert line in text
    assert '"redis:7"' not in text
    assert "+-eci:index:ImageCache: (replace)" in text
    assert stack.service.journal.entries() == []


# -- without a program


@native
def test_the_schema_is_printed_without_a_warning(stack: PulumiStack) -> None:
    run = stack.run("package", "get-schema", str(PLUGIN))
    assert run.ok
    assert json.loads(run.text)["name"] == "eci"


@native
def test_caches_are_listed_and_read_without_a_program(stack: PulumiStack) -> None:
    cache_id = theirs(stack)
    stack.environment |= {"ECI_ENDPOINT": stack.api.url, "PULUMI_EXPERIMENTAL": "1"}
    listed = stack.run("do", "--package", str(PLUGIN), "eci:index:ImageCache", "list")
    assert listed.ok, listed.text
    assert cache_id in listed.text
    assert "made-by-hand" in listed.text
    read = stack.run("do", "--package", str(PLUGIN), "eci:index:ImageCache", "read", cache_id)
    assert read.ok, read.text
    assert "redis:7" in read.text
