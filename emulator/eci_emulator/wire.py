"""Read the flat RPC parameters as typed values.

The vendor's RPC style has one level of strings: `Image.1`, `Tag.1.Key`,
`AcrRegistryInfo.1.Domain.2`. `Params` reads such a mapping, and refuses invalid values with the
vendor's messages. Only this module reads raw parameter values.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from eci_emulator.errors import (
    invalid_parameter,
    length_exceeded,
    missing_parameter,
    value_exceeded,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_TEXT = 2048
"""Longest value of a parameter. The service documents no limit for most parameters."""

INT32 = 2**31 - 1

# Protocol parameters of the older RPC style.
COMMON_PARAMETERS = frozenset(
    {
        "AccessKeyId",
        "Action",
        "Format",
        "SecurityToken",
        "Signature",
        "SignatureMethod",
        "SignatureNonce",
        "SignatureType",
        "SignatureVersion",
        "Timestamp",
        "Version",
    }
)

_INTEGER = re.compile(r"-?[0-9]{1,10}")
_INDEX = re.compile(r"[1-9][0-9]{0,5}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def parse_query(raw: bytes) -> dict[str, str]:
    """Decode a query string or form body.

    Raises:
        ApiError: The text is not UTF-8, or has a parameter twice.
    """
    params: dict[str, str] = {}
    for part in raw.split(b"&"):
        if not part:
            continue
        name, _, value = part.partition(b"=")
        key = _decode(name)
        if key in params:
            raise invalid_parameter(shorten(key), "it is specified more than once")
        params[key] = _decode(value)
    return params


def _decode(raw: bytes) -> str:
    try:
        return unquote_plus(raw.decode("ascii"), errors="strict")
    except UnicodeDecodeError:
        raise invalid_parameter("Query", "it is not URL-encoded UTF-8") from None


def shorten(text: str, limit: int = 64) -> str:
    """Return a value, cut to a length for messages."""
    return text if len(text) <= limit else f"{text[:limit]}..."


class Params:
    """A reader of flat parameters, or of parameters with one prefix."""

    def __init__(self, flat: Mapping[str, str], prefix: str = "") -> None:
        self._flat = flat
        self._prefix = prefix

    def text(self, name: str, *, limit: int = MAX_TEXT) -> str | None:
        """Return a string, or None if it was not sent."""
        full = self._prefix + name
        value = self._flat.get(full)
        if value is None:
            return None
        if len(value) > limit:
            raise length_exceeded(full, limit)
        if _CONTROL.search(value):
            raise invalid_parameter(full, "it contains control characters")
        return value

    def required(self, name: str, *, limit: int = MAX_TEXT) -> str:
        """Return a string that must be sent and not be empty."""
        value = self.text(name, limit=limit)
        if not value:
            raise missing_parameter(self._prefix + name)
        return value

    def integer(self, name: str, low: int = 0, high: int = INT32) -> int | None:
        """Return a number within a range, or None if it was not sent or sent empty."""
        value = self.text(name)
        if not value:
            return None
        full = self._prefix + name
        if not _INTEGER.fullmatch(value):
            raise invalid_parameter(full, f"{shorten(value)!r} is not an integer")
        number = int(value)
        if not low <= number <= high:
            raise value_exceeded(full, low, high)
        return number

    def boolean(self, name: str) -> bool | None:
        """Return a boolean in any letter case, or None if it was not sent or sent empty."""
        value = self.text(name)
        if not value:
            return None
        # SDKs differ: Python sends `True`, the others `true`.
        folded = value.lower()
        if folded not in {"true", "false"}:
            raise invalid_parameter(
                self._prefix + name, f"{shorten(value)!r} is neither true nor false"
            )
        return folded == "true"

    def texts(self, name: str, *, most: int, limit: int = MAX_TEXT) -> list[str]:
        """Return the non-empty strings of the list `name.1`, `name.2`, and so on."""
        return [
            self.required(f"{name}.{index}", limit=limit) for index in self._indexes(name, most)
        ]

    def structs(self, name: str, *, most: int) -> list[Params]:
        """Return readers of the structures `name.1.*`, `name.2.*`, and so on."""
        return [
            Params(self._flat, f"{self._prefix}{name}.{index}.")
            for index in self._indexes(name, most)
        ]

    def _indexes(self, name: str, most: int) -> range:
        start = f"{self._prefix}{name}."
        found = {_index(start, key) for key in self._flat if key.startswith(start)}
        if len(found) > most:
            raise length_exceeded(self._prefix + name, most)
        if found and max(found) != len(found):
            raise invalid_parameter(self._prefix + name, "its elements are not numbered 1 to N")
        return range(1, len(found) + 1)

    def business(self) -> Iterator[tuple[str, str]]:
        """Yield the parameters that belong to the operation, sorted."""
        for name in sorted(self._flat):
            if name not in COMMON_PARAMETERS and name != "ClientToken":
                yield name, self._flat[name]


def _index(start: str, key: str) -> int:
    index = key[len(start) :].partition(".")[0]
    if not _INDEX.fullmatch(index):
        raise invalid_parameter(shorten(key), "its index is not a number from 1")
    return int(index)
