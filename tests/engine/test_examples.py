"""Every example does what its README says. The tests run each step with the real engine."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eci_emulator.server import running
from eci_emulator.settings import Settings
from tests.engine.conftest import BUILD_SECONDS
from tests.support.pulumi_stack import PulumiStack
from tests.support.registry import docker_registry
from tests.support.until import until

EXAMPLES = Path(__file__).parents[2] / "examples"
LONGEST_README = 60  # lines of a screen

Open = Callable[[str], "Example"]


class Example:
    """A copy of an example's folder, with the steps of its README."""

    def __init__(self, stack: PulumiStack) -> None:
        self.stack = stack
        readme = (stack.project / "README.md").read_text()
        self.steps = re.findall(r"^```sh\n(.*?)^```$", readme, flags=re.MULTILINE | re.DOTALL)

    def step(self) -> str:
        """Run the next step, which must succeed, and return its output."""
        self.stack.service.journal.clear()
        run = self.stack.shell(self.steps.pop(0))
        assert run.ok, run.text
        return run.text

    def end(self) -> None:
        """Check that all steps were run, and destroy the stack."""
        assert self.steps == []
        self.stack.destroy()
        assert self.stack.service.caches() == []

    def calls(self) -> list[str]:
        """Return the writing calls of the last step."""
        entries = self.stack.service.journal.entries()
        actions = [entry["action"] for entry in entries]
        return [each for each in actions if not each.startswith(("Describe", "List"))]


@pytest.fixture
def example(tmp_path: Path, engine: Path) -> Iterator[Open]:
    """Return a function that opens an example on a new local ECI API."""
    with running(Settings(build_seconds=BUILD_SECONDS)) as api:

        def opening(name: str) -> Example:
            stack = PulumiStack(tmp_path, engine, api, source=EXAMPLES / name)
            stack.environment["ECI_ENDPOINT"] = api.url
            stack.start()
            file = stack.project / "Pulumi.yaml"
            installed = str(Path(sys.executable).parent)  # the folder of the plugin's executable
            file.write_text(file.read_text().replace("../../.venv/bin", installed))
            return Example(stack)

        yield opening


@pytest.mark.parametrize("folder", sorted(EXAMPLES.iterdir()), ids=lambda folder: folder.name)
def test_every_example_is_a_project_with_a_readme_of_one_screen(folder: Path) -> None:
    assert (folder / "Pulumi.yaml").is_file()
    python = any((folder / name).is_file() for name in ("__main__.py", "package.json"))
    assert python or "runtime: yaml" in (folder / "Pulumi.yaml").read_text()
    assert len((folder / "README.md").read_text().splitlines()) <= LONGEST_README
    assert f"(examples/{folder.name})" in (EXAMPLES.parent / "README.md").read_text()


def test_quickstart(example: Open) -> None:
    quickstart = example("quickstart")
    assert "Ready after" in quickstart.step()
    made = quickstart.stack.outputs()
    assert made["status"] == "Ready"
    quickstart.step()
    assert quickstart.calls() == ["UpdateImageCache"]
    assert quickstart.stack.outputs()["snapshotId"] == made["snapshotId"]
    quickstart.step()
    assert quickstart.calls() == ["UpdateImageCache"]
    assert quickstart.stack.outputs()["snapshotId"] != made["snapshotId"]
    assert len(quickstart.stack.cloud()) == 1
    quickstart.step()
    assert quickstart.calls() == []
    quickstart.end()


def test_fleet(example: Open) -> None:
    fleet = example("fleet")
    text = fleet.step()
    assert "k8s.aliyun.com/eci-imc-id" in text
    found = {cache["region"]: cache for cache in fleet.stack.service.caches()}
    assert set(found) == {"cn-hangzhou", "cn-beijing"}
    assert sorted(found["cn-beijing"]["images"]) == [
        "docker.io/offen/docker-volume-backup:v2.43.0",
        "nginx:1.27",
        "python:3.13-alpine",
        "redis:7.4",
        "registry-vpc.cn-beijing.aliyuncs.com/shop/migrate:3",
        "registry-vpc.cn-beijing.aliyuncs.com/shop/report:12",
    ]
    assert (found["cn-hangzhou"]["size"], found["cn-beijing"]["size"]) == (20, 40)
    fleet.step()
    assert fleet.calls() == ["UpdateImageCache"] * 2
    assert "redis:8.0" in fleet.step()
    fleet.end()


