"""The service's answer to a call, as a value instead of an exception."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pulumi_eci.api.codes import Reaction
from pulumi_eci.api.errors import ApiError


@dataclass(frozen=True)
class Answer:
    """Success, with a *result* if the call has one, or an error with a *code*."""

    result: str = ""
    code: str = ""
    status: int | None = None
    not_found: bool = False
    reaction: Reaction | None = None

    @property
    def accepted(self) -> bool:
        """Whether the service accepted the call."""
        return not self.code

    def __str__(self) -> str:
        """Return `success`, or status and code, such as `400 NoNeedUpdate`."""
        if self.accepted:
            return "success"
        return f"{self.status} {self.code}" if self.status is not None else self.code


def ask(call: Callable[[], str | None]) -> Answer:
    """Make *call* and return the answer, also if it is an error.

    Raises:
        EciError: No usable answer arrived.
    """
    try:
        return Answer(result=call() or "")
    except ApiError as error:
        return Answer("", error.code, error.status, error.not_found, error.reaction)
