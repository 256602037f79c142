"""The name of a cache whose program gives none."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_eci.model.naming import NamingMode, name_cache

SEED = b"seed"


def name(resource: str, seed: bytes = SEED, proposed: str = "", mode: int = 0) -> str:
    """Make a name as the engine asks for one by default."""
    return name_cache(resource, seed, proposed, NamingMode(mode))


def test_a_name_is_the_resource_name_and_seven_digits_of_the_seed() -> None:
    assert name("web") == "web-19b2585"


def test_a_name_is_the_same_in_preview_and_update() -> None:
    assert name("web") == name("web")


def test_a_replacement_has_another_name() -> None:
    assert name("web", b"one") != name("web", b"other")


def test_without_a_seed_each_name_is_another() -> None:
    assert name("web", b"") != name("web", b"")


@pytest.mark.parametrize(
    ("resource", "stem"),
    [("Web", "web"), ("web_app", "web-app"), ("web.v2", "web-v2"), ("7", "7"), ("a--b", "a--b")],
)
def test_a_resource_name_is_made_a_cache_name(resource: str, stem: str) -> None:
    assert name(resource).rpartition("-")[0] == stem


@pytest.mark.parametrize(
    ("resource", "stem"),
    [
        ("", "cache"),
        ("应用", "cache"),
        ("应用-cn-hangzhou-1", "cn-hangzhou-1"),
        ("team/apps", "team-apps"),
        ("we b", "we-b"),
        ("wéb", "w-b"),
        ("_web-", "web"),
        ("x" * 125, "x" * 120),
        ("x" * 119 + "-y", "x" * 119),
    ],
)
def test_what_no_cache_name_takes_is_replaced_or_cut(resource: str, stem: str) -> None:
    assert name(resource).rpartition("-")[0] == stem


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("应用", "服务"),
        ("team/apps", "team-apps"),
        ("Web", "web"),
        ("web_", "web"),
        ("x" * 121, "x" * 122),
        ("a" * 120 + "-1", "a" * 120 + "-2"),
    ],
)
def test_names_that_become_alike_stay_apart(one: str, other: str) -> None:
    assert name(one) != name(other)
    assert name(one) == name(one)


def test_the_longest_resource_name_makes_the_longest_cache_name() -> None:
    assert len(name("x" * 120)) == 128


def test_a_proposed_name_is_taken_in_valid_spelling() -> None:
    assert name("web", proposed="Live_web") == "live-web"


@pytest.mark.parametrize("proposed", ["live/web", "应用", "x" * 200])
def test_a_proposed_name_that_is_none_is_made_valid_and_kept_apart(proposed: str) -> None:
    made = name("web", proposed=proposed)
    assert len(made) <= 128
    assert made == name("web", b"another seed", proposed)
    assert made != name("web", proposed=f"{proposed}/")


def test_an_enforced_name_is_taken_as_it_is() -> None:
    assert name("web", proposed="Live_Web", mode=1) == "Live_Web"


def test_enforcing_without_a_proposal_makes_a_name() -> None:
    assert name("web", mode=1) == "web-19b2585"


@pytest.mark.parametrize("proposed", ["", "live-web"])
def test_where_made_up_names_are_off_a_name_is_required(proposed: str) -> None:
    reason = "required, since pulumi:autonaming is off: set `image_cache_name`"
    with pytest.raises(ValueError, match=f"^{reason}$"):
        name("web", proposed=proposed, mode=2)


@given(st.text(max_size=130), st.binary(max_size=8), st.text(max_size=130))
def test_a_made_up_name_is_valid(resource: str, seed: bytes, proposed: str) -> None:
    made = name(resource, seed, proposed)
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,126}[a-z0-9])?", made)


@given(st.lists(st.text(max_size=140), min_size=2, max_size=20, unique=True))
def test_no_two_resources_get_one_name(resources: list[str]) -> None:
    assert len({name(resource) for resource in resources}) == len(resources)
