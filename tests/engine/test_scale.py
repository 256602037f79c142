"""More caches than a dynamic provider's four workers, and a full quota."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.conftest import one_door
from tests.support.pulumi_stack import REGION, PulumiStack


def test_many_caches_are_built_in_parallel(stack: PulumiStack) -> None:
    stack.service.configure(build_seconds=3600)
    for number in range(16):
        args = {"images": ["nginx:1"], "skip_await": False}
        stack.declare(f"cache-{number}", **args, options={"custom_timeouts": {"create": "6s"}})
    stack.try_up("--parallel", "32")
    assert len(stack.calls("CreateImageCache")) == 16
    stack.service.advance(3600)
    stack.up("--parallel", "32")
    assert {cache["Status"] for cache in stack.cloud()} == {"Ready"}
    assert len(stack.calls("CreateImageCache")) == 16


@one_door
def test_a_full_quota_is_explained(stack: PulumiStack) -> None:
    stack.declare(images=["nginx:1"])
    stack.up()
    stack.service.configure(quota=1)
    stack.edit(insecure_registry="r.example.com")
    run = stack.try_up()
    assert not run.ok
    assert "CreateImageCache answered QuotaExceeded" in run.text
    assert "perhaps those of another stack" in run.text
    assert "delete_before_replace" in run.text
    (cache,) = stack.cloud()
    assert cache["ImageCacheId"] == stack.resource()["id"]


@one_door
def test_an_lru_cache_is_evicted_for_a_new_one(stack: PulumiStack) -> None:
    params = {"RegionId": REGION, "ImageCacheName": "theirs", "Image.1": "nginx:1"}
    stack.service.configure(quota=1, build_seconds=0.0)
    theirs = stack.service.call("CreateImageCache", params | {"EliminationStrategy": "LRU"})
    stack.declare(images=["nginx:2"])
    stack.up()
    (cache,) = stack.cloud()
    assert cache["ImageCacheId"] != theirs["ImageCacheId"]


@one_door
def test_a_throttled_refresh_waits_and_reads_one_listing(stack: PulumiStack) -> None:
    for number in range(12):
        stack.declare(f"cache-{number}", images=["nginx:1"])
    stack.up("--parallel", "32")
    throttled = {"code": "Throttling.User", "status": 400, "message": "Slow down.", "count": 3}
    stack.service.journal.clear()
    stack.service.faults.add({"kind": "error", "action": "DescribeImageCaches", **throttled})
    run = stack.refresh("--expect-no-changes", "--parallel", "32")
    assert "trying again" in run.text
    answered = [entry for entry in stack.service.journal.entries() if entry["code"] is None]
    assert len(answered) <= 3


@pytest.mark.parametrize("stack", ["dynamic"], indirect=True)
def test_independent_stacks_share_an_account(stack: PulumiStack, tmp_path: Path) -> None:
    stack.service.faults.add({"kind": "throttle", "action": "CreateImageCache", "per_minute": 8})
    stacks = []
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        one = PulumiStack(folder, stack.engine, stack.api, name=f"stack-{number}").start()
        for each in range(4):
            one.declare(f"cache-{each}", images=["nginx:1"])
        stacks.append(one)
    runs = [one.begin("up", "--yes", "--skip-preview", "--parallel", "32") for one in stacks]
    texts = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], texts
    assert [cache["Status"] for cache in stack.cloud()] == ["Ready"] * 12
