"""What the gateway over the vendor's SDK makes of bad replies."""

from __future__ import annotations

import json

import pytest

from pulumi_eci.api.alicloud import AlibabaCloudGateway
from pulumi_eci.api.errors import ApiError, TransportError
from tests.contract.backends import local_connection, new_token
from tests.contract.odd_service import ID, MARKER, parameters, transport_error
from tests.support.odd_server import reply, server


@pytest.mark.parametrize("status", [200, 404, 502])
@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "the reply is not JSON"),
        (b"{", "the reply is not JSON"),
        (b"upstream timeout, connection refused", "the reply is not JSON"),
        (b"<html>Bad Gateway: timeout</html>", "a web page came back"),
        (b"\n <!DOCTYPE html>", "a web page came back"),
        (b'{"detail": "Not Found"}', "the reply is not one of this API"),
        (b"[]", "the reply is not one of this API"),
    ],
)
def test_a_reply_of_something_else_is_no_answer(status: int, body: bytes, told: str) -> None:
    with server(reply(status, body)) as url:
        error = transport_error(AlibabaCloudGateway(local_connection(url)))
    assert told in str(error)


def test_a_reply_that_is_no_text_is_no_answer() -> None:
    with server(reply(200, b"\xff\xfe\x00")) as url:
        transport_error(AlibabaCloudGateway(local_connection(url)))


@pytest.mark.parametrize(
    "body", [b"null", b"[]", b"7", b'"text"', b"{}", b'{"ImageCacheId": 7}', b'{"ImageCacheId":""}']
)
def test_a_creation_that_names_no_id_is_no_answer(body: bytes) -> None:
    with server(reply(200, body)) as url:
        transport_error(AlibabaCloudGateway(local_connection(url)))


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"7",
        b'{"ImageCaches": 7}',
        b'{"ImageCaches": ["imc-1"]}',
        b"{}",
        b"[]",
        b'{"Code": "InternalError", "Message": "Sorry."}',
    ],
)
def test_a_description_of_another_shape_is_not_an_absent_cache(body: bytes) -> None:
    with server(reply(200, body)) as url, pytest.raises(TransportError):
        AlibabaCloudGateway(local_connection(url)).describe(ID)


def test_an_answer_about_another_cache_is_no_answer() -> None:
    body = json.dumps({"RequestId": "R", "ImageCaches": [{"ImageCacheId": "imc-other"}]})
    with server(reply(200, body.encode())) as url:
        assert AlibabaCloudGateway(local_connection(url)).describe(ID) is None


def test_values_of_wrong_types_are_absent_values() -> None:
    entry = {
        "ImageCacheId": ID,
        "Status": 7,
        "Progress": None,
        "ImageCacheName": "a\x1b[31mb\nc",
        "Images": ["nginx", 7, None],
        "ImageCacheSize": "twenty",
        "SnapshotId": ["s-1"],
        "Tags": [{"Key": "a", "Value": 1}, {"Key": 2}],
        "Events": [{"Type": 1, "Message": "x\r\ny"}],
        "Surprise": {"new": "field"},
    }
    body = json.dumps({"RequestId": "R", "ImageCaches": [entry]})
    with server(reply(200, body.encode())) as url:
        seen = AlibabaCloudGateway(local_connection(url)).describe(ID)
    assert seen is not None
    assert (seen.status, seen.progress, seen.snapshot_id) == ("", "", "")
    assert seen.image_cache_name == "a [31mb c"
    assert seen.images == ("nginx",)
    assert seen.image_cache_size is None
    assert [event.message for event in seen.events] == ["x y"]


def test_a_huge_reply_is_cut_to_what_can_be_read() -> None:
    body = json.dumps({"RequestId": "R", "Code": "Bad", "Message": "x" * 10**7}).encode()
    with server(reply(400, body)) as url, pytest.raises(ApiError) as caught:
        AlibabaCloudGateway(local_connection(url)).describe(ID)
    assert len(str(caught.value)) < 1_000
    events = [{"Type": "Warning", "Message": f"{number} {'x' * 100}"} for number in range(50_000)]
    entry = {"ImageCacheId": ID, "Status": "Failed", "Events": events}
    with server(reply(200, json.dumps({"RequestId": "R", "ImageCaches": [entry]}).encode())) as url:
        seen = AlibabaCloudGateway(local_connection(url)).describe(ID)
    assert seen is not None
    assert [event.message[:5] for event in (seen.events[0], seen.events[-1])] == ["49950", "49999"]


def test_half_a_password_is_not_told_where_a_message_is_cut() -> None:
    message = "x" * 495 + MARKER
    entry = {"ImageCacheId": ID, "Status": "Failed", "Events": [{"Message": message}]}
    body = json.dumps({"RequestId": "R", "ImageCacheId": ID, "ImageCaches": [entry]}).encode()
    with server(reply(200, body)) as url:
        gateway = AlibabaCloudGateway(local_connection(url))
        gateway.create(parameters(), new_token())
        seen = gateway.describe(ID)
    assert seen is not None
    assert MARKER[:4] not in seen.events[0].message


def test_a_refusal_without_details_is_still_one() -> None:
    with (
        server(reply(400, b'{"Code": "InvalidParameter"}')) as url,
        pytest.raises(ApiError) as caught,
    ):
        AlibabaCloudGateway(local_connection(url)).delete(ID, new_token())
    assert (caught.value.code, caught.value.status) == ("InvalidParameter", 400)
    assert (caught.value.vendor_message, caught.value.request_id) == ("", "")
    assert "None" not in str(caught.value)


@pytest.mark.parametrize("header", ["soon", "-5", "0", "1e9", "", "9" * 5000])
def test_a_senseless_time_to_wait_is_none(header: str) -> None:
    body = json.dumps({"Code": "Throttling.User", "Message": "m", "RequestId": "R"}).encode()
    with server(reply(400, body, x_acs_retry_after=header)) as url, pytest.raises(ApiError) as told:
        AlibabaCloudGateway(local_connection(url)).describe(ID)
    assert told.value.retry_after == 0.0
