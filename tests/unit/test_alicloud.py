"""Every exception of the SDK becomes one line, without a URL, a password or a chained exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from pulumi_eci.api.alicloud import AlibabaCloudGateway
from pulumi_eci.api.connection import Connection
from pulumi_eci.api.credentials import AccessKey, Credentials
from pulumi_eci.api.errors import ApiError, ConfigurationError, EciError, TransportError
from pulumi_eci.api.transport import transport_reason

CONNECTION = Connection("cn-hangzhou", "127.0.0.1:1", "http")
URL = "http://127.0.0.1:1/?ImageRegistryCredential.1.Password=pa55-w0rd&RegionId=cn-hangzhou"


class UnretryableException(Exception):  # noqa: N818 - named like the vendor's
    """The SDK's exception for any exception of its HTTP library."""

    code = None
    status_code = None

    def __init__(self, inner: Exception) -> None:
        self.inner_exception = inner
        self.last_request = URL
        super().__init__(str(inner))


class ClientException(Exception):  # noqa: N818 - named like the vendor's
    """The SDK's exception for an answer with a code."""

    def __init__(self, code: str, status: object, data: object) -> None:
        self.code = code
        self.status_code = status
        self.data = data
        super().__init__(f"{code}: {URL}")


class Client:
    """A client with one reply or exception, which keeps the calls."""

    def __init__(self, outcome: object) -> None:
        self.outcome = outcome
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def call(self, operation: str, parameters: dict[str, Any]) -> object:
        """Keep the call, and return the reply or raise the exception."""
        self.asked.append((operation, parameters))
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def gateway(outcome: object) -> AlibabaCloudGateway:
    """Return a gateway with such a client."""
    made = AlibabaCloudGateway(CONNECTION)
    made._client = Client({"RequestId": "R-1", **outcome} if isinstance(outcome, dict) else outcome)
    return made


def failure(outcome: Exception) -> EciError:
    """Return the error of a call during which the SDK raises *outcome*."""
    with pytest.raises(EciError) as caught:
        gateway(outcome).create({"Image": ["nginx"]}, "token")
    return caught.value


# -- failures

EXCEPTIONS = [
    UnretryableException(ConnectionRefusedError(f"refused: {URL}")),
    UnretryableException(TimeoutError(f"read timed out: {URL}")),
    UnretryableException(RuntimeError(f"Failed to parse the value as json format: {URL}")),
    RuntimeError(URL),
    ValueError(URL),
    ClientException("None", None, {}),
    ClientException("Throttling.User", 400, {"Message": "slow down"}),
    ClientException("Whatever", 400, {}),
]


@pytest.mark.parametrize("raised", EXCEPTIONS, ids=lambda error: repr(error)[:40])
def test_no_message_contains_the_url(raised: Exception) -> None:
    error = failure(raised)
    assert "pa55-w0rd" not in f"{error} {error!r} {vars(error)}"
    assert "RegionId=" not in str(error)


@pytest.mark.parametrize("raised", EXCEPTIONS, ids=lambda error: repr(error)[:40])
def test_no_error_is_chained_to_an_exception_of_the_sdk(raised: Exception) -> None:
    error = failure(raised)
    assert (error.__cause__, error.__context__) == (None, None)


_RESET = "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))"


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        (TimeoutError("x"), "did not answer in time"),
        (OSError("Read timed out"), "did not answer in time"),
        (ConnectionRefusedError(111), "the connection was refused"),
        (OSError("NameResolutionError"), "could not be resolved"),
        (OSError("Name or service not known"), "could not be resolved"),
        (OSError("CERTIFICATE_VERIFY_FAILED"), "TLS certificate was not accepted"),
        (OSError("[SSL: WRONG_VERSION_NUMBER] wrong version number"), "not speak TLS"),
        (OSError("[SSL: RECORD_LAYER_FAILURE]"), "not speak TLS"),
        (OSError("[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED]"), "refused the TLS connection"),
        (OSError("UNEXPECTED_EOF_WHILE_READING"), "closed during the TLS handshake"),
        (OSError("BadStatusLine('SSH')"), "not speak HTTP"),
        (OSError(_RESET), "the connection was reset"),
        (ConnectionAbortedError("x"), "the connection was closed before the reply"),
        (RuntimeError("Failed to parse the value as json format"), "the reply is not JSON"),
        (
            AttributeError("'list' object has no attribute 'get'"),
            "not an answer of this API",
        ),
        (OSError("something new"), "the connection failed"),
        # The SDK ignores NO_PROXY, contrary to what users expect.
        (OSError("Cannot connect to proxy: timed out"), "NO_PROXY is not honoured"),
        # The URL contains image names.
        (OSError("new with url: /?Image.1=reset-server"), "the connection failed"),
        (
            OSError("HTTPSConnectionPool(host='eci-proxy.corp', port=443): x"),
            "the connection failed",
        ),
    ],
    ids=repr,
)
def test_a_transport_error_has_a_reason_in_our_words(inner: Exception, reason: str) -> None:
    assert reason in transport_reason(inner).text


