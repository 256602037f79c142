"""`Cache`: an image cache as a policy gets it, with unknown values and values of any type.

Reading an unknown value, or a value of the wrong type, raises `Undecided`, and the rule reports
nothing. The update checks a value that is unknown in a preview, and the provider refuses a value of
the wrong type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

from pulumi_policy.proxy import (
    UNKNOWN_ARCHIVE_VALUE,
    UNKNOWN_ARRAY_VALUE,
    UNKNOWN_ASSET_VALUE,
    UNKNOWN_BOOLEAN_VALUE,
    UNKNOWN_NUMBER_VALUE,
    UNKNOWN_OBJECT_VALUE,
    UNKNOWN_STRING_VALUE,
    UnknownValueError,
)

from eci_policies.image import Image, parse_image
from eci_policies.secret import IsSecret, Number, Text, guard

OURS = "pulumi-python:dynamic/eci:ImageCache"
NATIVE = "eci:index:ImageCache"  # the plugin's, with the same properties
BRIDGED = "alicloud:eci/imageCache:ImageCache"
TYPES = frozenset({OURS, NATIVE, BRIDGED})

T = TypeVar("T")
Path = tuple[str | int, ...]

_SENTINELS = frozenset(
    {
        UNKNOWN_ARCHIVE_VALUE,
        UNKNOWN_ARRAY_VALUE,
        UNKNOWN_ASSET_VALUE,
        UNKNOWN_BOOLEAN_VALUE,
        UNKNOWN_NUMBER_VALUE,
        UNKNOWN_OBJECT_VALUE,
        UNKNOWN_STRING_VALUE,
    }
)
_LONGEST_NUMBER = 12  # digits; no property of a cache has more


class Undecided(Exception):  # noqa: N818 - it is no error
    """A value is unknown or has the wrong type, so a rule cannot check the value."""


class _Unknown(Enum):
    VALUE = "unknown"


UNKNOWN = _Unknown.VALUE


def _cannot_tell(_path: Path) -> bool:
    raise Undecided


@dataclass(frozen=True)
class Cache:
    """An image cache.

    Args:
        props: Its properties, in camelCase: inputs, or in a stack policy after an update, outputs.
        type: Its resource type, one of `TYPES`.
        resource: The name of the resource in the program. urn: Its URN.
        provider: The properties of its provider.
        covers: Whether the value at a path is marked secret. Policies get secrets in clear.

    The methods return values that hide secrets in a message (`secret`).
    """

    props: Mapping[str, Any]
    type: str = OURS
    resource: str = ""
    urn: str = ""
    provider: Mapping[str, Any] = field(default_factory=dict)
    covers: Callable[[Path], bool] = _cannot_tell

    @property
    def bridged(self) -> bool:
        """Whether the cache is pulumi-alicloud's, which has fewer arguments and no updates."""
        return self.type == BRIDGED

    @property
    def region(self) -> str:
        """The region of the cache, or of the provider, or ""."""
        return self.text("region") or as_text(peek(self.provider, "region"))

    def secret(self, *path: str | int) -> IsSecret:
        """Return a test whether a value is secret, or may be."""

        def is_secret() -> bool:
            try:
                return self.covers(path)
            except Undecided:
                return True

        return is_secret

    @property
    def place(self) -> tuple[str, str]:
        """The account, or "" if it is not named, and the region. A quota applies to both."""
        connection = peek(self.props, "connection")
        source = connection or self.provider
        if not isinstance(source, Mapping):
            raise Undecided
        for key in ("accountId", "roleArn", "profile"):
            if name := as_text(peek(source, key)):
                own = self.secret("connection", key)
                return guard(Text(name), own) if connection else name, self.region
        return "", self.region

    @property
    def size(self) -> int:
        """The size in GiB."""
        size = self.number("imageCacheSize")
        return 20 if size is None else size

    def has(self, name: str) -> bool:
        """Tell whether a property is set. An unknown value counts as set."""
        return peek(self.props, name) not in (None, "")

    def text(self, name: str) -> str:
        """Return a string; "" if absent."""
        return guard(Text(as_text(peek(self.props, name))), self.secret(name))

    def number(self, name: str) -> int | None:
        """Return a whole number, also from a string of digits; None if absent."""
        value = peek(self.props, name)
        if value is None:
            return None
        digits = isinstance(value, str) and value.isdecimal() and len(value) <= _LONGEST_NUMBER
        if not digits and (
            isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1
        ):
            raise Undecided
        return guard(Number(value), self.secret(name))

    def flag(self, name: str) -> bool:
        """Return true or false; false if absent."""
        value = peek(self.props, name)
        if value in (None, "false"):
            return False
        if value == "true":
            return True
        if not isinstance(value, bool):
            raise Undecided
        return value

    def items(self, name: str) -> Sequence[Any]:
        """Return a list, which may have unknown items; [] if absent."""
        value = peek(self.props, name)
        if value is None:
            return []
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise Undecided
        return [peek(value, index) for index in range(len(value))]

    def table(self, name: str) -> Mapping[str, Any]:
        """Return a map, which may have unknown values; {} if absent."""
        value = peek(self.props, name)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise Undecided
        return {
            guard(Text(key), self.secret(name)): self._guarded(peek(value, key), name, key)
            for key in value
        }

    def _guarded(self, value: Any, *path: str | int) -> Any:  # noqa: ANN401 - any property
        return guard(Text(value), self.secret(*path)) if isinstance(value, str) else value

    def images(self) -> Iterator[Image]:
        """Return the known images."""
        for index, item in enumerate(self.items("images")):
            if isinstance(item, str) and item.strip():
                yield parse_image(self._guarded(item, "images", index))

    def credentials(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Return the known registry credentials, each with its index."""
        for index, item in enumerate(self.items("imageRegistryCredentials")):
            if isinstance(item, Mapping):
                yield index, {key: peek(item, key) for key in item}


def peek(container: Any, key: str | int) -> Any:  # noqa: ANN401 - a property can be anything
    """Return the value at *key*: None if absent, UNKNOWN if unknown."""
    try:
        value = container[key]
    except KeyError:
        return None
    except UnknownValueError:
        return UNKNOWN
    return UNKNOWN if isinstance(value, str) and value in _SENTINELS else value


def as_text(value: object) -> str:
    """Return a string, "" for None.

    Raises:
        Undecided: The value is unknown, or not a string.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Undecided
    return value


def decided(cache: Cache, read: Callable[[Cache], T]) -> T | None:
    """Return the result of *read*, or None if `read` raises `Undecided`."""
    try:
        return read(cache)
    except Undecided:
        return None
