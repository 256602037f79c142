"""Secrets taken out of text that comes from outside. Pure.

A value is replaced, in each spelling in which a service may repeat it, and not a part of a word: a
password of one letter must not garble a message. A long value is replaced wherever it stands.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote, quote_plus

MASK = "***"
LONG = 12
"""Characters from which on a secret is no part of a word by chance."""

# Where a value may begin: not within a word, but after an escape such as %3D, \u0026, \n or &quot;.
_BEGIN = (
    r"(?:(?<!\w)(?<!\w[-.])|(?<=%[0-9A-Fa-f]{2})|(?<=%25[0-9A-Fa-f]{2})|(?<=\\u[0-9A-Fa-f]{4})"
    r"|(?<=\\[bfnrt]))"
)
_ESCAPE = re.compile(r"%([0-9A-F]{2})")
# A full stop ends a sentence as well.
_END = r"(?!\w|[-.]\w)"


def redaction(secrets: Iterable[str]) -> Callable[[str], str]:
    """Return a function that takes *secrets* out of a text; empty ones are none."""
    found = {spelling for secret in secrets if secret for spelling in _spellings(secret)}
    if not found:
        return lambda text: text
    longest_first = sorted(found, key=len, reverse=True)
    anywhere = [_matching(each) for each in longest_first if len(each) >= LONG]
    whole = [_matching(each) for each in longest_first if len(each) < LONG]
    parts = [*anywhere, *([f"{_BEGIN}(?:{'|'.join(whole)}){_END}"] if whole else [])]
    pattern = re.compile("|".join(parts), re.ASCII)  # Chinese has no blanks between words
    return lambda text: pattern.sub(MASK, text)


def _matching(spelling: str) -> str:
    return _ESCAPE.sub(r"%(?i:\1)", re.escape(spelling))


def _spellings(secret: str) -> set[str]:
    """Spell a secret as JSON, URLs, strings to sign and HTML do."""
    encoded = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
        *encoded,
        *map(quote, encoded),  # what is signed is encoded twice
    }
