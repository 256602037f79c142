"""What every `Gateway` says of a refusal, whatever is behind it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_eci.api.codes import Reaction
from pulumi_eci.api.errors import ApiError
from pulumi_eci.model.request import wire_tags
from tests.contract.backends import UNKNOWN_ID, LocalBackend, new_token

Call = Callable[[LocalBackend], object]

REFUSALS: dict[str, tuple[Call, str, int]] = {
    "no images": (lambda b: b.create(Image=[]), "MissingImage", 400),
    "no name": (lambda b: b.create(ImageCacheName=None), "MissingImageCacheName", 400),
    "an image with a scheme": (
        lambda b: b.create(Image=["https://docker.io/nginx"]),
        "InvalidParameter",
        400,
    ),
    "a size out of range": (
        lambda b: b.create(ImageCacheSize=5),
        "InvalidParameter.ValueExceeded",
        400,
    ),
    "a name too long": (
        lambda b: b.create(ImageCacheName="x" * 129),
        "InvalidParameter.LengthExceeded",
        400,
    ),
    "too many tags": (
        lambda b: b.create(Tag=wire_tags({f"t{index}": "" for index in range(21)})),
        "NumberExceed.Tags",
        400,
    ),
    "an update of an unknown cache": (
        lambda b: b.gateway.update(UNKNOWN_ID, {"ImageCacheName": "gone"}, new_token()),
        "InvalidParameter.NotFound",
        404,
    ),
    "tags of an unknown cache": (
        lambda b: b.gateway.tag(UNKNOWN_ID, {"a": "1"}),
        "InvalidParameter.NotFound",
        404,
    ),
    "no tags": (lambda b: b.gateway.untag([b.create()], []), "MissingTagKey", 400),
    "a page that is none": (lambda b: b.gateway.list_page("nonsense"), "InvalidParameter", 400),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_carries_what_the_service_said(local: LocalBackend, refusal: str) -> None:
    call, code, status = REFUSALS[refusal]
    with pytest.raises(ApiError) as caught:
        call(local)
    error = caught.value
    entry = local.emulator.journal.entries()[-1]
    assert (error.code, error.status) == (code, status) == (entry["code"], entry["status"])
    assert error.operation == entry["action"]
    assert error.request_id == entry["request_id"]
    assert error.vendor_message
    assert "request id" not in error.vendor_message.lower()
    for part in (error.operation, code, error.vendor_message.rstrip("."), error.request_id):
        assert part in str(error)
    assert "\n" not in str(error)


def test_a_full_region_is_told_with_advice(local: LocalBackend) -> None:
    local.emulator.configure(quota=1)
    local.create()
    with pytest.raises(ApiError) as caught:
        local.create()
    assert (caught.value.code, caught.value.status) == ("QuotaExceeded", 403)
    assert caught.value.reaction is Reaction.FINAL
    assert "LRU" in caught.value.advice


def test_a_refusal_drags_no_other_exception_along(local: LocalBackend) -> None:
    with pytest.raises(ApiError) as caught:
        local.create(Image=[])
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
