"""Texts and numbers that a message shows only if they are not secret.

A message is an f-string; one that quotes such a value gets `[secret]` in its place. Whether a value
is secret is looked up when a message quotes it, since few messages are ever made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

SHOWN = "[secret]"

T = TypeVar("T", bound="Text | Number")
IsSecret = Callable[[], bool]


class Text(str):
    """A string that may be secret. What is cut out of it is so only if made by `like`."""

    __slots__ = ("is_secret",)
    is_secret: IsSecret

    def __format__(self, spec: str) -> str:
        """Return what a message quotes."""
        return SHOWN if self.is_secret() else super().__format__(spec)


class Number(int):
    """A whole number that may be secret. What is computed with it is not."""

    is_secret: IsSecret

    def __format__(self, spec: str) -> str:
        """Return what a message quotes."""
        return SHOWN if self.is_secret() else super().__format__(spec)


def guard(value: T, is_secret: IsSecret) -> T:
    """Return *value*, which is secret if *is_secret* says so."""
    value.is_secret = is_secret
    return value


def like(text: str, *sources: object) -> str:
    """Return *text*, which is secret if one of the values is that it was made of."""
    checks = [source.is_secret for source in sources if isinstance(source, Text | Number)]
    return guard(Text(text), lambda: any(check() for check in checks)) if checks else text
