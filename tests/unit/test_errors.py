"""The messages of errors."""

from __future__ import annotations

import pytest

from pulumi_eci.api.codes import Reaction
from pulumi_eci.api.errors import (
    ApiError,
    TransportError,
)
from pulumi_eci.model.text import printable, storable


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
def test_an_api_error_may_be_a_not_found(code: str, status: int, expected: bool) -> None:
    assert ApiError("DeleteImageCache", code, "", "", status).not_found is expected


def test_an_api_error_without_request_id_has_no_brackets() -> None:
    error = ApiError("UpdateImageCache", "NoNeedUpdate", "There are no changes.")
    assert error.brief == "UpdateImageCache answered NoNeedUpdate: There are no changes."


def test_the_brief_form_has_no_advice() -> None:
    error = ApiError("CreateImageCache", "Throttling.User", "Too fast.", "R-2", 400)
    assert error.brief == "CreateImageCache answered Throttling.User: Too fast. (RequestId R-2)"
    assert str(error) == f"{error.brief} {error.advice}"


@pytest.mark.parametrize(("status", "expected"), [(400, False), (500, True), (None, False)])
def test_after_an_error_of_the_service_the_effect_is_in_doubt(
    status: int | None, expected: bool
) -> None:
    assert ApiError("X", "Whatever", "", "", status).in_doubt is expected


@pytest.mark.parametrize("reached", [False, True])
def test_after_a_request_that_arrived_the_effect_is_in_doubt(reached: bool) -> None:
    assert TransportError("X", "host", "reason", reached=reached).in_doubt is reached


def test_an_answer_with_retry_after_is_throttling() -> None:
    error = ApiError("X", "NeverHeardOf", "", "", 503, retry_after=2.5)
    assert (error.retry_after, error.throttled, error.retry_until_deadline) == (2.5, True, True)


def test_an_api_error_contains_no_control_characters() -> None:
    error = ApiError("X", "Bad\x1b[2J", "one\r\ntwo\x9b31m", "R\n3", 400)
    assert error.brief == "X answered Bad [2J: one two 31m. (RequestId R 3)"


@pytest.mark.parametrize("char", ["\u202e", "\u200b", "\u2028", "\u2029", "\ud800", "\xa0"])
def test_printable_removes_invisible_and_direction_characters(char: str) -> None:
    assert printable(f"one{char}two") == "one two"


def test_printable_is_fast_for_a_huge_text() -> None:
    assert len(printable("\x00" * 10**8 + "x")) == 0


def test_storable_keeps_characters_that_a_program_may_use() -> None:
    assert storable(" a\u200db\xa0 ") == " a\u200db\xa0 "
    assert storable("a\x1b[2J\ud800b") == "a [2J b"


def test_printable_cuts_a_long_text() -> None:
    assert printable("x" * 501) == "x" * 499 + "…"


@pytest.mark.parametrize(("final", "reaction"), [(False, Reaction.RETRY), (True, Reaction.FINAL)])
def test_a_transport_error_is_retried_unless_it_is_final(
    *, final: bool, reaction: Reaction
) -> None:
    assert TransportError("X", "host", "reason", final=final).reaction is reaction
