"""One call of the engine, in the terms of the provider protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


class Log(Protocol):
    """Shows a message on the row of the call's resource."""

    def __call__(self, message: str, *, warning: bool = False, ephemeral: bool = True) -> None:
        """Show *message*. An ephemeral message is progress: the next message replaces it."""


def silent(message: str, *, warning: bool = False, ephemeral: bool = True) -> None:
    """Show nothing."""


def _always() -> bool:
    return True


@dataclass(frozen=True)
class Call:
    """What a request of the engine holds beside the properties.

    Args:
        urn: The resource's URN; "" if the host hides the URN.
        name: The resource's name in the program.
        timeout: Seconds that the call may take (`customTimeouts`); 0 if the program sets none.
        random_seed: The engine's seed for auto-names: the same in preview and update.
        proposed_name: The name that `pulumi:autonaming` wants, or "".
        naming_mode: `CheckRequest.AutonamingOptions.Mode`.
        inputs: The inputs in state, for a read; None if the host does not show them.
        old_inputs: The inputs in state, for a diff, update or delete; None if the host does not
            show them.
        log: Shows a message on the resource's row.
        can_keep: Whether the host can pass a partial result to the engine.
        is_active: Whether the engine still waits for the answer. An engine that was interrupted
            twice, or terminated, drops what its calls return.
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
