"""Makes text from outside safe for terminals and state."""

from __future__ import annotations

import re

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
LONGEST_TEXT = 500  # a vendor's message has a sentence or two; an error page has too much text


def printable(text: object, longest: int = LONGEST_TEXT) -> str:
    """Return *text* in one line of printable characters, cut to a readable length.

    The service is not trusted, and its text reaches a terminal. So control characters are removed,
    and so are characters that reverse or hide text.
    """
    line = str(text)[: 2 * longest]
    if not line.isprintable():  # rare
        shown = "".join(char if char.isprintable() else "\0" for char in line)
        line = _UNSAFE.sub(" ", shown)
    line = line.strip()
    return line if len(line) <= longest else line[: longest - 1] + "…"


def storable(text: str) -> str:
    """Return *text* without characters that state and terminals cannot take.

    For values that are compared with the program's: a blank at the end of a tag stays.
    """
    return _UNSAFE.sub(" ", text)


def is_storable(text: str) -> bool:
    """Whether `storable` returns *text* unchanged, so that it equals what is read back."""
    return not _UNSAFE.search(text)