def test_a_transport_error_names_operation_and_endpoint() -> None:
    error = failure(UnretryableException(ConnectionRefusedError(URL)))
    assert isinstance(error, TransportError)
    assert str(error).startswith(
        "CreateImageCache got no usable answer from 127.0.0.1:1: the connection was refused."
    )


def test_an_answer_with_a_code_is_an_api_error() -> None:
    data = {"Message": "ImageCache quota exceeded.", "RequestId": "R-1", "statusCode": 403}
    error = failure(ClientException("QuotaExceeded", 403, data))
    assert isinstance(error, ApiError)
    assert (error.code, error.vendor_message, error.request_id, error.status) == (
        "QuotaExceeded",
        "ImageCache quota exceeded.",
        "R-1",
        403,
    )


@pytest.mark.parametrize("data", [None, "text", [], {}, {"message": "m", "requestId": "r"}])
def test_a_code_with_other_data_is_an_api_error(data: object) -> None:
    error = failure(ClientException("QuotaExceeded", 403, data))
    assert isinstance(error, ApiError)
    assert error.code == "QuotaExceeded"


def test_an_exception_of_the_signer_is_raised_unchanged() -> None:
    raised = ConfigurationError("no credentials")
    assert failure(UnretryableException(raised)) is raised


def test_a_refusal_of_the_credentials_names_their_source() -> None:
    credentials = Credentials(AccessKey("i", "s"), "eci:accessKey")
    made = AlibabaCloudGateway(replace(CONNECTION, credentials=credentials))
    made._client = Client(ClientException("InvalidAccessKeyId.NotFound", 404, {}))
    with pytest.raises(ApiError, match=r"The credentials are from eci:accessKey\."):
        made.describe("imc-1")


# -- replies


@pytest.mark.parametrize("body", [{}, {"ImageCacheId": ""}, {"ImageCacheId": 7}, None, [], "x"])
def test_a_creation_without_an_id_has_no_usable_answer(body: object) -> None:
    with pytest.raises(TransportError):
        gateway(body).create({}, "token")


@pytest.mark.parametrize("body", [{}, {"ImageCaches": None}, {"ImageCaches": {}}, None])
def test_a_description_without_a_list_is_not_an_empty_one(body: object) -> None:
    with pytest.raises(TransportError):
        gateway(body).describe("imc-1")


def test_a_description_of_another_cache_is_ignored() -> None:
    body = {"ImageCaches": [{"ImageCacheId": "imc-2", "Status": "Ready"}, "x", None]}
    assert gateway(body).describe("imc-1") is None


@pytest.mark.parametrize("token", [None, 7, ["x"]])
def test_a_token_that_is_not_a_string_ends_the_list(token: object) -> None:
    page = gateway({"ImageCaches": [], "NextToken": token}).list_page()
    assert (page.caches, page.next_token) == ((), "")


# -- requests


class Stingy:
    """An SDK client of a service whose limit of a page is lower than the requested one."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.asked: list[Mapping[str, Any]] = []

    def call(self, _operation: str, parameters: Mapping[str, Any]) -> object:
        """Refuse any Limit."""
        self.asked.append(parameters)
        if "Limit" in parameters:
            raise ClientException(self.code, 400, {"Message": "Limit must be between 1 and 20."})
        return {"RequestId": "R-1", "ImageCaches": []}


def test_a_list_requests_large_pages() -> None:
    made = gateway({"ImageCaches": [], "NextToken": "next"})
    made.list_page(made.list_page().next_token)
    assert made._client.asked == [
        ("DescribeImageCaches", {"RegionId": "cn-hangzhou", "Limit": 100}),
        ("DescribeImageCaches", {"RegionId": "cn-hangzhou", "NextToken": "next", "Limit": 100}),
    ]


def test_a_list_has_the_default_page_size_if_the_service_refuses_large_pages() -> None:
    made = AlibabaCloudGateway(CONNECTION)
    made._client = client = Stingy("InvalidParameter.ValueExceeded")
    for _ in range(2):
        assert made.list_page().caches == ()
    assert ["Limit" in parameters for parameters in client.asked] == [True, False, False]


def test_a_list_that_is_refused_for_another_reason_is_not_repeated() -> None:
    made = AlibabaCloudGateway(CONNECTION)
    made._client = client = Stingy("Forbidden.RAM")
    with pytest.raises(ApiError, match=r"Forbidden\.RAM"):
        made.list_page()
    assert len(client.asked) == 1


def test_every_call_has_a_region() -> None:
    made = gateway({"ImageCacheId": "imc-1"})
    made.create({"Image": ["nginx"]}, "token")
    assert made._client.asked == [
        (
            "CreateImageCache",
            {"RegionId": "cn-hangzhou", "Image": ["nginx"], "ClientToken": "token"},
        )
    ]


def test_tags_are_removed_by_key_from_one_cache() -> None:
    made = gateway({})
    made.untag(["imc-1"], ("team",))
    assert made._client.asked == [
        (
            "UntagResources",
            {
                "RegionId": "cn-hangzhou",
                "ResourceType": "ImageCache",
                "ResourceId": ["imc-1"],
                "TagKey": ["team"],
            },
        )
    ]


def test_the_construction_of_a_gateway_makes_no_call() -> None:
    assert AlibabaCloudGateway(CONNECTION)._client is None
