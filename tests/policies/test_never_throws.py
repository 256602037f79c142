"""No properties and no settings make a policy raise an exception or quote a secret."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from eci_policies.cache import BRIDGED, NATIVE, OURS
from eci_policies.pack import ABOUT
from tests.properties.profile import cases
from tests.support.policies import HAPPY, UNKNOWN, VPC
from tests.support.served import Served, secret

HIDDEN = "hidden-from-all"
_NAMES = [
    *HAPPY,
    "flash",
    "flashCopyCount",
    "standardCopyCount",
    "imageRegistryCredentials",
    "eipInstanceId",
    "connection",
]
_KNOWN = ["", "nginx", "nginx:latest", f"{VPC}/a:1", "LRU", "true", "20", "("]
_HIDDEN = [
    secret([{"password": HIDDEN}, HIDDEN]),
    [secret(f"{HIDDEN}.example.com/a"), secret(f"a:{HIDDEN}")],
    [secret(f"registry.{HIDDEN}.aliyuncs.com/a:1")],
    secret({"team": HIDDEN}),
    secret(HIDDEN),
]
_KEYS = st.sampled_from(["server", "userName", "password", "team", "profile", "__target", ""])


def _anything(texts: list[str]) -> st.SearchStrategy[Any]:
    numbers = st.floats(allow_nan=False, allow_infinity=False)
    strings = st.one_of(st.sampled_from(texts), st.text(max_size=8))
    leaves = st.one_of(st.none(), st.booleans(), st.integers(-5, 40000), numbers, strings)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(_KEYS, inner, max_size=4)
        ),
        max_leaves=8,
    )


_PLAIN = _anything([*_KNOWN, UNKNOWN])
VALUES = st.one_of(_PLAIN, _PLAIN.map(secret), st.sampled_from(_HIDDEN))
PROPERTIES = st.dictionaries(st.sampled_from(_NAMES), VALUES, max_size=len(_NAMES)).map(
    lambda broken: {**HAPPY, **broken}
)
SETTINGS = st.fixed_dictionaries(
    {
        about.id.replace("-", "_"): st.fixed_dictionaries(
            {}, optional={setting.name: _anything(_KNOWN) for setting in about.settings}
        )
        for about in ABOUT
    }
)


@cases(150)
@given(props=PROPERTIES, settings=SETTINGS, kind=st.sampled_from([OURS, NATIVE, BRIDGED]))
def test_one_cache(props: dict[str, Any], settings: dict[str, Any], kind: str) -> None:
    said = str(Served(**settings).analyze(props, kind=kind))
    assert HIDDEN not in said
    assert UNKNOWN not in said
    assert "can't run policy" not in said


@cases(100)
@given(caches=st.lists(PROPERTIES, max_size=4), settings=SETTINGS)
def test_a_stack(caches: list[dict[str, Any]], settings: dict[str, Any]) -> None:
    said = str(Served(**settings).analyze_stack(caches))
    assert HIDDEN not in said
    assert UNKNOWN not in said
    assert "can't run policy" not in said


@cases(150)
@given(props=PROPERTIES, settings=SETTINGS, kind=st.sampled_from([OURS, NATIVE, BRIDGED]))
def test_remediations(props: dict[str, Any], settings: dict[str, Any], kind: str) -> None:
    served = Served("remediate", **settings)
    left = served.remediate(props, kind=kind)
    if left is not None:
        assert served.remediate(left, kind=kind) is None
        for name, value in props.items():
            if name != "tags" and value in _HIDDEN:
                assert left[name] == value
