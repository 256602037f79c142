"""The generated name of a cache."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_eci.model.naming import NamingMode, name_cache, owner_id

SEED = b"seed"


def name(resource: str, seed: bytes = SEED, proposed: str = "", mode: int = 0) -> str:
    """Return a name with the engine's default arguments."""
    return name_cache(resource, seed, proposed, NamingMode(mode))


def test_a_name_is_the_resource_name_and_seven_digits_of_the_seed() -> None:
    assert name("web") == "web-19b2585"


def test_a_name_is_the_same_in_preview_and_update() -> None:
    assert name("web") == name("web")


def test_a_replacement_has_another_name() -> None:
    assert name("web", b"one") != name("web", b"other")


def test_without_a_seed_names_are_random() -> None:
    assert name("web", b"") != name("web", b"")


@pytest.mark.parametrize(
    ("resource", "stem"),
    [("Web", "web"), ("web_app", "web-app"), ("web.v2", "web-v2"), ("7", "7"), ("a--b", "a--b")],
)
def test_a_resource_name_is_converted_to_a_cache_name(resource: str, stem: str) -> None:
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
        ("/X/web/X/", "x-web-x"),
        ("x" * 125, "x" * 120),
        ("x" * 119 + "-y", "x" * 119),
    ],
)
def test_invalid_characters_are_replaced_and_long_names_are_cut(resource: str, stem: str) -> None:
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
def test_names_that_would_become_equal_stay_different(one: str, other: str) -> None:
    assert name(one) != name(other)
    assert name(one) == name(one)


def test_the_longest_resource_name_becomes_the_longest_cache_name() -> None:
    assert len(name("x" * 120)) == 128


def test_a_proposed_name_is_converted_to_a_valid_one() -> None:
    assert name("web", proposed="Live_web") == "live-web"


@pytest.mark.parametrize("proposed", ["live/web", "应用", "x" * 200])
def test_an_invalid_proposed_name_is_converted_and_made_unique(proposed: str) -> None:
    made = name("web", proposed=proposed)
    assert len(made) <= 128
    assert made == name("web", b"another seed", proposed)
    assert made != name("web", proposed=f"{proposed}/")


def test_an_enforced_name_is_used_unchanged() -> None:
    assert name("web", proposed="Live_Web", mode=1) == "Live_Web"


def test_enforcing_without_a_proposal_generates_a_name() -> None:
    assert name("web", mode=1) == "web-19b2585"


@pytest.mark.parametrize("proposed", ["", "live-web"])
def test_if_autonaming_is_off_a_name_is_required(proposed: str) -> None:
    reason = "required, since pulumi:autonaming is off: set `image_cache_name`"
    with pytest.raises(ValueError, match=f"^{reason}$"):
        name("web", proposed=proposed, mode=2)


@given(st.text(max_size=130), st.binary(max_size=8), st.text(max_size=130))
def test_a_generated_name_is_valid(resource: str, seed: bytes, proposed: str) -> None:
    made = name(resource, seed, proposed)
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,126}[a-z0-9])?", made)


@given(st.lists(st.text(max_size=140), min_size=2, max_size=20, unique=True))
def test_two_resources_never_get_the_same_name(resources: list[str]) -> None:
    assert len({name(resource) for resource in resources}) == len(resources)


def test_resources_and_stacks_have_different_owners() -> None:
    owners = {
        owner_id(urn, namespace, stack)
        for urn in ("urn:a", "urn:b")
        for namespace, stack in (("", "s"), ("n", ""), ("n", "s"), ("s", ""))
    }
    assert {len(owner) for owner in owners} == {32}
    assert len(owners) == 8


@pytest.mark.parametrize("place", [("", "n", "s"), ("urn:a", "", "")])
def test_without_urn_or_stack_there_is_no_owner(place: tuple[str, str, str]) -> None:
    assert owner_id(*place) == ""
