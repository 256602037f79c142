"""The outputs of a cache: every property has one, and the SDK waits for only two of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks
from pulumi.runtime.settings import SETTINGS

import pulumi_eci as eci
from pulumi_eci.program import outputs
from pulumi_eci.program.resource import ImageCache
from tests.component.conftest import Registered, Run


class Zoned(Registered):
    """An engine whose state has a zone that the program does not set."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Add a zone to the outputs."""
        name, outputs = super().new_resource(args)
        return name, {**outputs, "zoneId": "cn-hangzhou-x"}


@pytest.fixture
def registered() -> Registered:
    """Return the resources that the program of a test registers."""
    return Zoned()


def declare(**options: Any) -> ImageCache:  # noqa: ANN401 - any resource option
    """Declare a cache with the minimum of arguments."""
    return eci.ImageCache("web", pulumi.ResourceOptions(**options), images=["nginx"])


def test_an_input_that_the_program_leaves_unset_reads_as_none(run: Run) -> None:
    names: list[str] = []

    def program() -> list[pulumi.Output[Any]]:
        cache = declare()
        names.extend(n for n, held in vars(cache).items() if isinstance(held, pulumi.Output))
        return [cache.zone_id, cache.status]

    assert run(program) == [None, "Ready"]
    assert "zoneId" not in names
    assert len(names) <= 20


@pytest.mark.parametrize(
    "options",
    [{"id": "imc-1"}, {"ignore_changes": ["zone_id"]}],
    ids=["read by id", "computed"],
)
def test_a_property_that_state_may_hold_is_an_output(run: Run, options: dict[str, Any]) -> None:
    assert run(lambda: declare(**options).zone_id) == "cn-hangzhou-x"


def test_every_getter_returns_an_output(run: Run) -> None:
    getters = [name for name, held in vars(ImageCache).items() if isinstance(held, property)]

    def program() -> list[bool]:
        cache = declare()
        return [isinstance(getattr(cache, name), pulumi.Output) for name in getters]

    assert len(getters) > 20
    assert run(program) == [True] * len(getters)


def _waited_for() -> int:
    """Return the number of outputs that the SDK waits for at the end of the running program."""
    return len(SETTINGS.outputs)


def test_a_program_waits_for_two_outputs_of_each_cache(run: Run) -> None:
    added: list[int] = []

    def program() -> pulumi.Output[str]:
        before = _waited_for()
        cache = declare()
        added.append(_waited_for() - before)
        return cache.status

    assert run(program) == "Ready"
    assert added == [2]


def test_outputs_that_a_subclass_stores_are_waited_for(run: Run) -> None:
    def fail(_: str) -> None:
        raise ValueError("the subclass failed")

    class Labelled(ImageCache):
        def __init__(self, name: str) -> None:
            self.label = pulumi.Output.from_input("x").apply(fail)
            super().__init__(name, images=["nginx"])

    with pytest.raises(ValueError, match="the subclass failed"):
        run(lambda: Labelled("web").status)


def test_all_outputs_are_waited_for_if_the_sdk_cannot_forget_any(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Output:
        """The class as in other releases of the SDK."""

    monkeypatch.setattr(outputs, "pulumi", SimpleNamespace(Output=Output))
    added: list[int] = []

    def program() -> None:
        before = _waited_for()
        declare()
        added.append(_waited_for() - before)

    assert run(program) is None
    assert added[0] > 10


@pytest.mark.parametrize(
    ("organization", "reported"), [("acme", {"__organization": "acme"}), ("organization", {})]
)
def test_the_provider_gets_the_organization(
    run: Run,
    registered: Registered,
    monkeypatch: pytest.MonkeyPatch,
    organization: str,
    reported: dict[str, str],
) -> None:
    monkeypatch.setattr(pulumi, "get_organization", lambda: organization)
    run(declare)
    assert {"images": ["nginx"], **reported} == registered.inputs("web")
