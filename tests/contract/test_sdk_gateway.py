"""What the gateway over the vendor's SDK makes of refusals, bad credentials and many threads."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from eci_emulator import errors as refusals
from eci_emulator.server import RunningEmulator
from pulumi_eci.api.alicloud import AlibabaCloudGateway
from pulumi_eci.api.codes import Reaction
from pulumi_eci.api.errors import ApiError, EciError
from pulumi_eci.operations.retry import is_transient
from tests.contract.backends import local_connection, new_token
from tests.contract.odd_service import ID, MARKER, parameters

# -- refusals

FACTORIES: dict[str, Callable[..., refusals.ApiError]] = {
    name: function
    for name, function in inspect.getmembers(refusals, inspect.isfunction)
    if function.__module__ == refusals.__name__
}


def example(factory: Callable[..., refusals.ApiError]) -> refusals.ApiError:
    """Make a refusal of some kind, with any arguments."""
    values = {"str": "ImageCacheName", "int": 20}
    wanted = [
        each
        for each in inspect.signature(factory).parameters.values()
        if each.default is each.empty
    ]
    return factory(*(values[each.annotation] for each in wanted))


@pytest.mark.parametrize("name", FACTORIES)
@pytest.mark.parametrize("retry_after", [None, 50])
def test_every_refusal_of_the_local_api_is_translated(
    api: RunningEmulator, name: str, retry_after: int | None
) -> None:
    refusal = example(FACTORIES[name])
    api.emulator.faults.add(
        {
            "kind": "error",
            "status": refusal.status,
            "code": refusal.code,
            "message": refusal.message,
            "retry_after": retry_after,
        }
    )
    with pytest.raises(ApiError) as caught:
        AlibabaCloudGateway(local_connection(api.url)).tag(ID, {"a": "1"})
    error = caught.value
    (entry,) = api.emulator.journal.entries()
    assert (error.code, error.status) == (refusal.code, refusal.status)
    assert error.vendor_message == refusal.message
    assert error.request_id == entry["request_id"]
    assert error.operation == "TagResources"
    assert error.retry_after == (retry_after or 0) / 1000


@pytest.mark.parametrize(("status", "code"), [(500, "InternalError"), (503, "ServiceUnavailable")])
def test_a_failure_of_the_service_is_worth_another_try(
    api: RunningEmulator, status: int, code: str
) -> None:
    api.emulator.faults.add({"kind": "error", "status": status, "code": code, "message": "Sorry."})
    with pytest.raises(ApiError) as caught:
        AlibabaCloudGateway(local_connection(api.url)).list_page()
    assert (caught.value.code, caught.value.status) == (code, status)
    assert caught.value.reaction is Reaction.RETRY


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "throttle", "per_minute": 0},
        {"kind": "error", "code": "Throttling.User", "status": 400, "retry_after": 1},
        {"kind": "error", "code": "ServiceUnavailable", "status": 503},
        {"kind": "reset"},
        {"kind": "malformed", "status": 502},
    ],
    ids=["throttled", "throttled with a time", "5xx", "reset", "an error page"],
)
def test_the_sdk_does_not_retry_by_itself(api: RunningEmulator, fault: dict[str, object]) -> None:
    api.emulator.faults.add(fault)
    with pytest.raises(EciError) as caught:
        AlibabaCloudGateway(local_connection(api.url)).describe(ID)
    assert is_transient(caught.value)
    assert len(api.emulator.journal.entries()) == 1


# -- signatures


def test_a_wrong_secret_is_told_with_advice(api: RunningEmulator) -> None:
    gateway = AlibabaCloudGateway(local_connection(api.url, secret=MARKER))
    with pytest.raises(ApiError) as caught:
        gateway.create(parameters(), new_token())
    assert (caught.value.code, caught.value.status) == ("SignatureDoesNotMatch", 400)
    assert caught.value.reaction is Reaction.FINAL
    assert "ALIBABA_CLOUD_ACCESS_KEY_SECRET" in str(caught.value)
    assert MARKER not in str(caught.value)


def test_an_unknown_key_is_told_with_advice(api: RunningEmulator) -> None:
    connection = local_connection(api.url, key_id="nobody")
    with pytest.raises(ApiError) as caught:
        AlibabaCloudGateway(connection).delete(ID, new_token())
    assert caught.value.code.startswith("InvalidAccessKeyId")
    assert caught.value.reaction is Reaction.FINAL
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" in str(caught.value)


def test_a_security_token_is_sent(api: RunningEmulator) -> None:
    api.emulator.configure(security_tokens={"testid": "a-token"})
    accepted = AlibabaCloudGateway(local_connection(api.url, token="a-token"))
    assert accepted.describe(ID) is None
    with pytest.raises(ApiError, match="renew it"):
        AlibabaCloudGateway(local_connection(api.url, token="another")).describe(ID)


# -- threads


def test_one_gateway_serves_many_threads(api: RunningEmulator) -> None:
    gateway = AlibabaCloudGateway(local_connection(api.url))
    together = threading.Barrier(16)

    def create(index: int) -> str:
        together.wait(10)
        return gateway.create(parameters(ImageCacheName=f"cache-{index}"), new_token())

    with ThreadPoolExecutor(16) as pool:
        ids = list(pool.map(create, range(16)))
    assert {cache["id"]: cache["name"] for cache in api.emulator.caches()} == {
        cache_id: f"cache-{index}" for index, cache_id in enumerate(ids)
    }
