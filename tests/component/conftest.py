"""Programs run on Pulumi's mocks, without an engine. The tests check the registered resources."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks, sync_await
from pulumi.runtime.stack import run_pulumi_func


@dataclass
class Registered(mocks.Mocks):
    """Every resource that a program registered, with its arguments as the engine receives them."""

    resources: dict[str, mocks.MockResourceArgs] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    """The status of a cache, by name, where it is not Ready."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Return an id, and the inputs as outputs."""
        self.resources[args.name] = args
        return f"imc-{args.name}", {
            **args.inputs,
            "status": self.statuses.get(args.name, "Ready"),
        }

    def call(self, args: mocks.MockCallArgs) -> Any:  # noqa: ANN401 - the SDK's own annotation
        """Answer every function call with no result."""
        raise AssertionError(args.token)

    def inputs(self, name: str) -> dict[str, Any]:
        """Return the inputs of a resource."""
        return {
            key: value
            for key, value in self.resources[name].inputs.items()
            if value is not None and key != "__provider"
        }


Run = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def registered() -> Registered:
    """Return the resources that the program of a test registers."""
    return Registered()


@pytest.fixture
def _loops_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the event loops that the SDK's mocks open, one for each thread."""
    made: list[asyncio.AbstractEventLoop] = []
    ensure: Callable[[], asyncio.AbstractEventLoop] = sync_await._ensure_event_loop

    def remembered() -> asyncio.AbstractEventLoop:
        made.append(ensure())
        return made[-1]

    monkeypatch.setattr(sync_await, "_ensure_event_loop", remembered)
    yield
    for loop in made:
        loop.close()


@pytest.fixture
def run(registered: Registered, _loops_closed: None) -> Run:
    """Return a function that runs a program and resolves the output that the program returns."""

    async def whole(program: Callable[[], Any]) -> Any:  # noqa: ANN401 - of any type
        mocks.set_mocks(registered, project="shop", stack="dev")
        found: list[Any] = []

        async def body() -> None:
            found.append(await pulumi.Output.from_input(program()).future())

        await run_pulumi_func(body)
        return found[0]

    # Run in a separate context, so that the SDK's state of one run does not affect the next.
    return lambda program: asyncio.run(whole(program))
