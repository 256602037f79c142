"""The rule for names of caches."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, Severity

from eci_policies.cache import Cache
from eci_policies.rule import CREATE_PAGE, About, Rule
from eci_policies.settings import Setting, Settings, matches_pattern


def _naming(cache: Cache, settings: Settings) -> Iterator[str]:
    name, pattern = cache.text("imageCacheName"), settings.text("pattern")
    matches = matches_pattern(pattern, name) if name else True
    if matches is None:
        yield "The setting `pattern` of the policy is not a regular expression."
    elif not matches:
        yield f"The imageCacheName `{name}` does not match `{pattern}`."


RULES = (
    Rule(
        About(
            id="naming",
            title="Names of caches",
            description="The name of an image cache matches the team's pattern.",
            severity=Severity.LOW,
            level=EnforcementLevel.ADVISORY,
            fix="Set `imageCacheName` to a name that matches, or leave it out: the provider then "
            "generates a name from the resource's name.",
            url=CREATE_PAGE,
            settings=(
                Setting(
                    "pattern",
                    "[a-z0-9](?:[a-z0-9-]{0,126}[a-z0-9])",
                    "A regular expression for the whole name. The default is the service's rule "
                    "for names of instances; the rule for image caches is not documented.",
                    {"format": "regex"},
                ),
            ),
        ),
        check=_naming,
    ),
)
