"""Rules for the number of tags, and for required tags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import EnforcementLevel, Severity

from eci_policies.cache import Cache, Path
from eci_policies.rule import CREATE_PAGE, UPDATE_PAGE, About, Rule
from eci_policies.settings import Setting, Settings, matches_pattern

MAX_TAGS = 20

_WANTED_TAG = {
    "type": "object",
    "properties": {"pattern": {"type": "string", "format": "regex"}, "default": {"type": "string"}},
    "additionalProperties": False,
}


def _tag_count(cache: Cache, settings: Settings) -> Iterator[str]:
    count, most = len(cache.table("tags")), settings.number("maximum")
    if count > most:
        yield f"The cache has {count} tags. Allowed: at most {most}."


def _tag_headroom(cache: Cache, settings: Settings) -> Iterator[str]:
    count = len(cache.table("tags"))
    if settings.number("warnFrom") <= count <= MAX_TAGS:
        yield (
            f"The cache has {count} of {MAX_TAGS} possible tags. The provider needs a tag to mark "
            "a cache that is being created or adopted."
        )


def _required_tags(cache: Cache, settings: Settings) -> Iterator[str]:
    tags = cache.table("tags")
    for key, wanted in settings.table("tags").items():
        pattern = _text(wanted, "pattern")
        if tags.get(key) is None:
            yield f"The tag `{key}` is missing."
        elif isinstance(tags[key], str) and pattern is not None:
            matches = matches_pattern(pattern, tags[key])
            if matches is None:
                yield f"The policy's pattern for the tag `{key}` is not a regular expression."
            elif not matches:
                yield f"The tag `{key}` is `{tags[key]}`, which does not match `{pattern}`."


def _add_required_tags(cache: Cache, settings: Settings) -> Iterator[tuple[Path, object]]:
    tags = cache.table("tags")
    count = len(tags)
    for key, wanted in settings.table("tags").items():
        default = _text(wanted, "default")
        if key not in tags and default is not None and count < MAX_TAGS:
            yield ("tags", key), default
            count += 1


def _text(wanted: object, name: str) -> str | None:
    value: Any = wanted.get(name) if isinstance(wanted, Mapping) else None
    return value if isinstance(value, str) else None


RULES = (
    Rule(
        About(
            id="tag-count",
            title="Number of tags",
            description="An image cache has no more tags than the service allows.",
            severity=Severity.HIGH,
            level=EnforcementLevel.MANDATORY,
            fix="Remove tags from `tags`. The service allows 20 tags.",
            url=UPDATE_PAGE,
            settings=(
                Setting(
                    "maximum", MAX_TAGS, "Most tags allowed.", {"minimum": 0, "maximum": MAX_TAGS}
                ),
            ),
        ),
        check=_tag_count,
        only_where="tags",
    ),
    Rule(
        About(
            id="tag-headroom",
            title="Room for the provider's tags",
            description="An image cache leaves room for the tags that the provider sets.",
            severity=Severity.LOW,
            level=EnforcementLevel.ADVISORY,
            fix="Remove a tag from `tags`, or raise `warnFrom`.",
            url=UPDATE_PAGE,
            settings=(Setting("warnFrom", 19, "Number of tags to warn from.", {"minimum": 1}),),
        ),
        check=_tag_headroom,
        only_where="tags",
    ),
    Rule(
        About(
            id="required-tags",
            title="Required tags",
            description="An image cache has the tags that the team has agreed on.",
            severity=Severity.MEDIUM,
            level=EnforcementLevel.ADVISORY,
            fix="Set the tag in `tags`. The level `remediate` adds missing tags that have a "
            "`default`.",
            url=CREATE_PAGE,
            settings=(
                Setting(
                    "tags",
                    {},
                    "Tag keys, each with a regular expression for the whole value (`pattern`) and "
                    "a value for a missing tag (`default`); both are optional.",
                    {"additionalProperties": _WANTED_TAG},
                ),
            ),
        ),
        check=_required_tags,
        only_where="tags",
        remedy=_add_required_tags,
    ),
)
