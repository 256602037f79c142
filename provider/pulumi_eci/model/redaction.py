"""Removes secrets from text that comes from outside.

A secret is replaced in each spelling in which a service may repeat it. A short secret is replaced
as a whole word only, because a password of one letter must not garble a message. A long secret is
replaced anywhere.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote, quote_plus

MASK = "***"
LONG = 12
"""From this number of characters on, a secret is not a part of a word by chance."""

# A secret may begin outside a word, or after an escape such as %3D, \u0026, \n or &quot;.
_BEGIN = (
    r"(?:(?<!\w)(?<!\w[-.])|(?<=%[0-9A-Fa-f]{2})|(?<=%25[0-9A-Fa-f]{2})|(?<=\\u[0-9A-Fa-f]{4})"
    r"|(?<=\\[bfnrt]))"
)
_ESCAPE = re.compile(r"%([0-9A-F]{2})")
# A full stop ends a sentence as well.
_END = r"(?!\w|[-.]\w)"


def redaction(secrets: Iterable[str]) -> Callable[[str], str]:
    """Return a function that replaces *secrets* in a text; empty secrets are ignored."""
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
    """Return the spellings of a secret in JSON, URLs, strings to sign and HTML."""
    encoded = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
        *encoded,
        *map(quote, encoded),  # what is signed is encoded twice
    }
