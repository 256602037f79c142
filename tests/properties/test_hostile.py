"""Any input of programs and any reply of the service: the result is a success or a one-line
message.

Errors that a search finds become examples here or in `tests/unit/test_gateway.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf import struct_pb2
from hypothesis import example, given
from hypothesis import strategies as st

from pulumi_eci.api.alicloud import AlibabaCloudGateway
from pulumi_eci.api.connection import Connection
from pulumi_eci.api.errors import ApiError, EciError
from pulumi_eci.api.gateway import Page, observe
from pulumi_eci.model.fields import INPUT_NAMES
from pulumi_eci.model.parse import parse
from pulumi_eci.model.spec import ImageCacheSpec
from pulumi_eci.model.state import (
    FAILED,
    Observation,
    differences,
    read_state,
    with_observed,
    write_state,
)
from pulumi_eci.operations.lifecycle import Lifecycle
from pulumi_eci.operations.messages import build_failed, describe_progress
from pulumi_eci.operations.pending import Claim
from pulumi_eci.operations.waiter import DeadlineError, PollInterval, Waiter
from tests.properties.profile import cases
from tests.support.memory import ManualTime, MemoryGateway, make_client, make_emulator

TEXTS = st.text() | st.sampled_from(
    [
        "\x1b[2J\x1b]0;owned\x07",
        "one\r\ntwo",
        "\u202egnp",
        "\ud800",
        "x" * 10_000,
        "\u2028",
        "imc-2",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -1, 2**31, float("nan"), float("inf"), -0.0, 1.5])
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
ENTRY_NAMES = [
    *("ImageCacheId", "ImageCacheName", "Status", "Progress", "Images", "ImageCacheSize"),
    *("SnapshotId", "ResourceGroupId", "ContainerGroupId", "EliminationStrategy", "Surprise"),
]
TAGS = st.lists(st.dictionaries(st.sampled_from(["Key", "Value"]), VALUES) | VALUES, max_size=3)
EVENTS = st.lists(
    st.dictionaries(st.sampled_from(["Type", "Reason", "Message", "LastTimestamp"]), VALUES)
    | VALUES,
    max_size=3,
)
ENTRIES = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(ENTRY_NAMES, VALUES) | {"Tags": TAGS | VALUES, "Events": EVENTS}
)
REPLIES = VALUES | st.fixed_dictionaries(
    {},
    optional={
        "RequestId": TEXTS | VALUES,
        "ImageCacheId": TEXTS | VALUES,
        "NextToken": TEXTS | VALUES,
        "ImageCaches": VALUES | st.lists(ENTRIES | VALUES, max_size=3),
    },
)


def showing(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a reply that shows one cache."""
    return {"RequestId": "R", "ImageCaches": [entry]}


class Replying(AlibabaCloudGateway):
    """A gateway whose SDK returns a given reply, or raises a given exception."""

    def __init__(self, reply: object) -> None:
        super().__init__(Connection("cn-hangzhou", "host"))
        self._reply = reply

    def _connected(self) -> Any:  # noqa: ANN401 - the SDK's client
        return self

    def call(self, _operation: str, _parameters: object) -> Any:  # noqa: ANN401 - any reply
        """Return the reply, or raise the exception."""
        if isinstance(self._reply, Exception):
            raise self._reply
        return self._reply


def is_one_line(text: str) -> bool:
    """Return whether a message can be shown: printable, and no longer than a few sentences."""
    return text.isprintable() and len(text) < 2_500


def to_engine(outputs: dict[str, Any]) -> bytes:
    """Encode properties for the engine, which accepts neither lone surrogates nor huge numbers."""
    struct = struct_pb2.Struct()
    struct.update(outputs)
    encoded: bytes = struct.SerializeToString()
    return encoded


@given(reply=REPLIES)
@cases(250)
@example(
    reply={"RequestId": "R", "ImageCaches": [{"ImageCacheId": "imc-1", "ImageCacheSize": 10**400}]}
)
@example(
    reply={"RequestId": "R", "ImageCaches": [{"ImageCacheId": "imc-1", "ImageCacheName": "\ud800"}]}
)
def test_any_reply_is_decoded_or_refused(reply: object) -> None:
    gateway = Replying(reply)
    calls: list[Callable[[], object]] = [
        lambda: gateway.create({}, "token"),
        lambda: gateway.describe("imc-1"),
        gateway.list_page,
        lambda: gateway.update("imc-1", {}, "token"),
        lambda: gateway.delete("imc-1", "token"),
    ]
    for found in map(outcome, calls):
        if isinstance(found, str):
            assert is_one_line(found)
        for each in found.caches if isinstance(found, Page) else [found]:
            if isinstance(each, Observation):
                check_stored_and_shown(each)