def test_private_registry(example: Open) -> None:
    registry = example("private-registry")
    registry.step()
    assert "correct-horse" not in registry.stack.run("stack", "export").text
    assert "puller" in registry.step()
    registry.step()
    (update,) = registry.stack.calls("UpdateImageCache")
    assert update["Image.1"] == "registry.example.com/shop/app:2"
    assert len(registry.stack.cloud()) == 1
    registry.end()


def test_adopt(example: Open) -> None:
    adopt = example("adopt")
    assert "made-by-hand" in adopt.step()
    (before,) = adopt.stack.cloud()
    adopt.step()
    (after,) = adopt.stack.cloud()
    assert "CreateImageCache" not in adopt.calls()
    assert after["ImageCacheId"] == before["ImageCacheId"] == adopt.stack.resource()["id"]
    assert {"Key": "team", "Value": "web"} in after["Tags"]
    adopt.step()
    assert adopt.calls() == []
    adopt.end()


@pytest.mark.registry
def test_nightly(example: Open, tmp_path: Path) -> None:
    nightly = example("nightly")
    (tmp_path / "registry").mkdir()
    with docker_registry(tmp_path / "registry") as registry:
        nightly.stack.environment["REGISTRY"] = registry.host
        nightly.step()
        (before,) = nightly.stack.cloud()
        nightly.step()
        assert nightly.calls() == []
        text = nightly.step()
        assert f"{registry.host}/ci/builder:latest moved from sha256:" in text
        (after,) = nightly.stack.cloud()
        assert nightly.calls() == ["UpdateImageCache"]
    assert after["ImageCacheId"] == before["ImageCacheId"]
    assert after["SnapshotId"] != before["SnapshotId"]
    nightly.end()


def test_migration(example: Open) -> None:
    migration = example("migration")
    migration.step()
    cloud = migration.stack.cloud
    until(lambda: {cache["Status"] for cache in cloud()} == {"Ready"}, "the old caches are built")
    before = {cache["ImageCacheId"]: cache for cache in cloud()}
    assert len(before) == 2
    export = migration.stack.run("stack", "export").text
    assert export.count('"type": "alicloud:eci/imageCache:ImageCache"') == 2
    while len(migration.steps) > 1:
        text = migration.step()
        assert not {"CreateImageCache", "DeleteImageCache"} & set(migration.calls()), text
    after = {cache["ImageCacheId"]: cache for cache in cloud()}
    assert {migration.stack.resource(name)["id"] for name in ("web", "jobs")} == set(before)
    for cache_id, cache in before.items():
        for name in ("Images", "ImageCacheName", "Status", "CreationTime"):
            assert after[cache_id][name] == cache[name]
    migration.step()
    assert migration.calls() == []
    assert "alicloud:eci" not in migration.stack.run("stack", "export").text
    migration.end()


@pytest.mark.languages
@pytest.mark.parametrize("name", ["yaml", "typescript"])
def test_other_languages(example: Open, name: str) -> None:
    program = example(name)
    program.stack.native = True
    if name == "typescript":
        program.step()
    program.step()
    before = {cache["region"]: cache for cache in program.stack.service.caches()}
    assert set(before) == {"cn-hangzhou", "cn-beijing"}
    assert "correct-horse" not in program.stack.run("stack", "export").text
    text = program.step()
    assert '~ [0]: "nginx:1.27" => "nginx:1.28"' in text
    assert program.calls() == ["UpdateImageCache", "UpdateImageCache"]
    after = {cache["region"]: cache for cache in program.stack.service.caches()}
    assert {cache["id"] for cache in after.values()} == {cache["id"] for cache in before.values()}
    program.step()
    assert program.calls() == []
    if name == "yaml":
        program.step()
        assert {call["RegionId"] for call in program.stack.calls("UpdateImageCache")} == set(before)
        assert program.calls() == ["UpdateImageCache", "UpdateImageCache"]
    program.end()
