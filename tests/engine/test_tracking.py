"""Tracked images through the real engine, with a real registry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.pulumi_stack import PulumiStack
from tests.support.registry import PASSWORD, USER, DockerRegistry, docker_registry, with_htpasswd

pytestmark = pytest.mark.registry

GIB = 2**30
_FLEET = """
import pulumi
import pulumi_eci as eci

fleet = eci.ImageCacheFleet(
    "apps",
    images=[f"HOST/team/app-{number:02}:1" for number in range(30)],
    placements={"cn-hangzhou": eci.Placement(), "cn-beijing": eci.Placement()},
)
pulumi.export("digests", fleet.image_digests)
"""


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[DockerRegistry]:
    """An empty registry."""
    (tmp_path / "registry").mkdir()
    with docker_registry(tmp_path / "registry") as found:
        yield found


def test_a_moved_tag_is_previewed_with_both_digests_and_rebuilt_in_place(
    stack: PulumiStack, registry: DockerRegistry
) -> None:
    image = f"{registry.host}/team/app:latest"
    old = registry.push("team/app:latest", b"1")
    stack.declare(images=[image], track_digests=True)
    stack.up()
    before = stack.resource()
    assert before["outputs"]["imageDigests"] == {image: old}
    stack.preview("--expect-no-changes")
    new = registry.push("team/app:latest", b"2")
    stack.refresh("--expect-no-changes")
    text = stack.preview().text
    assert f"{image} moved from {old} to {new}" in text
    assert "rebuild in place" in text
    stack.up()
    after = stack.resource()
    assert (after["id"], after["outputs"]["imageDigests"]) == (before["id"], {image: new})
    assert after["outputs"]["snapshotId"] != before["outputs"]["snapshotId"]
    stack.up("--expect-no-changes")


def test_a_preview_reports_all_problems_without_passwords(
    stack: PulumiStack, registry: DockerRegistry, tmp_path: Path
) -> None:
    registry.push("team/arm:1", b"1", platform="linux/arm64")
    (tmp_path / "closed").mkdir()
    with with_htpasswd(tmp_path / "closed") as closed:
        digest = closed.push("team/app:1", b"1")
        login = {"server": closed.host, "user_name": USER, "password": "wrong-password"}
        images = [f"{registry.host}/team/{name}" for name in ("nothing:1", "arm:1")]
        images.append(f"{closed.host}/team/app:1")
        stack.declare(images=images, track_digests=True, image_registry_credentials=[login])
        run = stack.run("preview")
        assert not run.ok
        for words in ("MANIFEST_UNKNOWN", "linux/amd64", f"to user {USER}", *images):
            assert words in run.text
        assert not any(secret in run.text for secret in ("wrong-password", "Traceback"))
        stack.edit(images=images[2:], image_registry_credentials=[{**login, "password": PASSWORD}])
        stack.up()
        assert stack.outputs()["imageDigests"] == {images[2]: digest}
    run = stack.run("preview", "--expect-no-changes")
    assert run.ok
    assert "the connection was refused" in run.text
    for text in (run.text, stack.run("stack", "export").text):
        assert PASSWORD not in text


def test_a_cache_too_small_for_its_images_is_reported_in_preview(
    stack: PulumiStack, registry: DockerRegistry
) -> None:
    registry.push("team/app:1", (b"1", 14 * GIB))
    stack.declare(images=[f"{registry.host}/team/app:1"], track_digests=True)
    text = stack.preview().text
    assert "14 GiB" in text
    assert "image_cache_size=28" in text
    assert "warning" in text


def test_a_fleet_is_tracked_for_the_whole_stack_and_each_image_is_requested_once(
    stack: PulumiStack, registry: DockerRegistry
) -> None:
    names = [f"team/app-{number:02}:1" for number in range(30)]
    for name in names:
        registry.push(name, name.encode())
    stack.program = _FLEET.replace("HOST", registry.host)
    pushed = len(registry.asked())
    stack.preview()
    assert len(registry.asked()) == pushed  # tracking is off by default
    assert stack.run("config", "set", "eci:trackDigests", "true").ok
    stack.preview()
    assert len(registry.asked()) == pushed + 1 + 2 * len(names)
    stack.up()
    moved = registry.push(names[7], b"moved")
    stack.service.journal.clear()
    stack.up()
    updates = stack.calls("UpdateImageCache")
    assert {update["RegionId"] for update in updates} == {"cn-hangzhou", "cn-beijing"}
    assert len(updates) == 2
    digests = json.loads(stack.run("stack", "output", "digests", "--json").text)
    for placement in ("cn-hangzhou", "cn-beijing"):
        assert len(digests[placement]) == len(names)
        assert digests[placement][f"{registry.host}/{names[7]}"] == moved
