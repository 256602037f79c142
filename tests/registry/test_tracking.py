"""Check and diff with tracked images: moved tags, problems, sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from pulumi_eci.core import Call, Checked, Diff, ImageCaches
from pulumi_eci.model.plan import Action
from pulumi_eci.model.spec import UNKNOWN
from pulumi_eci.operations.clock import SystemClock
from pulumi_eci.operations.connections import Connections
from tests.registry.conftest import silent_server
from tests.support.odd_server import reply, server
from tests.support.registry import PASSWORD, USER, DockerRegistry

GIB = 2**30
Inputs = dict[str, Any]


@dataclass
class Run:
    """One run of the provider without an engine: check, and then diff against the state."""

    settings: Mapping[str, str] = field(default_factory=dict)
    reported: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        connections = Connections(
            self.settings.get, {"ALIBABA_CLOUD_REGION_ID": "cn-1"}, SystemClock()
        )
        self.caches = ImageCaches(connections, lambda _urn, _organization: "")

    def log(self, message: str, *, warning: bool = False, ephemeral: bool = True) -> None:
        del ephemeral
        (self.warned if warning else self.reported).append(message)

    def check(self, *images: str, olds: Inputs | None = None, **inputs: Any) -> Checked:  # noqa: ANN401 - values of inputs
        news = {"trackDigests": True, "imageCacheName": "a", "images": list(images), **inputs}
        return self.caches.check(Call("urn", log=self.log), olds, news)

    def diff(self, olds: Inputs, news: Inputs, outputs: Inputs | None = None) -> Diff:
        state = {"status": "Ready", **(outputs or olds)}
        return self.caches.diff(Call("urn", old_inputs=olds, log=self.log), "imc-1", state, news)


def checked(*images: str, **inputs: Any) -> Inputs:  # noqa: ANN401 - values of inputs
    """Return the inputs of a first check, which must succeed without warnings."""
    run = Run()
    found = run.check(*images, **inputs)
    assert (found.failures, run.warned) == ([], [])
    return found.inputs


def test_a_moved_tag_is_a_rebuild_and_reported_with_both_digests(registry: DockerRegistry) -> None:
    moving, other = (f"{registry.host}/track/{name}" for name in ("moving:1", "other:1"))
    old = registry.push("track/moving:1", b"1")
    registry.push("track/other:1", b"2")
    olds = checked(moving, other)
    assert olds["imageDigests"][moving] == old
    assert Run().diff(olds, Run().check(moving, other, olds=olds).inputs).plan.action is Action.KEEP
    new = registry.push("track/moving:1", b"3")
    run = Run()
    diff = run.diff(olds, run.check(moving, other, olds=olds).inputs)
    assert (diff.plan.action, diff.is_shown) == (Action.REBUILD, True)
    assert f"{moving} moved from {old} to {new}" in run.reported


@pytest.mark.parametrize("news", [{"trackDigests": False}, {"trackDigests": None}])
def test_without_tracking_no_request_is_sent(registry: DockerRegistry, news: Inputs) -> None:
    registry.push("off/app:1", b"1")
    image = f"{registry.host}/off/app:1"
    olds, before = checked(image), len(registry.asked())
    found = Run().check(image, olds=olds, **news)
    assert len(registry.asked()) == before
    assert "imageDigests" not in found.inputs
    assert Run().diff(olds, found.inputs).plan.action is Action.RECORD


@pytest.mark.parametrize(
    ("setting", "own", "tracks"),
    [("true", None, True), ("true", False, False), ("false", None, False), ("false", True, True)],
)
def test_the_setting_of_the_stack_applies_to_caches_without_their_own(
    registry: DockerRegistry, setting: str, own: bool | None, tracks: bool
) -> None:
    registry.push("stack/app:1", b"1")
    found = Run({"eci:trackDigests": setting}).check(
        f"{registry.host}/stack/app:1", trackDigests=own
    )
    assert ("imageDigests" in found.inputs) is tracks


def test_an_invalid_setting_is_reported() -> None:
    found = Run({"eci:trackDigests": "yes"}).check("127.0.0.1:1/a:1", trackDigests=None)
    assert found.failures == ["eci:trackDigests must be true or false"]


def test_all_problems_are_reported_at_once(
    registry: DockerRegistry, closed: DockerRegistry
) -> None:
    registry.push("wrong/app:1", b"1", platform="linux/arm64")
    images = [f"{registry.host}/wrong/{tag}" for tag in ("app:1", "app:2")]
    images.append(f"{closed.host}/wrong/app:1")
    logins = [{"server": closed.host, "userName": USER, "password": "wrong-password"}]
    run = Run()
    found = run.check(*images, "Foo/Bar:1", imageRegistryCredentials=logins, retentionDays=0)
    for image, words in zip(
        images, ["linux/amd64", "MANIFEST_UNKNOWN", f"user {USER}"], strict=True
    ):
        (failure,) = [each for each in found.failures if f"{image}:" in each]
        assert words in failure
    for path in ("retentionDays", "images[3]"):
        assert any(each.startswith(path) for each in found.failures)
    assert not any("wrong-password" in each for each in found.failures + run.warned)


def test_the_credentials_of_the_cache_are_used(closed: DockerRegistry) -> None:
    digest = closed.push("own/app:1", b"1")
    image = f"{closed.host}/own/app:1"
    logins = [{"server": closed.host.upper(), "userName": USER, "password": PASSWORD}]
    assert checked(image, imageRegistryCredentials=logins)["imageDigests"] == {image: digest}


# -- registries without a usable answer


@pytest.mark.parametrize("kind", ["gone", "throttling", "broken"])
def test_a_registry_without_a_usable_answer_causes_a_warning_and_no_change(kind: str) -> None:
    status = {"gone": 0, "throttling": 429, "broken": 500}[kind]
    with server(reply(status or 200, b"{}")) as url:
        host = url.removeprefix("http://") if status else silent_server()
        images = [f"{host}/app-{number}:1" for number in range(20)]
        digest = "sha256:" + "1" * 64
        olds = {"images": images, "imageDigests": dict.fromkeys(images, digest), "region": "cn-1"}
        run = Run()
        found = run.check(*images, olds=olds)
    assert (found.failures, len(run.warned)) == ([], 1)
    assert found.inputs["imageDigests"] == olds["imageDigests"]
    unfinished = {**olds, "imageDigests": dict.fromkeys(images, "sha256:" + "2" * 64)}
    for outputs in (olds, unfinished):
        news = {**found.inputs, "imageCacheName": ""}
        assert run.diff(olds, news, outputs).plan.action is Action.KEEP


def test_an_unknown_value_causes_no_request(registry: DockerRegistry) -> None:
    digest = registry.push("later/app:1", b"1")
    image = f"{registry.host}/later/app:1"
    olds, before = checked(image), len(registry.asked())
    login = [{"server": registry.host, "userName": USER, "password": UNKNOWN}]
    for inputs in ({"imageRegistryCredentials": login}, {"trackDigests": UNKNOWN}):
        found = Run().check(image, olds=olds, **inputs)
        assert found.inputs["imageDigests"] == {image: digest}
    assert len(registry.asked()) == before
    assert Run().check(image, UNKNOWN).inputs["imageDigests"] == {image: digest}
    assert Run().check(UNKNOWN, olds=olds).inputs["imageDigests"] == {image: digest}


def test_changes_of_digests_can_be_ignored(registry: DockerRegistry) -> None:
    registry.push("ignored/app:1", b"1")
    image = f"{registry.host}/ignored/app:1"
    olds = checked(image)
    registry.push("ignored/app:1", b"2")
    found = Run().check(image, olds=olds, imageDigests=olds["imageDigests"])
    assert (found.failures, found.inputs["imageDigests"]) == ([], olds["imageDigests"])


def test_a_program_cannot_set_digests() -> None:
    found = Run().check("127.0.0.1:1/a:1", imageDigests={"127.0.0.1:1/a:1": "sha256:" + "1" * 64})
    assert any(each.startswith("imageDigests: unknown argument") for each in found.failures)


# -- sizes and requests


@pytest.mark.parametrize(("size", "warned"), [(20, True), (23, True), (24, False), (None, True)])
def test_a_cache_too_small_for_its_images_is_reported_with_the_required_size(
    registry: DockerRegistry, size: int | None, warned: bool
) -> None:
    for name in ("size/one:1", "size/two:1"):
        registry.push(name, (b"base", 10 * GIB), (name.encode(), GIB))
    images = [f"{registry.host}/size/{name}:1" for name in ("one", "two")]
    run = Run()
    olds = run.check(*images, imageCacheSize=size).inputs
    run.check(*images, olds=olds, imageCacheSize=size)
    assert len(run.warned) == 2 * warned
    if warned:
        assert all(words in run.warned[0] for words in ("12 GiB", f"{size or 20} GiB", "=24"))


@pytest.mark.parametrize(
    ("change", "most"),
    [
        ("nothing", 1 + 4),
        ("one moved", 1 + 2 + 3 + 2 * 2),
        ("one more", 1 + 10),
        ("another size", 1 + 4),
    ],
)
def test_a_check_takes_at_most_two_requests_for_each_image(
    registry: DockerRegistry, change: str, most: int
) -> None:
    for number in range(2):
        registry.push_index(f"few/index-{number}:1", "linux/amd64", "linux/arm64")
        registry.push(f"few/image-{number}:1", b"x", str(number).encode())
    registry.push("few/more:1", b"more")
    names = [f"{kind}-{number}:1" for kind in ("index", "image") for number in range(2)]
    images = [f"{registry.host}/few/{name}" for name in names]
    olds = checked(*images)
    if change == "one moved":
        registry.push_index("few/index-0:1", "linux/amd64", layers=[b"new"])
    if change == "one more":
        images.append(f"{registry.host}/few/more:1")
    before = len(registry.asked())
    run = Run()
    run.check(*images, olds=olds, imageCacheSize=40 if change == "another size" else None)
    assert len(registry.asked()) - before <= most
    before = len(registry.asked())
    for _ in range(100):  # like 100 caches in one run
        run.check(*images, olds=olds)
    assert len(registry.asked()) - before == 0


def test_an_unknown_size_is_looked_up_again(registry: DockerRegistry) -> None:
    registry.push("again/app:1", (b"a", 20 * GIB))
    image, gone = f"{registry.host}/again/app:1", f"{silent_server()}/app:1"
    run = Run()
    olds = run.check(image, gone).inputs
    assert len(run.warned) == 1
    run.check(image, olds=olds)
    assert "image_cache_size" in run.warned[-1]
