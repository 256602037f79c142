"""Update over gRPC: in place, with the result in state."""

from __future__ import annotations

import pytest

from eci_emulator.core import Emulator
from tests.support.fake_engine import FakeEngine
from tests.support.provider_process import (
    BROKEN,
    WEB,
    CallFailedError,
    Properties,
    Provider,
    inputs,
    sent,
)


def only(eci: Emulator) -> Properties:
    """Return the only cache, with all attributes."""
    (cache,) = eci.caches()
    return cache


def test_metadata_changes_without_a_rebuild(
    provider: Provider, eci: Emulator, engine: FakeEngine
) -> None:
    cache_id, outputs = provider.create(inputs(tags={"team": "web"}))
    news = inputs(tags={"team": "shop", "env": "prod"}, retentionDays=9, eliminationStrategy="LRU")
    engine.forget()
    updated = provider.update(cache_id, outputs, news)
    (request,) = sent(eci, "UpdateImageCache")
    assert not any(name.startswith("Image.") for name in request)
    assert updated["snapshotId"] == outputs["snapshotId"]
    assert updated["status"] == "Ready"
    assert only(eci)["tags"] == news["tags"] == updated["tags"]
    assert only(eci)["retention_days"] == 9
    assert only(eci)["elimination_strategy"] == "LRU"


def test_images_change_by_a_rebuild_in_place(
    provider: Provider, eci: Emulator, engine: FakeEngine
) -> None:
    cache_id, outputs = provider.create(inputs())
    engine.forget()
    updated = provider.update(cache_id, outputs, inputs(images=["nginx:1.28"]))
    (request,) = sent(eci, "UpdateImageCache")
    assert (request["ImageCacheId"], request["Image.1"]) == (cache_id, "nginx:1.28")
    assert only(eci)["id"] == cache_id
    assert updated["images"] == ["nginx:1.28"]
    assert updated["snapshotId"] not in {"", outputs["snapshotId"]}
    texts = engine.texts(WEB)
    assert texts[0] == "rebuilding in place: images"
    assert texts[1].startswith("Updating")
    assert texts[-1].startswith("Ready after ")


def test_a_change_of_metadata_reports_no_build(provider: Provider, engine: FakeEngine) -> None:
    cache_id, outputs = provider.create(inputs())
    engine.forget()
    provider.update(cache_id, outputs, inputs(tags={"team": "web"}))
    assert engine.texts(WEB) == ["updating in place: resource tags", "Ready, updated in place"]


def test_an_update_without_changes_sends_nothing(provider: Provider, eci: Emulator) -> None:
    cache_id, outputs = provider.create(inputs())
    assert provider.update(cache_id, outputs, inputs()) == outputs
    assert sent(eci, "UpdateImageCache") == []


@pytest.mark.parametrize("image", ["nginx:1.27", "nginx:1.28"], ids=["reverted", "corrected"])
def test_the_next_run_repairs_a_failed_rebuild(
    provider: Provider, eci: Emulator, image: str
) -> None:
    cache_id, outputs = provider.create(inputs())
    with pytest.raises(CallFailedError) as caught:
        provider.update(cache_id, outputs, inputs(images=[BROKEN]))
    partial, message = caught.value.partial, caught.value.message
    assert partial is not None
    assert (partial.id, list(partial.reasons)) == (cache_id, [message])
    assert caught.value.kept["status"] == "UpdateFailed"
    assert message.startswith(f"the build of {cache_id} ended UpdateFailed: ")
    assert message.isprintable()
    updated = provider.update(cache_id, caught.value.kept, inputs(images=[image]))
    assert (updated["status"], updated["images"]) == ("Ready", [image])
    assert updated["snapshotId"] not in {"", outputs["snapshotId"]}
    assert only(eci)["id"] == cache_id


def test_a_slow_rebuild_is_a_partial_result(provider: Provider, eci: Emulator) -> None:
    cache_id, outputs = provider.create(inputs())
    eci.configure(build_seconds=3600)
    news = inputs(images=["nginx:1.28"])
    with pytest.raises(CallFailedError) as caught:
        provider.update(cache_id, outputs, news, timeout=0.5)
    kept = caught.value.kept
    assert kept["status"] == "Updating"
    assert "last seen: Updating" in caught.value.message
    eci.advance(3600)
    updated = provider.update(cache_id, kept, news)
    assert (updated["status"], updated["images"]) == ("Ready", ["nginx:1.28"])
    assert len(sent(eci, "UpdateImageCache")) == 1


def test_an_update_of_a_missing_cache_says_what_to_run(provider: Provider, eci: Emulator) -> None:
    cache_id, outputs = provider.create(inputs())
    eci.remove(cache_id)
    with pytest.raises(CallFailedError) as caught:
        provider.update(cache_id, outputs, inputs(retentionDays=9))
    assert caught.value.partial is None
    assert caught.value.message.startswith(f"{cache_id} no longer exists")
    assert "`pulumi refresh`" in caught.value.message
