"""Create the SDK's policies from rules. Only this module reports and changes properties.

A policy never raises, because the engine would stop with a message without a cause. A value that
cannot be checked is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

from pulumi_policy import (
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from eci_policies.cache import TYPES, Cache, Path, Undecided
from eci_policies.configuration import misspelt
from eci_policies.request import Request
from eci_policies.rule import About, Rule, StackRule
from eci_policies.settings import Settings

T = TypeVar("T")


def resource_policy(rule: Rule) -> ResourceValidationPolicy:
    """Create a policy from a rule."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.resource_type not in TYPES:
            return
        request = Request()
        cache = _cache(args, request)
        settings = Settings(rule.about.settings, args.get_config())
        if rule.judges(cache):
            for message in _as_far_as_known(rule.check(cache, settings)):
                report(message, None)

    def remediate(args: ResourceValidationArgs) -> Mapping[str, Any] | None:
        if rule.remedy is None or args.resource_type not in TYPES:
            return None
        cache = _cache(args, Request())
        if cache.bridged and not rule.remedies_bridged:
            return None
        settings = Settings(rule.about.settings, args.get_config())
        wanted = list(_as_far_as_known(rule.remedy(cache, settings)))
        for path, value in wanted:
            _assign(args.props, path, value)
        # The original object: a copy would contain its secrets in clear.
        return args.props if wanted else None

    return ResourceValidationPolicy(
        validate=validate,
        remediate=None if rule.remedy is None else remediate,  # type: ignore[arg-type]
        **_metadata(rule.about),
    )


def stack_policy(rule: StackRule) -> StackValidationPolicy:
    """Create a policy from a rule for stacks."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        request = Request()
        found = (each for each in args.resources if each.resource_type in TYPES)
        caches = [_cache(each, request) for each in sorted(found, key=lambda each: each.urn)]
        settings = Settings(
            rule.about.settings,
            args.get_config(),
            lambda: misspelt(request.configuration, request.policies),
        )
        for finding in _as_far_as_known(rule.check(caches, settings)):
            report(finding.message, finding.urn or None)

    return StackValidationPolicy(validate=validate, **_metadata(rule.about))


def _cache(
    found: ResourceValidationArgs | PolicyResource,
    request: Request,
) -> Cache:
    return Cache(
        props=found.props,
        type=found.resource_type,
        resource=found.name,
        urn=found.urn,
        provider=found.provider.props if found.provider else {},
        covers=partial(request.covers, found.urn),
    )


def _as_far_as_known(found: Iterator[T]) -> Iterator[T]:
    """Yield the results of a rule until the rule reads a value that it cannot check."""
    try:
        yield from found
    except Undecided:
        return


def _assign(props: Any, path: Path, value: object) -> None:  # noqa: ANN401 - the SDK's proxies
    *parents, last = path
    for step in parents:
        if isinstance(step, str) and props.get(step) is None:
            props[step] = {}
        props = props[step]
    props[last] = value


def _metadata(about: About) -> dict[str, Any]:
    properties = {setting.name: setting.schema() for setting in about.settings}
    return {
        "name": about.id,
        "display_name": about.title,
        "description": about.description,
        "severity": about.severity,
        "enforcement_level": about.level,
        "remediation_steps": about.fix,
        "url": about.url,
        "tags": ["alicloud", "eci"],
        "config_schema": PolicyConfigSchema(properties) if properties else None,
    }
