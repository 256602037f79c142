"""Settings by name. A name with a colon is a key of the stack's configuration, any other name an
environment variable. Pure.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pulumi_eci.api.errors import ConfigurationError
from pulumi_eci.model.text import printable

Configuration = Callable[[str], Any]
"""Returns the value of a full key, such as `eci:region`, in the stack's configuration."""

_NOT_ALPHANUMERIC = re.compile(r"[^A-Za-z0-9]")

PREFIX = "eci:"
"""Namespace of the provider's keys in the stack's configuration."""

NAMES = (
    "region",
    "endpoint",
    "accessKey",
    "secretKey",
    "securityToken",
    "profile",
    "sharedCredentialsFile",
    "ecsRoleName",
    "credentialsUri",
    "assumeRoleWithOidc",
    "assumeRole",
    "assumeRoles",
    "namespace",
    "trackDigests",
    "crEndpoint",
    "pollSeconds",
    "createsPerMinute",
)
"""The provider's settings: keys of the stack's configuration without `PREFIX`."""


def unknown_settings(names: Iterable[str], prefix: str = PREFIX) -> list[str]:
    """Return one sentence for each of *names* that is not in `NAMES`, with the nearest setting.

    Args:
        names: Names of settings, without a prefix.
        prefix: Written before each name: `eci:` for the stack's configuration, "" for the
            properties of an explicit provider.
    """
    return [
        f"{prefix}{printable(name)}: unknown setting{_advice(name, prefix)}"
        for name in names
        if name not in NAMES
    ]


def nearest_setting(name: str) -> str:
    """Return the setting that *name* may be a misspelling of, or an empty string."""
    return next(iter(difflib.get_close_matches(name, NAMES, n=1, cutoff=0.75)), "")


def _advice(name: str, prefix: str) -> str:
    if near := nearest_setting(name):
        return f"; did you mean `{prefix}{near}`?"
    return f"; the settings are {', '.join(prefix + known for known in NAMES)}"


class Settings:
    """The stack's configuration and the environment.

    Args:
        configuration: Returns the value of a key. The engine passes text, and JSON text for an
            object or a list; an explicit provider resource may pass any value.
        environ: The environment variables.
    """

    def __init__(self, configuration: Configuration, environ: Mapping[str, str]) -> None:
        self._configuration = configuration
        self._environ = environ

    def text(self, name: str) -> str:
        """Return a setting without surrounding blanks, "" if it is not set.

        Raises:
            ConfigurationError: If the setting is an object or a list.
        """
        value = self._value(name)
        if isinstance(value, Mapping | list):
            raise ConfigurationError(f"{name}: must be a string")
        return "" if value is None else str(value).strip()

    def first(self, names: Iterable[str]) -> tuple[str, str]:
        """Return the first of *names* that is set, and its value; two empty strings if none is."""
        found = ((name, self.text(name)) for name in names)
        return next((pair for pair in found if pair[1]), ("", ""))

    def objects(self, name: str, known: Sequence[str] = ()) -> list[dict[str, str]]:
        """Return a setting that is an object or a list of objects, as a list; [] if it is not set.

        Args:
            name: The setting.
            known: The allowed keys. An object may spell them `roleArn`, `role_arn` or `ROLE_ARN`;
                the result spells them as here. If empty, any key is allowed.

        Returns:
            The objects without null values. A value that is no string becomes JSON text.

        Raises:
            ConfigurationError: The setting is neither an object nor a list of objects, or an
                object has an unknown key.
        """
        value = self._value(name)
        if isinstance(value, str):
            if not value.strip():
                return []
            try:
                value = json.loads(value)
            except ValueError:
                value = "no JSON"
        items = value if isinstance(value, list) else [] if value is None else [value]
        if not all(isinstance(item, Mapping) for item in items):
            raise ConfigurationError(
                f"{name}: must be an object" + (f" with {', '.join(known)}" if known else "")
            )
        return [_spelled(name, item, known) for item in items]

    def _value(self, name: str) -> Any:  # noqa: ANN401 - see Configuration
        return self._configuration(name) if ":" in name else self._environ.get(name)


def _spelled(name: str, item: Mapping[str, Any], known: Sequence[str]) -> dict[str, str]:
    by_letters = {_letters(key): key for key in known or item}
    unknown = sorted(key for key in item if _letters(key) not in by_letters)
    if unknown:
        raise ConfigurationError(
            f"{name}: {', '.join(map(printable, unknown))} is not supported; the supported keys "
            f"are {', '.join(known)}"
        )
    if len({_letters(key) for key in item}) < len(item):
        raise ConfigurationError(f"{name}: one key is given in two spellings")
    return {
        by_letters[_letters(key)]: value.strip() if isinstance(value, str) else json.dumps(value)
        for key, value in item.items()
        if value is not None
    }


def _letters(key: str) -> str:
    return _NOT_ALPHANUMERIC.sub("", str(key)).lower()
