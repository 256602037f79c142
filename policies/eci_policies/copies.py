"""Rules for the copies of a cache's snapshots."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, Severity

from eci_policies.cache import Cache
from eci_policies.rule import CREATE_PAGE, About, Rule
from eci_policies.settings import Setting, Settings

INSTANCES_PER_COPY = 1000


def _copy_counts(cache: Cache, settings: Settings) -> Iterator[str]:
    flash = cache.flag("flash")
    if cache.has("flashCopyCount") and not flash:
        yield "The flashCopyCount has no effect, because `flash` is not set."
    for name, limit in (
        ("standardCopyCount", "maximumStandardCopies"),
        ("flashCopyCount", "maximumFlashCopies"),
    ):
        count, most = cache.number(name), settings.number(limit)
        if count is not None and count > most:
            yield f"The {name} is {count}, and at most {most} are allowed."
    name = "flashCopyCount" if flash else "standardCopyCount"
    count = cache.number(name)
    wanted = -(-settings.number("instances") // INSTANCES_PER_COPY)
    if (1 if count is None else count) < wanted:
        yield (
            f"The {name} is {1 if count is None else count}. For {settings.number('instances')} "
            f"instances at once {wanted} are advised, one per {INSTANCES_PER_COPY}."
        )


RULES = (
    Rule(
        About(
            id="copy-counts",
            title="Copies of snapshots",
            description="The number of copies of an image cache's snapshots fits its use.",
            severity=Severity.LOW,
            level=EnforcementLevel.ADVISORY,
            fix="Set `standardCopyCount`, or with `flash` also `flashCopyCount`, to one per 1,000 "
            "instances that start at once.",
            url=CREATE_PAGE,
            settings=(
                Setting("maximumStandardCopies", 10, "Most regular copies.", {"minimum": 1}),
                Setting("maximumFlashCopies", 10, "Most local copies.", {"minimum": 1}),
                Setting(
                    "instances",
                    0,
                    "Number of instances that start from one cache at once; 0 gives no advice.",
                    {"minimum": 0},
                ),
            ),
        ),
        check=_copy_counts,
    ),
)
