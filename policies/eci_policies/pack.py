"""All policies of the pack.

Another pack can use them: `PolicyPack("ours", policies=[*policies(), another])`.
"""

from __future__ import annotations

from pulumi_policy import Policy

from eci_policies import (
    copies,
    credentials,
    images,
    lifetime,
    naming,
    registries,
    size,
    stack,
    tags,
)
from eci_policies.policy import resource_policy, stack_policy
from eci_policies.rule import About, Rule, StackRule

NAME = "eci"

RULES: tuple[Rule, ...] = (
    *tags.RULES,
    *lifetime.RULES,
    *size.RULES,
    *images.RULES,
    *registries.RULES,
    *credentials.RULES,
    *copies.RULES,
    *naming.RULES,
)
STACK_RULES: tuple[StackRule, ...] = stack.RULES
ABOUT: tuple[About, ...] = (
    *(rule.about for rule in RULES),
    *(rule.about for rule in STACK_RULES),
)


def policies() -> list[Policy]:
    """Return all policies, new ones at each call."""
    return [*map(resource_policy, RULES), *map(stack_policy, STACK_RULES)]
