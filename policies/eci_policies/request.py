"""What the policy SDK does not pass on: which values are secret.

A validation sees secret values in clear, and no mark on them. The engine's request has the mark; it
is a local variable of the SDK's method that called the policy. A test pins that; where it is no
longer so, `calling_request` finds nothing, and messages that could quote a value are withheld.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY

from eci_policies.cache import Path, Undecided

WITHHELD = (
    "Details are withheld: this release of pulumi-policy does not show which values are secret."
)

_REQUESTS = (analyzer_pb2.AnalyzeRequest, analyzer_pb2.AnalyzeStackRequest)
_DEEPEST = 8  # frames between a policy and the SDK's method
_NO_SECRETS = frozenset({"server", "userName"})  # beside a password, in a list that is secret whole
_FREE_KEYS = "tags"  # a map whose keys are values, too


def calling_request() -> Any:  # noqa: ANN401 - protobuf messages have no types
    """Return the request that the SDK is answering with this policy, or None."""
    frame = sys._getframe(1)  # noqa: SLF001 - the only way to it
    for _ in range(_DEEPEST):
        request = frame.f_locals.get("request")
        if isinstance(request, _REQUESTS):
            return request
        if frame.f_back is None:
            break
        frame = frame.f_back
    return None


def covers(request: Any, path: Path) -> bool:  # noqa: ANN401
    """Tell whether the value at *path* of the request's resource is secret, or within a secret.

    Raises:
        Undecided: There is no request, or no such value.
    """
    if request is None:
        raise Undecided
    value: Any = json_format.MessageToDict(request.properties)
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            raise Undecided from None
        if _is_secret(value):
            return True
    return False


def redact(message: str, request: Any) -> str:  # noqa: ANN401
    """Return *message* without any value that the request marks secret."""
    if request is None:
        return WITHHELD
    for text in sorted(set(_secrets_of(request)), key=len, reverse=True):
        message = message.replace(text, "[secret]")
    return message


def _secrets_of(request: Any) -> Iterator[str]:  # noqa: ANN401
    resources = request.resources if hasattr(request, "resources") else [request]
    for resource in resources:
        for name, value in json_format.MessageToDict(resource.properties).items():
            yield from _texts(value, hidden=False, keys=name == _FREE_KEYS)


def _texts(value: Any, *, hidden: bool, keys: bool) -> Iterator[str]:  # noqa: ANN401
    if _is_secret(value):
        yield from _texts(value.get("value"), hidden=True, keys=keys)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if hidden and keys and key:
                yield key
            if key not in _NO_SECRETS:
                yield from _texts(item, hidden=hidden, keys=keys)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, hidden=hidden, keys=keys)
    elif hidden and not isinstance(value, bool) and value not in (None, ""):
        yield f"{value:g}" if isinstance(value, float) else str(value)


def _is_secret(value: object) -> bool:
    return isinstance(value, Mapping) and value.get(SPECIAL_SIG_KEY) == SPECIAL_SECRET_SIG
