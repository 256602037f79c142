"""The table of vendor codes."""

from __future__ import annotations

import pytest

from pulumi_eci.api.codes import CODES, Reaction, explain_code
from pulumi_eci.api.errors import ApiError

REACTIONS = [
    pytest.param(code, status, reaction, id=f"{code} with {status} is {reaction.value}")
    for code, status, reaction in [
        ("Throttling", 400, Reaction.RETRY),
        ("Throttling.User", 400, Reaction.RETRY),
        ("Throttling.User.Region", 400, Reaction.RETRY),
        ("Degrade.Api", 400, Reaction.RETRY),
        ("ServiceUnavailable", 503, Reaction.RETRY),
        ("InternalError", 500, Reaction.RETRY),
        ("UnknownError", 400, Reaction.RETRY),
        ("OperationConflict", 409, Reaction.RETRY),
        ("LastTokenProcessing", 403, Reaction.RETRY),
        ("SignatureNonceUsed", 400, Reaction.RETRY),
        ("IncorrectStatus", 400, Reaction.WAIT),
        ("ImageCache.IncorrectStatus", 400, Reaction.WAIT),
        ("NoNeedUpdate", 400, Reaction.NOTHING_TO_DO),
        ("InvalidParameter.NotFound", 404, Reaction.GONE),
        ("ImageCache.NotFound", 404, Reaction.GONE),
        ("InvalidParameter.ImageCacheId.NotFound", 404, Reaction.GONE),
        ("ImageCacheNotFound", 400, Reaction.GONE),
        ("InvalidParameter.Whatever", 404, Reaction.FINAL),
        ("SomethingNew.NotFound", 404, Reaction.FINAL),
        ("InvalidRegionId.NotFound", 404, Reaction.FINAL),
        ("InvalidVSwitchId.NotFound", 404, Reaction.FINAL),
        ("InvalidApi.NotFound", 404, Reaction.FINAL),
        ("InvalidAccessKeyId.NotFound", 404, Reaction.FINAL),
        ("InvalidSecurityToken.NotFound", 404, Reaction.FINAL),
        ("InvalidParameter.LengthExceeded", 400, Reaction.FINAL),
        ("MissingImageCacheName", 400, Reaction.FINAL),
        ("QuotaExceeded", 403, Reaction.FINAL),
        ("NeverHeardOf", 400, Reaction.FINAL),
        ("NeverHeardOf", None, Reaction.FINAL),
        ("NeverHeardOf", 499, Reaction.FINAL),
        ("NeverHeardOf", 500, Reaction.RETRY),
        ("NeverHeardOf", 503, Reaction.RETRY),
        ("Throttling.Api", 400, Reaction.RETRY),
        ("Throttling.AllocationQuota", 400, Reaction.RETRY),
        ("ThrottlingException", 400, Reaction.RETRY),
        ("Throttled", 400, Reaction.RETRY),
        ("RequestThrottled", 400, Reaction.RETRY),
        ("FlowControl.Exceeded", 400, Reaction.RETRY),
        ("TooManyRequests", 400, Reaction.RETRY),
        ("RequestLimitExceeded", 400, Reaction.RETRY),
        ("NeverHeardOf", 429, Reaction.RETRY),
        ("QuotaExceeded", 429, Reaction.FINAL),
        ("", None, Reaction.FINAL),
    ]
]


@pytest.mark.parametrize(("code", "status", "reaction"), REACTIONS)
def test_a_code_has_one_reaction(code: str, status: int | None, reaction: Reaction) -> None:
    assert explain_code(code, status).reaction is reaction


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("Account.Arrearage", "overdue bill"),
        ("Forbidden.RAM", "RAM user or role"),
        ("ServiceNotEnabled", "Activate"),
        ("QuotaExceeded", "eliminationStrategy=LRU"),
        ("OperationDenied.NoStock", "vswitchId"),
        ("InvalidAccessKeyId.NotFound", "ALIBABA_CLOUD_ACCESS_KEY_ID"),
        ("SignatureDoesNotMatch", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
        ("InvalidTimeStamp.Expired", "clock"),
        ("InvalidApi.NotFound", "eci:endpoint"),
        ("MissingSecurityGroupId", "left out"),
        ("InvalidParameter.LengthExceeded", "property"),
    ],
)
def test_a_code_that_a_person_must_act_on_says_how(code: str, words: str) -> None:
    assert words in explain_code(code, 400).advice


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
    ],
)
def test_an_expired_token_is_to_be_renewed_however_it_is_spelled(code: str, message: str) -> None:
    error = ApiError("X", code, message, "", 400, credentials="eci:accessKey")
    assert error.reaction is Reaction.FINAL
    assert "renew" in error.advice
    assert error.advice.endswith("The credentials are from eci:accessKey.")


@pytest.mark.parametrize("message", ["", "The image tokenexpired:1 is not valid.", "Expired."])
def test_another_parameter_is_no_token(message: str) -> None:
    assert explain_code("InvalidParameter", 400, message) == CODES["InvalidParameter"]


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_row_of_the_table_is_found_by_its_own_code(code: str) -> None:
    assert explain_code(code, 400) == CODES[code]


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_row_says_what_to_do(code: str) -> None:
    assert CODES[code].advice.endswith((".", "?"))


@pytest.mark.parametrize("code", ["Throttling.User", "Degrade.Api", "Throttled"])
def test_throttling_concerns_the_connection(code: str) -> None:
    assert explain_code(code, 400).throttled
    assert explain_code(code, 400).patient


@pytest.mark.parametrize("code", ["OperationConflict", "LastTokenProcessing"])
def test_a_busy_service_is_asked_until_the_deadline(code: str) -> None:
    assert explain_code(code, 400).patient
    assert not explain_code(code, 400).throttled


@pytest.mark.parametrize("code", ["InternalError", "ServiceUnavailable", "UnknownError"])
def test_a_service_that_fails_is_not_asked_for_an_hour(code: str) -> None:
    assert not explain_code(code, 503).patient
