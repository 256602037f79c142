"""The table of vendor codes."""

from __future__ import annotations

import pytest

from pulumi_eci.api.codes import CODES, Reaction, explain_code
from pulumi_eci.api.errors import ApiError
from tests.support.vendor_codes import VENDOR_CODES, VendorCode

# by reaction: the codes, each with its status
REACTIONS: dict[Reaction, dict[int | None, str]] = {
    Reaction.RETRY: {
        400: (
            "Throttling Throttling.User Throttling.User.Region Degrade.Api UnknownError "
            "SignatureNonceUsed Throttling.Api Throttling.AllocationQuota "
            "ThrottlingException Throttled RequestThrottled FlowControl.Exceeded "
            "TooManyRequests RequestLimitExceeded"
        ),
        503: "ServiceUnavailable NeverHeardOf",
        500: "InternalError NeverHeardOf",
        409: "OperationConflict",
        403: "LastTokenProcessing",
        429: "NeverHeardOf",
    },
    Reaction.WAIT: {
        400: "IncorrectStatus ImageCache.IncorrectStatus",
    },
    Reaction.NOTHING_TO_DO: {
        400: "NoNeedUpdate",
    },
    Reaction.GONE: {
        404: (
            "InvalidParameter.NotFound ImageCache.NotFound InvalidParameter.ImageCacheId.NotFound"
        ),
        400: "ImageCacheNotFound",
    },
    Reaction.FINAL: {
        404: (
            "InvalidParameter.Whatever SomethingNew.NotFound InvalidRegionId.NotFound "
            "InvalidVSwitchId.NotFound InvalidApi.NotFound InvalidAccessKeyId.NotFound "
            "InvalidSecurityToken.NotFound"
        ),
        400: "InvalidParameter.LengthExceeded MissingImageCacheName NeverHeardOf",
        403: "QuotaExceeded",
        None: "NeverHeardOf",
        499: "NeverHeardOf",
        429: "QuotaExceeded",
    },
}
CASES = [
    pytest.param(code, status, reaction, id=f"{code} with {status} is {reaction.value}")
    for reaction, codes in REACTIONS.items()
    for status, words in codes.items()
    for code in words.split()
]


@pytest.mark.parametrize(("code", "status", "reaction"), CASES)
def test_a_code_has_one_reaction(code: str, status: int | None, reaction: Reaction) -> None:
    assert explain_code(code, status).reaction is reaction


def test_no_code_at_all_is_final() -> None:
    assert explain_code("", None).reaction is Reaction.FINAL


@pytest.mark.parametrize("row", VENDOR_CODES.values(), ids=VENDOR_CODES)
def test_a_code_has_advice(row: VendorCode) -> None:
    assert row.advice in explain_code(row.code, row.status).advice


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("InvalidSecurityToken.Expired", ""),
        ("InvalidSecurityToken.Malformed", ""),
        ("SecurityTokenExpired", ""),
        ("SecurityToken.Expired", ""),
        ("ExpiredToken", ""),
        ("Sts.TokenExpired", ""),
        ("MissingSecurityToken", ""),
        ("InvalidParameter", 'The specified parameter "SecurityToken.Expired" is not valid.'),
        ("InvalidParameter", "InvalidSecurityToken.Expired: the token has expired."),
        ("InvalidParameter.SecurityToken", "The specified SecurityToken is expired."),
    ],
)
def test_an_expired_token_must_be_renewed_whatever_its_code(code: str, message: str) -> None:
    error = ApiError("X", code, message, "", 400, credentials="eci:accessKey")
    assert error.reaction is Reaction.FINAL
    assert "STS token" in error.advice
    assert error.advice.endswith("The credentials are from eci:accessKey.")


@pytest.mark.parametrize("message", ["", "The image tokenexpired:1 is not valid.", "Expired."])
def test_an_error_about_another_parameter_is_not_about_the_token(message: str) -> None:
    assert explain_code("InvalidParameter", 400, message) == CODES["InvalidParameter"]


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_row_of_the_table_is_found_by_its_code(code: str) -> None:
    assert explain_code(code, 400) == CODES[code]


@pytest.mark.parametrize(
    ("codes", "throttled", "retry_until_deadline"),
    [
        ("Throttling.User Degrade.Api Throttled", True, True),
        ("OperationConflict LastTokenProcessing", False, True),
        ("InternalError ServiceUnavailable UnknownError", False, False),
    ],
)
def test_a_throttled_call_is_retried_until_the_deadline(
    codes: str, throttled: bool, retry_until_deadline: bool
) -> None:
    for row in map(explain_code, codes.split()):
        assert (row.throttled, row.retry_until_deadline) == (throttled, retry_until_deadline)
