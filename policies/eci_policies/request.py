"""Read from the SDK's stack frames which values are secret, and the pack's configuration.

The SDK passes secret values in clear and without a mark. The engine's request has the mark. The
request is a local variable of the SDK's method that calls the policy, and the object of that method
has the configuration. A test checks this. If the variable does not exist, every value counts as
secret.
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
_DEEPEST = 24  # frames between the policy's call and the SDK's method
_SERVICER = "_PolicyAnalyzerServicer"


class Request:
    """The request that the SDK is answering.

    The request is searched for at its first use, while the policy runs. Most policies never use it.
    """

    def covers(self, urn: str, path: Path) -> bool:
        """Tell whether the value at *path* of a resource is secret, or is within a secret.

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
        """The settings by policy, including unknown policies and settings."""
        return getattr(self._found[0], f"{_SERVICER}__policy_pack_config", {})

    @property
    def policies(self) -> list[Policy]:
        """The policies of the running pack, which may be another pack than this one."""
        return getattr(self._found[0], f"{_SERVICER}__policies", [])

    @cached_property
    def _found(self) -> tuple[Any, Any]:
        """The SDK's object and the request: protobuf messages have no types."""
        frame = sys._getframe(1)  # noqa: SLF001 - the SDK does not pass the request
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
