"""Policies about copies of snapshots, and about names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.policies import UNKNOWN, cache, messages

NO_EFFECT = "The flashCopyCount is set and has no effect: `flash` is not."


@pytest.mark.parametrize(
    ("broken", "config", "found"),
    [
        ({}, {}, []),
        ({"flash": True, "flashCopyCount": 2}, {}, []),
        ({"flashCopyCount": 2}, {}, [NO_EFFECT]),
        ({"flash": False, "flashCopyCount": UNKNOWN}, {}, [NO_EFFECT]),
        ({"flash": UNKNOWN, "flashCopyCount": 2}, {}, []),
        ({"flash": "true", "flashCopyCount": 2}, {}, []),
        ({"flash": 1, "flashCopyCount": 2}, {}, []),
        ({"standardCopyCount": 10}, {}, []),
        (
            {"standardCopyCount": 11},
            {},
            ["The standardCopyCount is 11, and at most 10 are allowed."],
        ),
        (
            {"flash": True, "flashCopyCount": 3},
            {"maximumFlashCopies": 2},
            ["The flashCopyCount is 3, and at most 2 are allowed."],
        ),
        ({}, {"instances": 1000}, []),
        (
            {},
            {"instances": 1001},
            ["The standardCopyCount is 1; for 1001 instances at once 2 are advised, one per 1000."],
        ),
        (
            {"flash": True, "standardCopyCount": 3},
            {"instances": 3000},
            ["The flashCopyCount is 1; for 3000 instances at once 3 are advised, one per 1000."],
        ),
        ({"standardCopyCount": UNKNOWN}, {"instances": 3000}, []),
    ],
)
def test_copies_are_of_use(
    broken: dict[str, Any], config: dict[str, Any], found: list[str]
) -> None:
    """Flash copies only with flash, no more than allowed, and as many as are advised."""
    assert messages("copy-counts", cache(**broken), **config) == found


@pytest.mark.parametrize(
    ("name", "matches"),
    [
        ("web-1", True),
        ("a" * 128, True),
        ("a" * 129, False),
        ("a", False),
        ("Web", False),
        ("web_1", False),
        ("-web", False),
        ("web-", False),
        ("web\n", False),
        (UNKNOWN, True),
        (None, True),
        (7, True),
    ],
)
@pytest.mark.parametrize("bridged", [True, False])
def test_names_follow_a_pattern(name: object, matches: bool, bridged: bool) -> None:
    """By default what the service says about names of instances."""
    found = messages("naming", cache(imageCacheName=name, bridged=bridged))
    pattern = "[a-z0-9](?:[a-z0-9-]{0,126}[a-z0-9])"
    assert found == (
        [] if matches else [f"The imageCacheName `{name}` does not match `{pattern}`."]
    )


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("web-.*", []),
        ("api-.*", ["The imageCacheName `web-1` does not match `api-.*`."]),
        ("(", ["The policy's own `pattern` is no regular expression."]),
    ],
)
def test_the_pattern_is_a_setting(pattern: str, found: list[str]) -> None:
    """A regular expression for the whole name."""
    assert messages("naming", cache(), pattern=pattern) == found
