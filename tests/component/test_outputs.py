"""What of a cache is an output: few enough for a thousand caches, and none that is missed."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks

import pulumi_eci as eci
from pulumi_eci.resource import ImageCache
from tests.component.conftest import Registered, Run


class Zoned(Registered):
    """An engine whose state holds a zone that the program does not give."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Show a zone, whatever was asked for."""
        name, outputs = super().new_resource(args)
        return name, {**outputs, "zoneId": "cn-hangzhou-x"}


@pytest.fixture
def registered() -> Registered:
    """Return what the program of a test registers."""
    return Zoned()


def declare(**options: Any) -> ImageCache:  # noqa: ANN401 - any resource option
    """Declare a cache with next to nothing."""
    return eci.ImageCache("web", pulumi.ResourceOptions(**options), images=["nginx"])


def test_what_only_a_program_can_set_is_none_where_it_does_not(run: Run) -> None:
    """Each output costs the SDK some tasks, so there are no more than can have a value."""
    outputs: list[str] = []

    def program() -> list[pulumi.Output[Any]]:
        cache = declare()
        outputs.extend(n for n, held in vars(cache).items() if isinstance(held, pulumi.Output))
        return [cache.zone_id, cache.status]

    assert run(program) == [None, "Ready"]
    assert "zoneId" not in outputs
    assert len(outputs) <= 20


@pytest.mark.parametrize(
    "options",
    [{"id": "imc-1"}, {"ignore_changes": ["zone_id"]}],
    ids=["read by id", "not the program's to say"],
)
def test_what_the_state_may_hold_is_an_output(run: Run, options: dict[str, Any]) -> None:
    """A cache that is read, or whose arguments are ignored, shows what it has."""
    assert run(lambda: declare(**options).zone_id) == "cn-hangzhou-x"


def test_every_getter_gives_an_output(run: Run) -> None:
    """Also for a cache that was declared with next to nothing."""
    getters = [name for name, held in vars(ImageCache).items() if isinstance(held, property)]

    def program() -> list[bool]:
        cache = declare()
        return [isinstance(getattr(cache, name), pulumi.Output) for name in getters]

    assert len(getters) > 20
    assert run(program) == [True] * len(getters)
