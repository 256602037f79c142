"""Strings and numbers that a message shows only if they are not secret.

A message is an f-string. Formatting a secret value returns `[secret]`. The lookup happens when a
message is formatted, because messages are rare.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

SHOWN = "[secret]"

T = TypeVar("T", bound="Text | Number")
IsSecret = Callable[[], bool]


class Text(str):
    """A string that may be secret. A part of the string is a plain `str`, unless made by `like`."""

    __slots__ = ("is_secret",)
    is_secret: IsSecret

    def __format__(self, spec: str) -> str:
        """Return the text for a message."""
        return SHOWN if self.is_secret() else super().__format__(spec)


class Number(int):
    """A whole number that may be secret. A computed number is a plain `int`."""

    is_secret: IsSecret

    def __format__(self, spec: str) -> str:
        """Return the text for a message."""
        return SHOWN if self.is_secret() else super().__format__(spec)


def guard(value: T, is_secret: IsSecret) -> T:
    """Return *value*, marked as secret if *is_secret* returns true."""
    value.is_secret = is_secret
    return value


def like(text: str, *sources: object) -> str:
    """Return *text*, marked as secret if one of the *sources* is secret."""
    checks = [source.is_secret for source in sources if isinstance(source, Text | Number)]
    return guard(Text(text), lambda: any(check() for check in checks)) if checks else text
