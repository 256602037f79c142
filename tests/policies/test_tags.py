"""Policies about tags."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.policies import RULE_OF, UNKNOWN, cache, messages

TEAM: dict[str, Any] = {"team": {"pattern": "[a-z]+", "default": "web"}}


def tags(count: int) -> dict[str, str]:
    """Return so many tags."""
    return {f"key-{number}": "value" for number in range(count)}


@pytest.mark.parametrize(
    ("count", "found"),
    [
        (0, []),
        (20, []),
        (21, ["The cache has 21 tags, and at most 20 are allowed."]),
    ],
)
def test_twenty_tags_are_the_most(count: int, found: list[str]) -> None:
    """The service takes 20 tags, and refuses a 21st."""
    assert messages("tag-count", cache(tags=tags(count))) == found


def test_a_team_can_allow_fewer_tags() -> None:
    """The maximum is a setting."""
    found = messages("tag-count", cache(tags=tags(4)), maximum=3)
    assert found == ["The cache has 4 tags, and at most 3 are allowed."]


def test_tags_whose_values_are_unknown_are_counted() -> None:
    """A preview knows how many tags there are, if not what they say."""
    unknown = dict.fromkeys(tags(21), UNKNOWN)
    assert len(messages("tag-count", cache(tags=unknown))) == 1


@pytest.mark.parametrize("value", [UNKNOWN, "team", 7, ["team"], True])
@pytest.mark.parametrize("policy", ["tag-count", "tag-headroom", "required-tags"])
def test_tags_that_are_unknown_or_no_map_say_nothing(policy: str, value: object) -> None:
    """What cannot be judged makes no message."""
    assert messages(policy, cache(tags=value), tags=TEAM) == []


@pytest.mark.parametrize(
    ("count", "warned"), [(17, False), (18, True), (19, True), (20, True), (21, False)]
)
def test_a_warning_comes_from_a_settable_number_on(count: int, warned: bool) -> None:
    """From the number on there is a warning; beyond the limit the limit's own message says it."""
    found = messages("tag-headroom", cache(tags=tags(count)), warnFrom=18)
    assert bool(found) == warned
    if warned:
        assert found[0].startswith(f"The cache has {count} of 20 possible tags;")


def test_a_required_tag_that_is_there_is_no_violation() -> None:
    """Key and value are as agreed."""
    assert messages("required-tags", cache(tags={"team": "web"}), tags=TEAM) == []


def test_without_settings_no_tag_is_required() -> None:
    """A pack cannot know what a team has agreed on."""
    assert messages("required-tags", cache(tags=None)) == []


@pytest.mark.parametrize("there", [None, {}, {"Team": "web"}])
def test_a_required_tag_that_is_missing_is_named(there: dict[str, str] | None) -> None:
    """Keys have case, and no tags at all are missing tags."""
    assert messages("required-tags", cache(tags=there), tags=TEAM) == ["The tag `team` is missing."]


def test_the_whole_value_must_match() -> None:
    """A pattern that matches a part is not enough."""
    found = messages("required-tags", cache(tags={"team": "web7"}), tags=TEAM)
    assert found == ["The tag `team` is `web7`, which does not match `[a-z]+`."]


def test_a_value_that_is_unknown_is_trusted() -> None:
    """The key is there; its value the update will judge."""
    assert messages("required-tags", cache(tags={"team": UNKNOWN}), tags=TEAM) == []


def test_a_pattern_that_is_none_is_told() -> None:
    """The engine's own check of patterns is not Python's."""
    found = messages("required-tags", cache(), tags={"team": {"pattern": "("}})
    assert found == ["The policy's own pattern for the tag `team` is no regular expression."]


def test_tags_of_a_bridged_cache_are_judged_where_it_has_any() -> None:
    """pulumi-alicloud's cache has no argument for tags today."""
    assert messages("required-tags", cache(bridged=True), tags=TEAM) == []
    assert messages("required-tags", cache(bridged=True, tags={"a": "b"}), tags=TEAM) != []
    assert RULE_OF["tag-count"].only_where == "tags"
