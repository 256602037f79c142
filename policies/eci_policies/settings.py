"""The settings of a policy: `Setting` declares a property, `Settings` has the values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, cast

Default = bool | int | str | list[str] | dict[str, Any]


@dataclass(frozen=True)
class Setting:
    """One property of a policy's configuration.

    Args:
        name: The name, in camelCase as in Pulumi's own configuration.
        default: The default value; its type is the type of the setting.
        description: One sentence.
        rules: Further parts of the JSON schema, as in `{"minimum": 0}`.
    """

    name: str
    default: Default
    description: str
    rules: Mapping[str, Any] = field(default_factory=dict)

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema."""
        shapes: dict[type, dict[str, Any]] = {
            bool: {"type": "boolean"},
            int: {"type": "integer"},
            str: {"type": "string"},
            list: {"type": "array", "items": {"type": "string"}},
            dict: {"type": "object"},
        }
        shape = shapes[type(self.default)]
        return {**shape, "description": self.description, **self.rules, "default": self.default}


class Settings:
    """The values of a policy's settings.

    The engine checks values against the schema and fills in defaults. A value of the wrong type,
    which only another caller can pass, counts as absent.
    """

    def __init__(
        self,
        declared: Sequence[Setting],
        given: Mapping[str, Any] | None = None,
        misspelt: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        given = given or {}
        self.misspelt = misspelt
        """A sentence for each unknown name in the whole configuration."""
        self._values = {
            setting.name: _decode(setting.default, given.get(setting.name)) for setting in declared
        }

    def number(self, name: str) -> int:
        """Return a whole number."""
        return cast("int", self._values[name])

    def flag(self, name: str) -> bool:
        """Return true or false."""
        return cast("bool", self._values[name])

    def text(self, name: str) -> str:
        """Return a string."""
        return cast("str", self._values[name])

    def texts(self, name: str) -> list[str]:
        """Return a list of strings."""
        return cast("list[str]", self._values[name])

    def table(self, name: str) -> dict[str, Any]:
        """Return an object."""
        return cast("dict[str, Any]", self._values[name])


def matches_glob(text: str, globs: Sequence[str]) -> bool:
    """Tell whether *text* matches one of *globs* (`*`, `?` and `[…]`), case-sensitive."""
    return any(fnmatchcase(text, glob) for glob in globs)


def matches_pattern(pattern: str, text: str) -> bool | None:
    """Tell whether *pattern* matches the whole *text*; None for an invalid pattern."""
    try:
        return re.fullmatch(pattern, text) is not None
    except (re.error, OverflowError, RecursionError):
        return None


def _decode(default: Default, given: object) -> Default:
    value = given
    if isinstance(default, list) and isinstance(given, list):
        value = [item for item in given if isinstance(item, str)]
    elif isinstance(default, dict) and isinstance(given, Mapping):
        value = {key: item for key, item in given.items() if isinstance(key, str)}
    elif type(default) is int and isinstance(given, float) and given.is_integer():
        value = int(given)  # numbers arrive as floats
    return value if type(value) is type(default) else default