def outcome(call: Callable[[], object]) -> object:
    """Return the result of a call, or the message of its failure."""
    try:
        return call()
    except EciError as error:
        return str(error)


@given(entry=ENTRIES)
@cases(250)
def test_any_entry_can_be_stored_and_shown(entry: dict[str, Any]) -> None:
    check_stored_and_shown(observe(entry))


def check_stored_and_shown(seen: Observation) -> None:
    """Check that an observation can be written to state, read back, and shown."""
    spec = ImageCacheSpec(images=("nginx",), tags={"a": "1"})
    assert differences(with_observed(spec, seen), seen) == []
    outputs = write_state(spec, seen)
    to_engine(outputs)
    read_state(outputs)
    assert is_one_line(describe_progress(seen))
    if seen.status == FAILED:
        assert is_one_line(build_failed("imc-1", seen))


@example(code="Throttling", status=400, data={}, retry_after=10**400)
@given(
    code=VALUES, status=VALUES, data=REPLIES | st.dictionaries(TEXTS, VALUES), retry_after=VALUES
)
@cases(250)
def test_any_error_is_one_line(
    code: object, status: object, data: object, retry_after: object
) -> None:
    error = RuntimeError("text")
    vars(error).update(code=code, status_code=status, data=data, retry_after=retry_after)
    with pytest.raises(EciError) as caught:
        Replying(error).delete("imc-1", "token")
    assert is_one_line(str(caught.value))
    if isinstance(caught.value, ApiError):
        assert caught.value.retry_after >= 0


@given(properties=st.dictionaries(st.sampled_from([*INPUT_NAMES, "surprise"]), VALUES, max_size=6))
@cases(250)
def test_any_inputs_are_parsed_or_refused(properties: dict[str, Any]) -> None:
    parsed = parse(properties)
    for problem in parsed.problems:
        assert is_one_line(f"{problem.path}: {problem.reason}")
    if not parsed.problems:
        read_state(write_state(parsed.spec, None, status="Ready"))


class Endless(MemoryGateway):
    """A region whose list never ends: each page has a new token and foreign caches."""

    def __init__(self) -> None:
        super().__init__(make_emulator())
        self.pages = 0

    def list_page(self, next_token: str = "", tag_key: str = "") -> Page:
        """Return a page of foreign caches."""
        del next_token, tag_key
        self.pages += 1
        return Page((Observation(f"imc-foreign-{self.pages}", "Ready"),), f"token-{self.pages}")


def test_a_wait_ends_although_the_list_does_not() -> None:
    gateway = Endless()
    time = ManualTime(gateway.emulator.clock)
    waiter = Waiter(gateway, time, PollInterval(jitter=0.0))
    with pytest.raises(DeadlineError):
        waiter.wait("imc-unknown", lambda seen: seen is not None, 600.0)
    assert gateway.pages < 1_000


def test_a_search_for_pending_caches_ends_although_the_list_does_not() -> None:
    gateway = Endless()
    spec = parse({"images": ["nginx"], "region": "cn-hangzhou", "imageCacheName": "web"}).spec
    with pytest.raises(EciError, match="does not end"):
        Lifecycle(make_client(gateway)).create(spec, 600.0, lambda _: None, Claim("web"))
    assert gateway.pages < 1_000
    assert gateway.emulator.caches() == []


class Strange(MemoryGateway):
    """A service that shows an unknown status for a while."""

    def __init__(self) -> None:
        super().__init__(make_emulator(build_seconds=1.0))
        self.left = 5

    def describe(self, cache_id: str) -> Observation | None:
        """Describe the cache, at first with an unknown status."""
        seen = super().describe(cache_id)
        if seen and self.left:
            self.left -= 1
            return Observation(cache_id, "Thawing \x1b[31m", images=seen.images)
        return seen


def test_an_unknown_status_is_awaited_and_named() -> None:
    reported: list[str] = []
    gateway = Strange()
    spec = parse({"images": ["nginx"], "region": "cn-hangzhou", "imageCacheName": "web"}).spec
    _, outputs = Lifecycle(make_client(gateway)).create(spec, 3600.0, reported.append)
    assert outputs["status"] == "Ready"
    assert any("Thawing" in line for line in reported)
