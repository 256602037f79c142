"""What a policy is: `Rule` for one cache, `StackRule` for all caches of a stack."""

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
    """What people read about a policy.

    Args:
        id: Its name, in kebab-case. title: Its display name. description: What it checks.
        severity: How bad a violation is. level: What a violation does unless configured otherwise.
        fix: How to mend a violation. url: Where the vendor says more.
        settings: What can be set.
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
        about: What people read.
        check: Yields a message for each violation.
        only_where: A property that pulumi-alicloud does not have (yet): its caches are judged where
            it is there, and never given it.
        remedy: Yields what to set so that there is no violation: paths and values. It does not
            touch what somebody chose, and yields nothing when run on its own result.
        remedies_bridged: Whether it may be run on pulumi-alicloud's caches, which any change of a
            value replaces.
    """

    about: About
    check: Callable[[Cache, Settings], Iterator[str]]
    only_where: str = ""
    remedy: Callable[[Cache, Settings], Iterator[tuple[Path, object]]] | None = None
    remedies_bridged: bool = False

    def judges(self, cache: Cache) -> bool:
        """Tell whether the policy has to do with this cache."""
        return not self.only_where or not cache.bridged or cache.has(self.only_where)


@dataclass(frozen=True)
class Finding:
    """A violation within a stack: of the resource with this URN, or of the stack as a whole."""

    message: str
    urn: str = ""


@dataclass(frozen=True)
class StackRule:
    """A policy for all caches of a stack together. It has no remedy: the engine knows none."""

    about: About
    check: Callable[[Sequence[Cache], Settings], Iterator[Finding]]
