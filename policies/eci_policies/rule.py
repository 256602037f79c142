"""Types of policies: `Rule` for one cache, `StackRule` for all caches of a stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pulumi_policy import EnforcementLevel, Severity

from eci_policies.cache import Cache, Path
from eci_policies.settings import Setting, Settings

_HELP = "https://www.alibabacloud.com/help/en/eci"
CREATE_PAGE = f"{_HELP}/developer-reference/api-eci-2018-08-08-createimagecache"
UPDATE_PAGE = f"{_HELP}/developer-reference/api-eci-2018-08-08-updateimagecache"
OVERVIEW_PAGE = f"{_HELP}/user-guide/overview-of-image-caches-1"
IMAGE_PAGE = f"{_HELP}/user-guide/configure-a-container-image"
CONFIGURATION_PAGE = "https://www.pulumi.com/docs/insights/policy/policy-packs/"
SECRETS_PAGE = "https://www.pulumi.com/docs/iac/concepts/secrets/"


@dataclass(frozen=True)
class About:
    """The metadata of a policy.

    Args:
        id: The name, in kebab-case. title: The display name. description: What the policy checks.
        severity: The severity of a violation. level: The default enforcement level.
        fix: How to correct a violation. url: A page of the documentation.
        settings: The settings of the policy.
    """

    id: str
    title: str
    description: str
    severity: Severity
    level: EnforcementLevel
    fix: str
    url: str
    settings: tuple[Setting, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A policy for one cache.

    Args:
        about: The metadata.
        check: Yields a message for each violation.
        only_where: A property that pulumi-alicloud does not have (yet). Its caches are checked only
            if they have the property.
        remedy: Yields paths and values that remove the violation. It never changes a value that
            the program sets, and yields nothing for its own result.
        remedies_bridged: Whether `remedy` may run on pulumi-alicloud's caches, which any change of
            a value replaces.
    """

    about: About
    check: Callable[[Cache, Settings], Iterator[str]]
    only_where: str = ""
    remedy: Callable[[Cache, Settings], Iterator[tuple[Path, object]]] | None = None
    remedies_bridged: bool = False

    def judges(self, cache: Cache) -> bool:
        """Tell whether the policy applies to this cache."""
        return not self.only_where or not cache.bridged or cache.has(self.only_where)


@dataclass(frozen=True)
class Finding:
    """A violation in a stack: of the resource with this URN, or of the whole stack."""

    message: str
    urn: str = ""


@dataclass(frozen=True)
class StackRule:
    """A policy for all caches of a stack. The engine supports no remedies for stacks."""

    about: About
    check: Callable[[Sequence[Cache], Settings], Iterator[Finding]]
