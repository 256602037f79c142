"""A successful creation leaves no trace of its protection against kills."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.support.pulumi_stack import PulumiStack
from tests.support.until import until

PENDING = "pulumi-eci-pending"


def test_the_pending_tag_is_gone_when_up_has_ended(stack: PulumiStack) -> None:
    for name in ("one", "two", "three"):
        stack.declare(name, images=["nginx:1"], tags={"team": "web"})
    stack.up()
    for call in stack.calls("CreateImageCache"):
        assert PENDING in {call["Tag.1.Key"], call["Tag.2.Key"]}
    assert [cache["Tags"] for cache in stack.cloud()] == [[{"Key": "team", "Value": "web"}]] * 3
    assert len(stack.calls("UntagResources")) == 1
    assert len([c for c in stack.calls("DescribeImageCaches") if "Tag.1.Key" in c]) == 1
    assert PENDING not in stack.run("stack", "export").text
    stack.refresh("--expect-no-changes")


def test_a_failed_up_removes_the_tag_too(stack: PulumiStack) -> None:
    stack.service.configure(failing_images=("broken*",))
    stack.declare(images=["broken:1"])
    assert not stack.try_up().ok
    (failed,) = stack.cloud()
    assert failed.get("Tags", []) == []


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
def test_a_run_that_is_interrupted_twice_loses_no_cache(
    stack: PulumiStack, second: signal.Signals
) -> None:
    stack.service.configure(build_seconds=3)
    for name in ("one", "two"):
        stack.declare(name, images=["nginx:1"])
    with stack.begin("up", "--yes", "--skip-preview") as run:
        until(lambda: len(stack.calls("CreateImageCache")) == len(stack.caches), "both are made")
        os.kill(run.pid, signal.SIGINT)
        time.sleep(0.5)
        os.kill(run.pid, second)
        run.communicate(timeout=60)
    left = {cache["ImageCacheId"] for cache in stack.cloud()}
    assert len(left) == len(stack.caches)
    assert not stack.ids()
    stack.up()
    assert stack.ids() == {cache["ImageCacheId"] for cache in stack.cloud()} == left
    assert len(stack.calls("CreateImageCache")) == len(stack.caches)
    assert PENDING not in str(stack.cloud())


def test_stacks_of_the_same_name_on_two_backends_keep_their_own_caches(
    stack: PulumiStack, tmp_path: Path
) -> None:
    stack.service.configure(build_seconds=60)
    (tmp_path / "twin").mkdir()
    twin = PulumiStack(tmp_path / "twin", stack.engine, stack.api).start()
    stack.declare(images=["nginx:1"])
    twin.declare(images=["nginx:2"], insecure_registry="r.example.com")
    runs = []
    for number, each in enumerate((stack, twin), 1):
        runs.append(each.begin("up", "--yes", "--skip-preview"))
        until(lambda: len(stack.cloud()) == number, "its cache is being built")  # noqa: B023
    stack.service.advance(60)
    for run in runs:
        with run:
            text, _ = run.communicate(timeout=60)
        assert run.returncode == 0, text
    assert len(stack.ids() | twin.ids()) == len(stack.cloud()) == 2
    stack.destroy()
    assert {cache["ImageCacheId"] for cache in stack.cloud()} == twin.ids()


def test_20_tags_cause_a_warning(stack: PulumiStack) -> None:
    stack.declare(images=["nginx:1"], tags={f"key-{number}": "" for number in range(20)})
    run = stack.up()
    assert "warning: All 20 resource tags are in use" in run.text


def test_a_program_cannot_set_the_tag(stack: PulumiStack) -> None:
    stack.declare(images=["nginx:1"], tags={PENDING: "x"})
    run = stack.run("preview")
    assert not run.ok
    assert "the key is reserved by the provider for caches that are being created" in run.text
