"""Arbitrary properties: parsing raises no exception, and no message quotes a value."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pulumi_eci.model.fields import INPUT_NAMES, snake_case
from pulumi_eci.model.parse import parse
from pulumi_eci.model.spec import UNKNOWN, ImageCacheSpec
from tests.support.inputs import paths

EMPTY: dict[str, Any] = vars(ImageCacheSpec())

MARKER = "XX-marker-7f3a-XX"


SCALARS = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers(-(2**70), 2**70)
    | st.text(max_size=8)
    | st.sampled_from([UNKNOWN, "https://x", "aliyun", "LRU", MARKER])
)
KEYS = st.sampled_from(
    ["server", "userName", "password", "instanceId", "domains", "roleArn"]
) | st.text(max_size=8)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
BAGS = st.dictionaries(st.sampled_from(INPUT_NAMES) | st.text(max_size=8), JSON, max_size=8)


@given(BAGS)
def test_parsing_never_raises(bag: dict[str, Any]) -> None:
    spec = parse(bag).spec
    wrong = [
        name
        for name in map(snake_case, INPUT_NAMES)
        if name != "rebuild_triggers" and type(getattr(spec, name)) is not type(EMPTY[name])
    ]
    assert wrong == []


@given(BAGS)
def test_the_sentinel_is_in_no_message(bag: dict[str, Any]) -> None:
    bag = {key: value for key, value in bag.items() if UNKNOWN not in key}
    assert all(UNKNOWN not in problem.reason for problem in parse(bag).problems)


MARKED_VALUES = st.recursive(
    st.sampled_from(
        [MARKER, f"https://{MARKER}", f"{MARKER} {MARKER}", f"acs:{MARKER}", MARKER * 20]
    ),
    lambda inner: (
        st.lists(inner, max_size=25)
        | st.dictionaries(
            st.sampled_from(["server", "userName", "instanceId", "domains", "roleArn", "other"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)


QUIET = [name for name in INPUT_NAMES if name != "images"]


@given(st.dictionaries(st.sampled_from(QUIET) | st.just("quux"), MARKED_VALUES))
def test_no_value_is_quoted_in_a_problem(bag: dict[str, Any]) -> None:
    found = parse(bag).problems
    assert [problem for problem in found if MARKER in problem.reason + problem.path] == []


@given(st.sampled_from(INPUT_NAMES), JSON)
def test_a_problem_of_one_property_is_a_path_into_it(name: str, value: object) -> None:
    blamed = paths(**{name: value})
    assert all(path.startswith(name) for path in blamed)
