"""Rules for the lifetime of a cache: LRU elimination and retention."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pulumi_policy import EnforcementLevel, Severity

from eci_policies.cache import Cache, Path, as_text, decided
from eci_policies.rule import CREATE_PAGE, OVERVIEW_PAGE, About, Rule
from eci_policies.settings import Setting, Settings, matches_glob, matches_pattern

LONGEST_RETENTION = 65536
LRU = "LRU"

_EXCEPTIONS = (
    Setting(
        "exceptNames",
        [],
        "Exceptions: globs for `imageCacheName` or the name of the resource.",
    ),
    Setting(
        "exceptTags",
        {},
        "Exceptions: tag keys, each with a regular expression for the whole value.",
        {"additionalProperties": {"type": "string", "format": "regex"}},
    ),
)


def is_excepted(cache: Cache, settings: Settings) -> bool:
    """Tell whether a cache is an exception of the policy, such as a pinned cache.

    Raises:
        Undecided: The name or the tags are unknown.
    """
    globs = settings.texts("exceptNames")
    if globs and (
        matches_glob(cache.resource, globs) or matches_glob(cache.text("imageCacheName"), globs)
    ):
        return True
    wanted = settings.table("exceptTags")
    return bool(wanted) and _has_one(cache.table("tags"), wanted)


def _has_one(tags: Mapping[str, object], wanted: Mapping[str, object]) -> bool:
    for key, pattern in wanted.items():
        value = as_text(tags.get(key))
        if key in tags and isinstance(pattern, str) and matches_pattern(pattern, value):
            return True
    return False


def _elimination(cache: Cache, settings: Settings) -> Iterator[str]:
    chosen, allowed = cache.text("eliminationStrategy"), settings.texts("allowed")
    if chosen in allowed or is_excepted(cache, settings):
        return
    choices = " or ".join(f"`{name}`" if name else "none" for name in allowed)
    if chosen:
        yield f"The eliminationStrategy is `{chosen}`. Allowed: {choices or 'none'}."
    else:
        yield (
            f"The cache has no eliminationStrategy (allowed: {choices}), so the service does not "
            "evict the cache when the quota is reached."
        )


def _eliminate_by_lru(cache: Cache, settings: Settings) -> Iterator[tuple[Path, object]]:
    chosen, allowed = cache.text("eliminationStrategy"), settings.texts("allowed")
    if not chosen and "" not in allowed and LRU in allowed and not is_excepted(cache, settings):
        yield ("eliminationStrategy",), LRU


def _retention(cache: Cache, settings: Settings) -> Iterator[str]:
    days = cache.number("retentionDays")
    least, most = settings.number("minimum"), settings.number("maximum")
    if (days is not None and least <= days <= most) or is_excepted(cache, settings):
        return
    if days is None or days == 0:
        yield f"The cache has no retentionDays and is kept for ever. Allowed: {least} to {most}."
    else:
        yield f"The retentionDays are {days}. Allowed: {least} to {most}."


def _retain(cache: Cache, settings: Settings) -> Iterator[tuple[Path, object]]:
    days = settings.number("days")
    inside = settings.number("minimum") <= days <= settings.number("maximum")
    if inside and not cache.number("retentionDays") and not is_excepted(cache, settings):
        yield ("retentionDays",), days


def is_pinned(cache: Cache) -> bool:
    """Tell whether the service never evicts the cache; false if unknown."""
    return decided(cache, _strategy) not in (None, LRU)


def is_lru(cache: Cache) -> bool:
    """Tell whether the service evicts the cache at the quota; false if unknown."""
    return decided(cache, _strategy) == LRU


def _strategy(cache: Cache) -> str:
    return cache.text("eliminationStrategy")


RULES = (
    Rule(
        About(
            id="elimination-strategy",
            title="Elimination by LRU",
            description="An image cache is evicted by LRU when the quota is reached, unless the "
            "cache is an exception.",
            severity=Severity.HIGH,
            level=EnforcementLevel.MANDATORY,
            fix="Set `eliminationStrategy` to `LRU`, or except the cache by name or tag. The level "
            "`remediate` sets LRU if nothing is set.",
            url=CREATE_PAGE,
            settings=(
                Setting(
                    "allowed",
                    [LRU],
                    "Allowed strategies; an empty string allows none to be set.",
                    {"items": {"enum": ["", LRU]}, "minItems": 1},
                ),
                *_EXCEPTIONS,
            ),
        ),
        check=_elimination,
        only_where="eliminationStrategy",
        remedy=_eliminate_by_lru,
    ),
    Rule(
        About(
            id="retention",
            title="Retention",
            description="The retention of an image cache is set and within bounds.",
            severity=Severity.MEDIUM,
            level=EnforcementLevel.ADVISORY,
            fix="Set `retentionDays`. The level `remediate` sets a missing value to `days`.",
            url=OVERVIEW_PAGE,
            settings=(
                Setting("minimum", 1, "Fewest days.", {"minimum": 1, "maximum": LONGEST_RETENTION}),
                Setting("maximum", 365, "Most days.", {"minimum": 1, "maximum": LONGEST_RETENTION}),
                Setting("days", 30, "Days that a remediation sets.", {"minimum": 1}),
                *_EXCEPTIONS,
            ),
        ),
        check=_retention,
        remedy=_retain,
    ),
)
