"""The policy pack, served by the SDK in process: requests and answers as with the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, Policy
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY
from pulumi_policy.policy import _PolicyAnalyzerServicer

from eci_policies.cache import OURS
from eci_policies.pack import NAME, policies

Properties = Mapping[str, Any]

_LEVELS = {
    "advisory": analyzer_pb2.ADVISORY,
    "mandatory": analyzer_pb2.MANDATORY,
    "remediate": analyzer_pb2.REMEDIATE,
    "disabled": analyzer_pb2.DISABLED,
}


def secret(value: object) -> dict[str, Any]:
    """Mark a value as secret, as the engine does in its requests."""
    return {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": value}


@dataclass(frozen=True)
class Said:
    """A violation in an answer, without the policy's description."""

    policy: str
    message: str
    urn: str = ""


class Served:
    """The policy pack, with one level for all policies and settings for each."""

    def __init__(
        self, level: str = "advisory", more: Iterable[Policy] = (), **settings: Mapping[str, Any]
    ) -> None:
        made = [*policies(), *more]
        serve: Any = _PolicyAnalyzerServicer
        self._servicer = serve(NAME, "0.1.0", made, EnforcementLevel.ADVISORY)
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        names = [policy.name.replace("-", "_") for policy in made]
        for name in dict.fromkeys([*names, *settings]):  # also names of policies that do not exist
            given = request.policyConfig[name.replace("_", "-")]
            given.enforcementLevel = _LEVELS[level]
            given.properties.CopyFrom(struct(settings.get(name, {})))
        self._servicer.Configure(request, None)

    def analyze(self, props: Properties, kind: str = OURS, region: str = "") -> list[Said]:
        """Return the violations of the policies for one cache."""
        return _said(self._servicer.Analyze(_request(props, kind, region), None))

    def analyze_stack(self, caches: Iterable[Properties], kind: str = OURS) -> list[Said]:
        """Return the violations of the stack policies."""
        request = analyzer_pb2.AnalyzeStackRequest()
        for number, props in enumerate(caches):
            found = request.resources.add()
            found.CopyFrom(
                analyzer_pb2.AnalyzerResource(
                    type=kind, name=f"cache-{number}", urn=f"urn:{number}", properties=struct(props)
                )
            )
        return _said(self._servicer.AnalyzeStack(request, None))

    def remediate(self, props: Properties, kind: str = OURS) -> dict[str, Any] | None:
        """Return the properties after the remediations; None if the remediations change nothing."""
        answer = self._servicer.Remediate(_request(props, kind, ""), None)
        if not answer.remediations:
            return None
        assert not [found.diagnostic for found in answer.remediations if found.diagnostic]
        left: dict[str, Any] = json_format.MessageToDict(answer.remediations[-1].properties)
        return left


def struct(props: Properties) -> struct_pb2.Struct:
    """Return properties in the form of the wire."""
    made = struct_pb2.Struct()
    made.update(props)
    return made


def _request(props: Properties, kind: str, region: str) -> analyzer_pb2.AnalyzeRequest:
    request = analyzer_pb2.AnalyzeRequest(
        type=kind, name="web", urn="urn:web", properties=struct(props)
    )
    if region:
        request.provider.CopyFrom(
            analyzer_pb2.AnalyzerProviderResource(
                type="p", urn="urn:p", name="p", properties=struct({"region": region})
            )
        )
    return request


def _said(answer: analyzer_pb2.AnalyzeResponse) -> list[Said]:
    return [
        Said(found.policyName, found.message.partition("\n")[2], found.urn)
        for found in answer.diagnostics
    ]
