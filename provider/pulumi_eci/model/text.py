"""Text that comes from outside, made fit for terminals and state. Pure."""

from __future__ import annotations

import re

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
LONGEST_TEXT = 500  # a vendor's message is a sentence or two; an error page is not worth more


def printable(text: object, longest: int = LONGEST_TEXT) -> str:
    """Return *text* in one line of printable characters, cut to a readable length.

    The service is not trusted: its words reach a terminal, so neither control characters nor those
    that turn or hide what follows them remain.
    """
    line = str(text)[: 2 * longest]
    if not line.isprintable():  # most is
        shown = "".join(char if char.isprintable() else "\0" for char in line)
        line = _UNSAFE.sub(" ", shown)
    line = line.strip()
    return line if len(line) <= longest else line[: longest - 1] + "…"


def storable(text: str) -> str:
    """Return *text* without what state and terminals cannot take, and otherwise as it is.

    For values that are compared with the program's: a blank at the end of a tag is part of it.
    """
    return _UNSAFE.sub(" ", text)


def is_storable(text: str) -> bool:
    """Whether *text* can be compared with what is read back: `storable` leaves it as it is."""
    return not _UNSAFE.search(text)
