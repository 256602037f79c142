"""What the policy SDK does not pass on: which values are secret.

A validation sees secret values in clear, and no mark on them. The engine's request has the mark; it
is a local variable of the SDK's method that called the policy. A test pins that; where it is no
longer so, it is not found, and messages that could quote a value are withheld.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY

from eci_policies.cache import Path, Undecided

WITHHELD = (
    "Details are withheld: this release of pulumi-policy does not show which values are secret."
)

_REQUESTS = (analyzer_pb2.AnalyzeRequest, analyzer_pb2.AnalyzeStackRequest)
_DEEPEST = 16  # frames between what is asked here and the SDK's method

_TAGS = "tags"  # a map whose keys are values, too
_CREDENTIALS = "imageRegistryCredentials"  # secret whole, for the passwords in it
_NO_PASSWORD = frozenset({"server", "userName"})
_SEPARATORS = re.compile(r"[\s/:@.,]+")  # between the parts of an image, which messages quote
_SHORTEST_PART = 4


class Request:
    """The request that the SDK is answering with the policy that asks.

    It is looked for when it is first needed, while the policy runs: most policies never do.
    """

    @cached_property
    def _message(self) -> Any:  # noqa: ANN401 - protobuf messages have no types
        frame = sys._getframe(1)  # noqa: SLF001 - the only way to it
        for _ in range(_DEEPEST):
            found = frame.f_locals.get("request")
            if isinstance(found, _REQUESTS):
                return found
            if frame.f_back is None:
                break
            frame = frame.f_back
        return None

    def covers(self, path: Path) -> bool:
        """Tell whether the value at *path* of the resource is secret, or within a secret.

        Raises:
            Undecided: There is no request, or no such value.
        """
        if self._message is None:
            raise Undecided
        value: Any = self._properties[0]
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                raise Undecided from None
            if _is_secret(value):
                return True
        return False

    def redact(self, text: str) -> str:
        """Return *text* without any value that is secret, nor any telling part of one."""
        if self._message is None:
            return WITHHELD
        return self._secrets.sub("[secret]", text) if self._secrets else text

    @cached_property
    def _properties(self) -> list[dict[str, Any]]:
        message = self._message
        resources = message.resources if hasattr(message, "resources") else [message]
        return [json_format.MessageToDict(resource.properties) for resource in resources]

    @cached_property
    def _secrets(self) -> re.Pattern[str] | None:
        found: set[str] = set()
        for properties in self._properties:
            for name, value in properties.items():
                found.update(_secret_texts(name, value, hidden=False))
        parts = {part for text in found for part in _SEPARATORS.split(text)}
        found |= {part for part in parts if len(part) >= _SHORTEST_PART}
        longest_first = sorted(filter(None, found), key=len, reverse=True)
        return (
            re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
            if longest_first
            else None
        )


def _secret_texts(name: str, value: Any, *, hidden: bool) -> Iterator[str]:  # noqa: ANN401
    if _is_secret(value):
        yield from _secret_texts(name, value.get("value"), hidden=True)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if hidden and name == _TAGS:
                yield key
            if name != _CREDENTIALS or key not in _NO_PASSWORD or _is_secret(item):
                yield from _secret_texts(name, item, hidden=hidden)
    elif isinstance(value, list):
        for item in value:
            yield from _secret_texts(name, item, hidden=hidden)
    elif hidden and not isinstance(value, bool) and value is not None:
        yield f"{value:g}" if isinstance(value, float) else value.strip()


def _is_secret(value: object) -> bool:
    return isinstance(value, Mapping) and value.get(SPECIAL_SIG_KEY) == SPECIAL_SECRET_SIG
