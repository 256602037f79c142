"""More caches than a dynamic provider's four workers, and a quota that is full."""

from __future__ import annotations

from tests.support.pulumi_stack import REGION, PulumiStack


def test_many_caches_are_built_at_the_same_time(stack: PulumiStack) -> None:
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


def test_a_full_quota_is_explained(stack: PulumiStack) -> None:
    stack.declare(images=["nginx:1"])
    stack.up()
    stack.service.configure(quota=1)
    stack.edit(insecure_registry="r.example.com")
    run = stack.try_up()
    assert not run.ok
    assert "CreateImageCache answered QuotaExceeded" in run.text
    assert "perhaps other people's too" in run.text
    assert "delete_before_replace" in run.text
    (cache,) = stack.cloud()
    assert cache["ImageCacheId"] == stack.resource()["id"]


def test_an_lru_cache_makes_place_for_a_new_one(stack: PulumiStack) -> None:
    params = {"RegionId": REGION, "ImageCacheName": "theirs", "Image.1": "nginx:1"}
    stack.service.configure(quota=1, build_seconds=0.0)
    theirs = stack.service.call("CreateImageCache", params | {"EliminationStrategy": "LRU"})
    stack.declare(images=["nginx:2"])
    stack.up()
    (cache,) = stack.cloud()
    assert cache["ImageCacheId"] != theirs["ImageCacheId"]
