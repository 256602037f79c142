"""Caches with tracked images, in a whole stack on a local ECI API in process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.properties.clouds import Cloud
from tests.support.registry import DockerRegistry
from tests.support.small_engine import Program, Step, StepFailedError


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """A service and an empty stack."""
    cloud = Cloud()
    yield cloud
    cloud.close()


def web(image: str, *, tracks: bool = True, **inputs: object) -> Program:
    return {"web": {"images": [image], "imageCacheName": "web", "trackDigests": tracks, **inputs}}


def test_a_moved_tag_is_pulled_again_into_the_same_cache(
    registry: DockerRegistry, cloud: Cloud
) -> None:
    image = f"{registry.host}/cloud/moving:1"
    old = registry.push("cloud/moving:1", b"1")
    cloud.engine.up(web(image))
    before = cloud.engine.state["web"]
    assert before.outputs["imageDigests"] == {image: old}
    new = registry.push("cloud/moving:1", b"2")
    asked = len(registry.asked())
    cloud.engine.refresh()
    assert (cloud.engine.state["web"].outputs, len(registry.asked())) == (before.outputs, asked)
    cloud.forget_requests()
    assert cloud.engine.preview(web(image)) == {"web": Step.UPDATE}
    cloud.engine.up(web(image))
    after = cloud.engine.state["web"]
    (update,) = cloud.sent("UpdateImageCache")
    assert update["Image.1"] == image
    assert (after.id, after.outputs["imageDigests"]) == (before.id, {image: new})
    assert after.outputs["snapshotId"] != before.outputs["snapshotId"]
    assert cloud.engine.preview(web(image)) == {"web": Step.SAME}


def test_switching_it_on_and_off_records_the_digests_and_writes_nothing(
    registry: DockerRegistry, cloud: Cloud
) -> None:
    image = f"{registry.host}/cloud/switched:1"
    digest = registry.push("cloud/switched:1", b"1")
    cloud.engine.up(web(image, tracks=False))
    cloud.forget_requests()
    for tracks, digests in ((True, {image: digest}), (False, None)):
        cloud.engine.up(web(image, tracks=tracks))
        assert cloud.engine.state["web"].outputs.get("imageDigests") == digests
    assert cloud.writes() == []


def test_a_failed_rebuild_is_tried_again(registry: DockerRegistry, cloud: Cloud) -> None:
    image = f"{registry.host}/cloud/broken:1"
    registry.push("cloud/broken:1", b"1")
    cloud.engine.up(web(image))
    new = registry.push("cloud/broken:1", b"2")
    cloud.configure(failing_images=("*broken*",))
    with pytest.raises(StepFailedError, match="UpdateFailed"):
        cloud.engine.up(web(image))
    cloud.configure(failing_images=())
    assert cloud.engine.preview(web(image)) == {"web": Step.UPDATE}
    cloud.engine.up(web(image))
    assert cloud.engine.state["web"].outputs["imageDigests"] == {image: new}
    assert cloud.engine.preview(web(image)) == {"web": Step.SAME}


def test_an_adopted_cache_is_not_rebuilt(registry: DockerRegistry, cloud: Cloud) -> None:
    image = f"{registry.host}/cloud/adopted:1"
    digest = registry.push("cloud/adopted:1", b"1")
    cloud.engine.up(web(image, tracks=False))
    kept = cloud.engine.state.pop("web")
    cloud.forget_requests()
    cloud.engine.up(web(image, adopt=kept.id))
    assert cloud.engine.state["web"].outputs["imageDigests"] == {image: digest}
    assert not any("Image.1" in sent for sent in cloud.sent("UpdateImageCache"))


def test_an_evicted_cache_with_on_missing_ignore_stays_evicted(
    registry: DockerRegistry, cloud: Cloud
) -> None:
    image = f"{registry.host}/cloud/evicted:1"
    registry.push("cloud/evicted:1", b"1")
    cloud.engine.up(web(image, onMissing="ignore"))
    cloud.remove(cloud.engine.state["web"].id)
    cloud.engine.refresh()
    registry.push("cloud/evicted:1", b"2")
    assert cloud.engine.preview(web(image, onMissing="ignore")) == {"web": Step.SAME}
