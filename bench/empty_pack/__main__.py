"""The floor of any policy pack: one policy that checks nothing. The SDK requires a policy."""

from __future__ import annotations

from pulumi_policy import PolicyPack, ReportViolation, ResourceValidationArgs
from pulumi_policy import ResourceValidationPolicy as Policy


def nothing(_args: ResourceValidationArgs, _report: ReportViolation) -> None:
    """Check nothing."""


PolicyPack("empty", policies=[Policy("nothing", "Checks nothing.", validate=nothing)])
