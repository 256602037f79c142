"""The table of vendor codes, and the words of every failure."""

from __future__ import annotations

import pytest

from pulumi_eci.errors import (
    CODES,
    ApiError,
    ConfigurationError,
    EciError,
    GoneError,
    IncompleteError,
    Reaction,
    TransportError,
    explain_code,
    printable,
)

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
        ("ThrottlingLikeName", 400, Reaction.FINAL),
        ("", None, Reaction.FINAL),
    ]
]


@pytest.mark.parametrize(("code", "status", "reaction"), REACTIONS)
def test_a_code_has_one_reaction(code: str, status: int | None, reaction: Reaction) -> None:
    """The exact code decides, then whole dotted words, then the HTTP status."""
    assert explain_code(code, status).reaction is reaction


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("InvalidParameter.NotFound", 404, True),
        ("SomethingNew.NotFound", 400, True),
        ("Whatever", 404, True),
        ("Whatever", 400, False),
        ("QuotaExceeded", 403, False),
    ],
)
def test_an_error_may_be_about_something_unknown(code: str, status: int, expected: bool) -> None:
    """A deletion then looks whether it was the cache."""
    assert ApiError("DeleteImageCache", code, "", "", status).not_found is expected


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
    """The advice names what to do."""
    assert words in explain_code(code, 400).advice


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_row_of_the_table_is_found_by_its_own_code(code: str) -> None:
    """No row is hidden by another."""
    assert explain_code(code, 400) == CODES[code]


@pytest.mark.parametrize(
    "code", sorted(code for code, row in CODES.items() if row.reaction is not Reaction.FINAL)
)
def test_what_the_provider_settles_itself_gives_no_advice(code: str) -> None:
    """Advice is for people; a code that is retried or waited on has none."""
    assert CODES[code].advice == ""


def test_an_api_error_is_one_sentence_with_code_message_and_request_id() -> None:
    """The vendor's words, the id for a support ticket, then the advice."""
    error = ApiError("CreateImageCache", "QuotaExceeded", "ImageCache quota exceeded.", "R-1", 403)
    assert str(error).startswith(
        "CreateImageCache answered QuotaExceeded: ImageCache quota exceeded. (RequestId R-1) Delete"
    )


def test_an_api_error_without_request_id_has_no_brackets() -> None:
    """What is absent is not shown."""
    error = ApiError("UpdateImageCache", "NoNeedUpdate", "There are no changes.")
    assert str(error) == "UpdateImageCache answered NoNeedUpdate: There are no changes."


def test_an_api_error_keeps_what_the_service_said() -> None:
    """Code, message, request id and status can be asked for one by one."""
    error = ApiError("DeleteImageCache", "Throttling.User", "Too fast.", "R-2", 400)
    assert (error.operation, error.code, error.vendor_message, error.request_id, error.status) == (
        "DeleteImageCache",
        "Throttling.User",
        "Too fast.",
        "R-2",
        400,
    )


def test_an_api_error_cannot_write_to_the_terminal() -> None:
    """Line breaks and escape sequences of a reply do not reach the user."""
    error = ApiError("X", "Bad\x1b[2J", "one\r\ntwo\x9b31m", "R\n3", 400)
    assert str(error) == "X answered Bad [2J: one two 31m. (RequestId R 3)"


def test_printable_cuts_a_long_text() -> None:
    """An error page is not worth more than 500 characters."""
    assert printable("x" * 501) == "x" * 499 + "…"


def test_printable_leaves_a_text_of_the_longest_length_whole() -> None:
    """The limit itself is allowed."""
    assert printable("x" * 500) == "x" * 500


def test_a_transport_error_names_the_endpoint_and_two_settings() -> None:
    """Where it was sent, what went wrong, what to look at."""
    error = TransportError("CreateImageCache", "127.0.0.1:1", "the connection was refused")
    assert str(error) == (
        "CreateImageCache got no usable answer from 127.0.0.1:1: the connection was refused. "
        "Check the network, and eci:endpoint or eci:region."
    )


def test_a_transport_error_is_tried_again() -> None:
    """Whether the call took effect is not known; its ClientToken settles that."""
    assert TransportError("X", "host", "reason").reaction is Reaction.RETRY


def test_an_incomplete_error_holds_the_state_to_keep() -> None:
    """Id and outputs travel with the message."""
    error = IncompleteError("imc-1", {"status": "Failed"}, "the build failed")
    assert (error.cache_id, error.outputs, str(error)) == (
        "imc-1",
        {"status": "Failed"},
        "the build failed",
    )


@pytest.mark.parametrize(
    "kind", [ApiError, TransportError, ConfigurationError, GoneError, IncompleteError]
)
def test_every_failure_is_an_eci_error(kind: type[Exception]) -> None:
    """One `except` catches all of them."""
    assert issubclass(kind, EciError)
