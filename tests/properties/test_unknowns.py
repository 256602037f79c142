"""Previews with unknown values, for every property and at every depth."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.output import Unknown

from pulumi_eci.model.fields import NO_REGION
from pulumi_eci.model.parse import parse
from pulumi_eci.model.plan import make_plan
from pulumi_eci.model.spec import UNKNOWN
from pulumi_eci.model.state import read_state
from tests.properties import clouds
from tests.properties.clouds import Cloud
from tests.properties.profile import cases
from tests.properties.specs import programs
from tests.support import inputs
from tests.support.small_engine import Kept, Process, Properties, Step, as_engine_has

Path = tuple[str | int, ...]

FULL: Properties = {
    **inputs.FULL,
    "connection": {**inputs.FULL["connection"], "roleArn": clouds.ROLES[0]}
    | {"accountId": clouds.ACCOUNT},
}
STATUSES = st.sampled_from(["Ready", "Creating", "Updating", "UpdateFailed", "Failed", "Evicted"])


def _paths(value: object, path: Path = ()) -> Iterator[Path]:
    """Return the path of every place within a value, and of the value itself."""
    yield path
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        yield from _paths(item, (*path, key))


PATHS = [path for path in _paths(FULL) if path]


def _put(value: Any, path: Path, unknown: object) -> Any:  # noqa: ANN401 - any property value
    """Copy a value with *unknown* at a place within the copy."""
    if not path:
        return unknown
    changed = deepcopy(value)
    changed[path[0]] = _put(value[path[0]], path[1:], unknown)
    return changed


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)))
def test_one_unknown_value_anywhere_can_be_planned(path: Path) -> None:
    _prove_plan(FULL, _put(FULL, path, UNKNOWN), "Ready", path[0])


@given(old=programs(), new=programs(), picks=st.data(), status=STATUSES)
@cases(300)
def test_any_unknown_values_can_be_planned(
    old: Properties, new: Properties, picks: st.DataObject, status: str
) -> None:
    for _ in range(picks.draw(st.integers(1, 4), "count")):
        path = picks.draw(st.sampled_from([path for path in _paths(new) if path]), "path")
        new = _put(new, path, UNKNOWN)
    _prove_plan(old, new, status, None)


def _prove_plan(old: Properties, new: Properties, status: str, name: object) -> None:
    for program in (old, new):
        program.setdefault("region", "cn-hangzhou")
    parsed = parse(as_engine_has(new))
    assert parsed.problems == ()
    assert name in {None, *parsed.spec.unknown}
    state = read_state({**as_engine_has(old), "status": status, "snapshotId": "s-1"})
    plan = make_plan(state, parsed.spec)
    assert UNKNOWN not in f"{plan} {plan.replaces}"
    assert all(not change.known for change in plan.changes if change.name == name)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)))
@pytest.mark.parametrize("exists", [False, True], ids=["create", "update"])
def test_one_unknown_value_anywhere_can_be_previewed(
    path: Path, monkeypatch: pytest.MonkeyPatch, *, exists: bool
) -> None:
    said: list[str] = []
    monkeypatch.setattr("pulumi_eci.dynamic.host.log", lambda _urn, text, **_: said.append(text))
    cloud = Cloud()
    process = Process(cloud.engine.connections)
    old = process.check("web", None, as_engine_has(FULL))
    news = _put(as_engine_has(FULL), path, Unknown())  # type: ignore[no-untyped-call]
    checked = process.check("web", old if exists else None, news)
    if exists:
        kept = Kept("imc-1", old, {**as_engine_has(FULL), "status": "Ready", "snapshotId": "s-1"})
        assert process.diff("web", kept, checked) in Step
    assert UNKNOWN not in str(said)
    assert not cloud.writes()
    cloud.close()


def test_a_missing_region_is_a_problem_and_an_unknown_one_is_not() -> None:
    (problem,) = parse({"images": UNKNOWN}).problems
    assert problem.reason == NO_REGION
    assert parse({"images": UNKNOWN, "region": UNKNOWN}).problems == ()
