"""Bad input of every kind gets a 4xx in the vendor's format, never a 500."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eci_emulator.actions import ACTIONS
from eci_emulator.clock import ManualClock
from eci_emulator.core import Emulator
from eci_emulator.errors import ApiError
from eci_emulator.server import running
from eci_emulator.settings import Settings
from tests.properties.profile import cases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eci_emulator.server import RunningEmulator

SEEDED = "imc-seeded"

NAMES = st.sampled_from(
    """
    AcrRegistryInfo.1.Domain.1 AcrRegistryInfo.1.InstanceId All ClientToken
    EliminationStrategy Flash Image Image.1 Image.2 Image.3 ImageCacheId ImageCacheName
    ImageCacheSize ImageFullMatch ImageMatchCountRequest ImageRegistryCredential.1.Password
    ImageRegistryCredential.1.Server Limit MatchImage.1 NextToken ResourceId.1 ResourceType
    RetentionDays SnapshotId StandardCopyCount Tag.1.Key Tag.1.Value Tag.2.Key TagKey.1
    VSwitchId
    """.split()  # noqa: SIM905 - a name a line would be a page
)
ODD_NAMES = st.builds(
    "{}.{}".format,
    st.sampled_from(["Image", "Tag", "AcrRegistryInfo.1.Domain", "TagKey", "ResourceId"]),
    st.one_of(st.integers(-1, 10**9).map(str), st.text(max_size=4)),
)
GOOD_VALUES = st.sampled_from(
    ["", "0", "1", "20", "true", "False", "LRU", "nginx", "redis:7", "web", SEEDED, "ImageCache"]
)
VALUES = st.one_of(
    GOOD_VALUES,
    st.integers().map(str),
    st.text(max_size=20),
    st.text(st.characters(codec=None), max_size=5),
    st.just("x" * 5000),
    # a well-formed token of a page that does not exist
    st.just("YWZ0ZXI6OTk5OTk5OTk5OTk5OTk5OTk5"),
)
PARAMS = st.builds(
    lambda common, rest: {**common, **rest},
    st.sampled_from(
        [
            {},
            {"RegionId": "cn-hangzhou"},
            {"RegionId": "cn-hangzhou", "ImageCacheId": SEEDED, "ImageCacheName": "web"},
            {"RegionId": "cn-hangzhou", "ImageCacheName": "web", "Image.1": "nginx"},
            {"RegionId": "cn-hangzhou", "ResourceType": "ImageCache", "ResourceId.1": SEEDED},
        ]
    ),
    st.dictionaries(st.one_of(NAMES, ODD_NAMES, st.text(max_size=5)), VALUES, max_size=6),
)
ACTION = st.one_of(st.sampled_from(sorted(ACTIONS)), st.text(max_size=8))


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """Return an emulator that keeps the effects of earlier examples, as the service does."""
    emulator = Emulator(Settings(quota=20), ManualClock())
    yield emulator
    emulator.close()


@pytest.fixture(scope="module")
def server() -> Iterator[RunningEmulator]:
    """Serve an emulator in loose mode."""
    with running(Settings(verify_signatures=False, quota=20)) as server:
        yield server


def outcome(emulator: Emulator, action: str, params: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Return the status and body of the answer to a call."""
    try:
        return 200, emulator.call(action, params)
    except ApiError as error:
        return error.status, error.body()


@cases(20_000)
@given(action=ACTION, params=PARAMS, seconds=st.floats(0, 1e6))
def test_every_call_is_answered_or_refused(
    emulator: Emulator, action: str, params: dict[str, str], seconds: float
) -> None:
    emulator.advance(seconds)
    try:
        emulator.edit(SEEDED, {})
    except KeyError:  # deleted or expired
        emulator.seed({"id": SEEDED})
    status, answer = outcome(emulator, action, params)
    assert status == 200 or (400 <= status < 500 and answer["Code"])
    assert answer["RequestId"]
    assert len(answer.get("Message", "")) < 1000
    json.dumps(answer)


QUERY_BYTES = st.lists(
    st.tuples(
        st.one_of(NAMES, ODD_NAMES).map(lambda name: name.encode("utf-8", "replace")),
        st.one_of(
            st.binary(max_size=12),
            GOOD_VALUES.map(str.encode),
        ),
    ),
    max_size=6,
)


@cases(3_000)  # fewer examples, because a request over HTTP takes a millisecond
@given(
    action=st.sampled_from(sorted(ACTIONS)),
    query=QUERY_BYTES,
    target=st.tuples(
        st.sampled_from(["GET", "POST", "PUT"]),
        st.sampled_from(["/", "/", "/", "/x", "/%2e%2e/", "//"]),
    ),
    body=st.binary(max_size=40),
)
def test_every_request_is_answered_in_the_vendors_form(
    server: RunningEmulator,
    action: str,
    query: list[tuple[bytes, bytes]],
    target: tuple[str, str],
    body: bytes,
) -> None:
    method, path = target
    pairs = [(b"Action", action.encode()), (b"RegionId", b"cn-hangzhou"), *query]
    text = "&".join(f"{quote_from_bytes(name)}={quote_from_bytes(value)}" for name, value in pairs)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    try:
        connection.request(method, f"{path}?{text}", body=body, headers=headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
    finally:
        connection.close()
    assert response.status < 500
    assert answer["RequestId"]
    assert (response.status == 200) == ("Code" not in answer)
