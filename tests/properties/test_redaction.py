"""Secrets are removed from every message of the service. Words that contain a secret's letters
stay.
"""

from __future__ import annotations

import html
import json
import string
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from pulumi_eci.model.redaction import LONG, MASK, redaction
from tests.properties.profile import cases, cases_of

SECRETS = st.text(string.ascii_letters + string.digits + "!\"#$%&'*+,-./:;<=>?@\\_~ üñ", min_size=1)
LETTERS = st.text(string.ascii_letters, min_size=1, max_size=LONG - 1)

ECHOES: dict[str, tuple[Callable[[str], str], str, str]] = {
    "a word": (str, "login failed for robot ", ""),
    "the end of a sentence": (str, "bad password: ", ". Try another."),
    "Chinese": (str, "密码", "错误"),
    "in quotes": (str, "the password '", "' is wrong"),
    "JSON": (lambda s: json.dumps(s)[1:-1], '{"password": "', '", "user": "u"}'),
    "JSON as it is": (lambda s: json.dumps(s, ensure_ascii=False)[1:-1], '{"p": "', '"}'),
    "JSON in a line break": (lambda s: json.dumps(s)[1:-1], '{"message": "password\\n', '\\n"}'),
    "a query": (quote, "/?Action=C&Password=", "&Server=x"),
    "a form": (quote_plus, "Password=", "&Server=x"),
    "user and password": (lambda s: quote(s, safe=""), "https://robot:", "@registry/v2/"),
    "another case": (lambda s: quote(s, safe="").replace("%2F", "%2f"), "p=", "&"),
    "a string to sign": (lambda s: quote(quote(s, safe=""), safe=""), "GET&%2F&P%3D", "%26Server"),
    "an escaped form": (lambda s: quote(quote(s, safe=""), safe=""), "x%253D", "%2526"),
    "HTML": (html.escape, "<b>&quot;", "&quot;</b>"),
}


@pytest.mark.parametrize("echo", ECHOES)
def test_a_secret_is_removed_in_every_form(echo: str) -> None:
    spell, before, after = ECHOES[echo]

    @cases_of(echo)
    @cases(150)
    @given(SECRETS, st.lists(SECRETS, max_size=2))
    @example("a", [])
    @example("Passw0rd!", [])
    @example("%41", [])
    @example("x" * LONG, ["x"])
    def hidden(secret: str, others: list[str]) -> None:
        assume(any(map(str.isalnum, secret)))
        spelled = spell(secret)
        assume(spelled not in before + MASK + after)
        assert spelled not in redaction([*others, secret])(before + spelled + after)

    hidden()


@cases(200)
@given(LETTERS, LETTERS, LETTERS)
@example("doc", "k", "er.io")
@example("registr", "y", "mirror")
def test_a_part_of_a_word_is_not_a_secret(before: str, secret: str, after: str) -> None:
    assume(len(secret) < LONG)
    text = f"pull {before}{secret}{after}:1, {before}-{secret}, {secret}.{after}"
    assume(secret not in ("pull", before, after))
    assert redaction([secret])(text) == text


def test_an_empty_secret_or_punctuation_is_not_removed() -> None:
    assert redaction([])("a") == redaction([""])("a") == "a"
    assert redaction(["a", ""])("a man, a plan") == "*** man, *** plan"
    assert redaction(["-", "."])("cn-hangzhou: docker.io.") == "cn-hangzhou: docker.io."
