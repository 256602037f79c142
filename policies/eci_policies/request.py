"""What the policy SDK does not pass on: which values are secret, and the pack's configuration.

A validation sees secret values in clear, and no mark on them. The engine's request has the mark; it
is a local variable of the SDK's method that called the policy, whose object has the configuration.
A test pins that; where it is no longer so, every value counts as secret.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import Policy
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY

from eci_policies.cache import Path, Undecided

_REQUESTS = (analyzer_pb2.AnalyzeRequest, analyzer_pb2.AnalyzeStackRequest)
_DEEPEST = 24  # frames between what is asked here and the SDK's method
_SERVICER = "_PolicyAnalyzerServicer"


class Request:
    """The request that the SDK is answering with the policy that asks.

    It is looked for when it is first needed, while the policy runs: most policies never do.
    """

    def covers(self, urn: str, path: Path) -> bool:
        """Tell whether the value at *path* of a resource is secret, or within a secret.

        Raises:
            Undecided: There is no request, or no such value.
        """
        value: Any = self._properties(urn)
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                raise Undecided from None
            if _is_secret(value):
                return True
        return False

    @property
    def configuration(self) -> Mapping[str, Mapping[str, Any]]:
        """What is set, by policy: also for policies and settings that there are not."""
        return getattr(self._found[0], f"{_SERVICER}__policy_pack_config", {})

    @property
    def policies(self) -> list[Policy]:
        """The policies of the pack that is asked, which may be another one than this."""
        return getattr(self._found[0], f"{_SERVICER}__policies", [])

    @cached_property
    def _found(self) -> tuple[Any, Any]:
        """The SDK's object and the request: protobuf messages have no types."""
        frame = sys._getframe(1)  # noqa: SLF001 - the only way to it
        for _ in range(_DEEPEST):
            found = frame.f_locals.get("request")
            if isinstance(found, _REQUESTS):
                return frame.f_locals.get("self"), found
            if frame.f_back is None:
                break
            frame = frame.f_back
        return None, None

    @cached_property
    def _resources(self) -> dict[str, Any]:
        message = self._found[1]
        resources = getattr(message, "resources", [message] if message else [])
        return {resource.urn: resource for resource in resources}

    def _properties(self, urn: str) -> Any:  # noqa: ANN401 - JSON
        found = self._resources.get(urn)
        if found is None:
            raise Undecided
        if not isinstance(found, dict):
            found = self._resources[urn] = json_format.MessageToDict(found.properties)
        return found


def _is_secret(value: object) -> bool:
    return isinstance(value, Mapping) and value.get(SPECIAL_SIG_KEY) == SPECIAL_SECRET_SIG
