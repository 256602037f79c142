"""Cases beside the matrix: many caches at once, two backends, and other commands after a kill."""

from __future__ import annotations

import shutil
from copy import deepcopy
from pathlib import Path

from pulumi_eci.model.fields import PENDING_TAG
from tests.chaos.conftest import Begin
from tests.chaos.crash import Boundary, Moment, Victims, crash
from tests.chaos.matrix import IMAGES, TAGS
from tests.chaos.test_matrix import caches, check
from tests.support.pulumi_stack import PulumiStack

CREATED = Boundary("CreateImageCache", Moment.REPLY)


def ended(stack: PulumiStack, *command: str) -> str:
    """Cancel the killed run, and run a command that must succeed."""
    assert stack.run("cancel", "--yes").ok
    run = stack.run(*command, "--yes", "--skip-preview")
    assert run.ok, run.text
    return run.text


def test_a_plugin_without_an_engine_sends_nothing_more(begin: Begin) -> None:
    stack = begin(False)
    for number in range(8):
        stack.declare(f"cache-{number}", images=IMAGES)
    all_of_them = Boundary("CreateImageCache", Moment.BEFORE, every=True)
    crash(stack, Victims.ENGINE, all_of_them, "up")
    assert caches(stack) == []
    assert stack.calls("CreateImageCache") == []
    ended(stack, "up")
    assert {cache["id"] for cache in caches(stack)} == stack.ids()
    assert len(stack.ids()) == 8


def test_the_next_run_continues_many_interrupted_creations(begin: Begin) -> None:
    stack = begin(False)
    stack.service.configure(build_seconds=60)
    for number in range(8):
        stack.declare(f"cache-{number}", images=IMAGES)
    crash(stack, Victims.BOTH, Boundary("CreateImageCache", Moment.EFFECT), "up")
    left = {cache["id"] for cache in caches(stack)}
    assert left
    stack.service.journal.clear()
    stack.service.advance(60)
    stack.service.configure(build_seconds=0.1)
    ended(stack, "up")
    assert left <= stack.ids()
    assert {cache["id"] for cache in caches(stack)} == stack.ids()
    assert len(stack.ids()) == 8
    assert len([c for c in stack.calls("DescribeImageCaches") if "Tag.1.Key" in c]) == 1


def test_destroy_deletes_a_cache_that_an_earlier_run_began(begin: Begin) -> None:
    stack = begin(False)
    stack.declare(images=IMAGES, tags=TAGS)
    crash(stack, Victims.BOTH, CREATED, "up")
    (cache,) = caches(stack)
    assert "was created by an earlier run that did not finish; continuing with it" in ended(
        stack, "up"
    )
    assert stack.ids() == {cache["id"]}
    stack.destroy()
    assert caches(stack) == []


def test_destroy_also_deletes_the_new_cache_of_a_killed_replacement(begin: Begin) -> None:
    stack = begin(True)
    stack.edit(insecure_registry="r.example.com")
    crash(stack, Victims.BOTH, CREATED, "up")
    assert len(caches_of(stack)) == 2
    ended(stack, "destroy")
    assert caches_of(stack) == []


def test_the_live_cache_survives_a_killed_replacement(begin: Begin) -> None:
    stack = begin(True)
    (live,) = stack.ids()
    replace = ("up", "--replace", "**ImageCache::web")
    crash(stack, Victims.ENGINE, CREATED, *replace)
    ended(stack, "up")
    assert stack.ids() == {live}
    ended(stack, *replace)
    assert live not in stack.ids()
    check(stack, 1)


def test_a_stack_of_the_same_name_on_another_backend_keeps_its_caches(
    begin: Begin, tmp_path: Path
) -> None:
    stack = begin(True)
    (live,) = stack.ids()
    other = twin(stack, tmp_path / "other")
    crash(other, Victims.BOTH, CREATED, "up")
    (building,) = {cache["id"] for cache in caches_of(stack)} - {live}
    ended(stack, "up", "--replace", "**ImageCache::web")
    (new,) = stack.ids()
    assert new not in {live, building}
    ended(other, "up")
    assert other.ids() == {building}
    ended(stack, "destroy")
    assert [cache["id"] for cache in caches_of(stack)] == [building]


def caches_of(stack: PulumiStack) -> list[dict[str, object]]:
    """Return all caches that the program created."""
    return [cache for cache in stack.service.caches() if cache["name"] != "theirs"]


def twin(stack: PulumiStack, folder: Path) -> PulumiStack:
    """Create an empty stack of the same project and name on another backend."""
    folder.mkdir()
    made = PulumiStack(folder, stack.engine, stack.api, caches=deepcopy(stack.caches)).start()
    shutil.copy(stack.project / "caches.json", made.project)
    assert PENDING_TAG not in {key for cache in caches_of(made) for key in _tags(cache)}
    return made


def _tags(cache: dict[str, object]) -> dict[str, str]:
    tags = cache["tags"]
    assert isinstance(tags, dict)
    return tags
