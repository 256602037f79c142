"""Policies about how long a cache lives."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.policies import UNKNOWN, cache, messages

NO_STRATEGY = (
    "The cache has no eliminationStrategy (allowed is `LRU`): once the quota is reached, it makes "
    "no room for another."
)
FOR_EVER = "The cache has no retentionDays and is kept for ever; set 1 to 365."


@pytest.mark.parametrize(
    ("strategy", "found"),
    [
        ("LRU", []),
        (None, [NO_STRATEGY]),
        ("", [NO_STRATEGY]),
        ("lru", ["The eliminationStrategy is `lru`; allowed is `LRU`."]),
        (UNKNOWN, []),
        (7, []),
    ],
)
def test_lru_is_expected(strategy: object, found: list[str]) -> None:
    """LRU in capitals, as the service takes it."""
    assert messages("elimination-strategy", cache(eliminationStrategy=strategy)) == found


@pytest.mark.parametrize(
    ("strategy", "found"),
    [(None, []), ("LRU", ["The eliminationStrategy is `LRU`; allowed is none."])],
)
def test_a_team_can_want_none(strategy: str | None, found: list[str]) -> None:
    """An empty string in `allowed` allows no strategy."""
    broken = cache(eliminationStrategy=strategy)
    assert messages("elimination-strategy", broken, allowed=[""]) == found


@pytest.mark.parametrize("policy", ["elimination-strategy", "retention"])
@pytest.mark.parametrize(
    ("config", "left_alone"),
    [
        ({}, False),
        ({"exceptNames": ["pinned-*"]}, True),
        ({"exceptNames": ["other-*"]}, False),
        ({"exceptTags": {"pinned": "true|yes"}}, True),
        ({"exceptTags": {"pinned": "tru"}}, False),
        ({"exceptTags": {"pinned": "("}}, False),
        ({"exceptTags": {"absent": ".*"}}, False),
    ],
)
def test_pinned_caches_are_left_alone(
    policy: str, config: dict[str, Any], left_alone: bool
) -> None:
    """By name or by tag."""
    broken = cache(
        imageCacheName="pinned-web",
        tags={"pinned": "true"},
        eliminationStrategy=None,
        retentionDays=None,
    )
    assert (messages(policy, broken, **config) == []) == left_alone


@pytest.mark.parametrize(
    ("broken", "config"),
    [
        ({"imageCacheName": UNKNOWN}, {"exceptNames": ["pinned-*"]}),
        ({"tags": UNKNOWN}, {"exceptTags": {"pinned": "true"}}),
        ({"tags": {"pinned": UNKNOWN}}, {"exceptTags": {"pinned": "true"}}),
    ],
)
def test_a_cache_that_may_be_pinned_says_nothing(
    broken: dict[str, Any], config: dict[str, Any]
) -> None:
    """Whether it is an exception is not known yet."""
    judged = cache(**broken, eliminationStrategy=None)
    assert messages("elimination-strategy", judged, **config) == []


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (1, []),
        (365.0, []),
        ("30", []),
        (None, [FOR_EVER]),
        (0, [FOR_EVER]),
        (366, ["The retentionDays are 366; 1 to 365 are allowed."]),
        (-1, ["The retentionDays are -1; 1 to 365 are allowed."]),
        (UNKNOWN, []),
        (1.5, []),
        (True, []),
        ("soon", []),
    ],
)
def test_retention_is_set_and_within_bounds(days: object, found: list[str]) -> None:
    """An absent retention means for ever, and so does 0."""
    assert messages("retention", cache(retentionDays=days)) == found
    assert messages("retention", cache(retentionDays=days, bridged=True)) == found


def test_bounds_of_retention_are_settings() -> None:
    """A team can want caches to live shorter, or longer."""
    found = messages("retention", cache(retentionDays=7), minimum=10, maximum=20)
    assert found == ["The retentionDays are 7; 10 to 20 are allowed."]
