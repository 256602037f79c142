"""Errors that property tests found, as minimal examples."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

import pytest

from tests.properties.clouds import OTHER_ROLE, Cloud
from tests.support.small_engine import Properties, StepFailedError, same

WEB: Properties = {"images": ["nginx"]}


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """Return a service and an empty stack."""
    cloud = Cloud()
    yield cloud
    cloud.close()


def test_tags_that_an_update_may_have_set_are_kept_in_state(cloud: Cloud) -> None:
    cloud.settles = False
    cloud.engine.up({"web": {**WEB, "tags": {"a": "1"}}})
    cloud.write_faults.extend(["reply lost"] * 12)
    with pytest.raises(StepFailedError, match="no usable answer"):
        cloud.engine.up({"web": {**WEB, "tags": {"b": "1"}}})
    cloud.write_faults.clear()
    cloud.engine.up({"web": {**WEB, "tags": {"c": "1"}}})
    (cache,) = cloud.caches()
    assert cache["tags"] == {"c": "1"}


def test_a_creation_without_a_reply_is_reported_as_such_whatever_failed_last(cloud: Cloud) -> None:
    cloud.settles = False
    cloud.write_faults.extend(["reply lost", "forbidden"])
    with pytest.raises(StepFailedError, match="Forbidden") as caught:
        cloud.engine.up({"web": WEB})
    assert "may have accepted" in str(caught.value)


def test_a_refresh_after_a_silent_change_changes_nothing(cloud: Cloud) -> None:
    cloud.engine.up({"web": WEB})
    cloud.engine.up({"web": {**WEB, "onMissing": "recreate"}})
    before = deepcopy(cloud.engine.state["web"])
    cloud.engine.refresh()
    assert same(cloud.engine.state["web"].outputs, before.outputs)


def test_a_role_of_another_account_does_not_make_a_stack_forget_its_cache(cloud: Cloud) -> None:
    program = {"web": {**WEB, "connection": {"roleArn": OTHER_ROLE}}}
    cloud.engine.up({"web": WEB})
    cloud.engine.up(program)
    cloud.engine.refresh()
    cloud.engine.up(program)
    ids = [kept.id for kept in cloud.engine.state.values()]
    assert [cache["id"] for cache in cloud.caches()] == ids
    with pytest.raises(StepFailedError, match="in another account"):
        cloud.engine.up({"web": {**program["web"], "retentionDays": 7}})
    cloud.engine.up({})
    assert cloud.caches() == []
