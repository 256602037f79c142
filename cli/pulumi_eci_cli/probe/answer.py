"""The service's answer to a call, as a value instead of an exception."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pulumi_eci.api.codes import Reaction
from pulumi_eci.api.errors import ApiError


@dataclass(frozen=True)
class Answer:
    """Success with a *result* where the call has one, or a refusal with a *code*."""

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
        """Return the answer in the vendor's terms: `success`, or `400 NoNeedUpdate`."""
        if self.accepted:
            return "success"
        return f"{self.status} {self.code}" if self.status is not None else self.code


def ask(call: Callable[[], str | None]) -> Answer:
    """Make *call*, and return a refusal by the service as an answer.

    Raises:
        EciError: No usable answer arrived.
    """
    try:
        return Answer(result=call() or "")
    except ApiError as error:
        return Answer("", error.code, error.status, error.not_found, error.reaction)
