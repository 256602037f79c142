"""One call of the engine, in the terms of the provider protocol and of no host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


class Log(Protocol):
    """Shows a message on the row of the call's resource."""

    def __call__(self, message: str, *, warning: bool = False, ephemeral: bool = True) -> None:
        """Show *message*; an ephemeral one is progress and gives way to the next."""


def silent(message: str, *, warning: bool = False, ephemeral: bool = True) -> None:
    """Show nothing."""


def _always() -> bool:
    return True


@dataclass(frozen=True)
class Call:
    """What a request of the engine says beside the properties.

    Args:
        urn: The resource's URN; "" where the host hides it.
        name: The resource's name in the program.
        timeout: Seconds that the call may take (`customTimeouts`); 0 if the program sets none.
        random_seed: The engine's seed for made-up names: the same in preview and update.
        proposed_name: The name that `pulumi:autonaming` wants, or "".
        naming_mode: `CheckRequest.AutonamingOptions.Mode`.
        inputs: The inputs in state, of a read; None if the host does not show them.
        old_inputs: The inputs in state, of a diff, update or delete; None likewise.
        log: Shows a message on the resource's row.
        can_keep: Whether the host can hand a partial result to the engine.
        is_active: Whether the engine still waits for the answer. Interrupted a second time, or
            terminated, the engine gives up on its calls and drops what they return.
    """

    urn: str = ""
    name: str = ""
    timeout: float = 0.0
    random_seed: bytes = b""
    proposed_name: str = ""
    naming_mode: int = 0
    inputs: dict[str, Any] | None = None
    old_inputs: dict[str, Any] | None = None
    log: Log = silent
    can_keep: bool = False
    is_active: Callable[[], bool] = _always
