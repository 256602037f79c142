"""Variables as in Compose files, such as `$TAG` and `${TAG:-1.27}`, and `.env` files. Pure.

Source: docs.docker.com, "Interpolation" of the Compose file reference and "Set, use, and manage
variables in a Compose file with interpolation".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Lookup = Callable[[str], "str | None"]

_LONGEST = 65_536
"""Most characters of a text with its variables, against values that grow exponentially."""
_MOST = 10_000_000
"""Most characters of all values of an `.env` file."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR = re.compile(r":?[-=?+]|\}")
"""`=` stands for `-` in resources of Flux; Compose does not have it."""
_PLAIN = re.compile(r"[^$}]+|\}")
_SET = (
    "Set variables in the `.env` file beside the Compose file; in Python also with "
    "`images_in(…, variables={…})`. Environment variables are not read."
)


class VariableError(ValueError):
    """A text with variables has no value.

    Args:
        why: The reason.
        advice: What the user can do.
    """

    def __init__(self, why: str, advice: str = "") -> None:
        super().__init__(why)
        self.advice = advice


class _EnvFileError(VariableError):
    """A variable of an `.env` file has no value. The message names the file."""


def interpolate(text: str, lookup: Lookup) -> str:
    """Return *text* with the values of its variables.

    Args:
        text: A text such as `web:${TAG:-1}`.
        lookup: Returns the value of a variable, or None.

    Raises:
        VariableError: Variables have no value (the message names all of them), or the syntax is
            invalid.
    """
    reading = _Reading(text, lookup)
    value = reading.until_end(closing=False)
    if reading.missing:
        names = ", ".join(dict.fromkeys(reading.missing))
        raise VariableError(f"no value for {names}", _SET)
    return value


class _Reading:
    def __init__(self, text: str, lookup: Lookup) -> None:
        self.text = text
        self.lookup = lookup
        self.at = 0
        self.missing: list[str] = []

    def until_end(self, closing: bool) -> str:
        """Read to the end of the text or, if *closing*, past the closing brace of a default."""
        parts: list[str] = []
        length = 0
        while self.at < len(self.text):
            if closing and self.text[self.at] == "}":
                self.at += 1
                return "".join(parts)
            if plain := _PLAIN.match(self.text, self.at):
                self.at = plain.end()
                parts.append(plain.group())
            else:
                parts.append(self.variable())
            length += len(parts[-1])
            if length > _LONGEST:
                raise VariableError(f"longer than {_LONGEST:,} characters with its variables")
        if closing:
            raise VariableError("`${` without `}`")
        return "".join(parts)

    def variable(self) -> str:
        self.at += 1
        if self.text[self.at : self.at + 1] == "$":
            self.at += 1
            return "$"
        braced = self.text[self.at : self.at + 1] == "{"
        self.at += braced
        name = _NAME.match(self.text, self.at)
        if name is None:
            raise VariableError("`$` without the name of a variable; write `$$` for a plain `$`")
        self.at = name.end()
        if not braced:
            return self.value(name.group())
        operator = _OPERATOR.match(self.text, self.at)
        if operator is None:
            raise VariableError("`${` without `}`")
        self.at = operator.end()
        if operator.group() == "}":
            return self.value(name.group())
        return self.with_default(name.group(), operator.group())

    def value(self, name: str) -> str:
        value = self.lookup(name)
        if value is None:
            self.missing.append(name)
        return value or ""

    def with_default(self, name: str, operator: str) -> str:
        missing, self.missing = self.missing, []
        default = self.until_end(closing=True)
        of_default, self.missing = self.missing, missing
        value = self.lookup(name)
        has_value = bool(value) if operator[0] == ":" else value is not None
        if operator[-1] == "?":
            if not has_value:
                self.missing.append(name)
            return value or ""
        if has_value == (operator[-1] == "+"):
            self.missing += of_default
            return default
        return (value or "") if has_value else ""


_ENTRY = re.compile(
    r"""[ \t]*(?:export[ \t]+)?(?P<name>[\w.-]+)[ \t]*[=:][ \t]*
    (?:'(?P<literal>[^']*)'|"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\n]*))[^\n]*\n?""",
    re.VERBOSE | re.DOTALL,
)
_LINE = re.compile(r"[^\n]*\n?")
_COMMENT = re.compile(r"(?:^|[ \t])#.*")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def env_file(text: str, given: Mapping[str, str]) -> Lookup:
    """Return the variables of a Compose project.

    Args:
        text: The text of the `.env` file. Values may use variables from earlier lines.
        given: Variables that take precedence, like environment variables in Compose.

    Returns:
        A function from names to values, which raises VariableError for an invalid value.
    """
    found: dict[str, str | VariableError] = dict(given)
    total = 0

    def lookup(name: str) -> str | None:
        value = found.get(name)
        if isinstance(value, VariableError):
            raise value
        return value

    at = 0
    while at < len(text):
        entry = _ENTRY.match(text, at)
        at = (entry or _LINE.match(text, at)).end()  # type: ignore[union-attr]
        if entry is None or entry["name"] in given:
            continue
        try:
            value = _value(entry, lookup)
            total += len(value)
            found[entry["name"]] = value
        except _EnvFileError as error:
            found[entry["name"]] = error
        except VariableError as error:
            why = f"{entry['name']} of the `.env` file: {error}"
            found[entry["name"]] = _EnvFileError(why, error.advice)
        if total > _MOST:
            raise VariableError(f"longer than {_MOST:,} characters with its variables")
    return lookup


def _value(entry: re.Match[str], lookup: Lookup) -> str:
    if entry["literal"] is not None:
        return entry["literal"]
    if entry["quoted"] is not None:
        text = _ESCAPE.sub(
            lambda match: "$$" if match[1] == "$" else _ESCAPES.get(match[1], match[1]),
            entry["quoted"],
        )
        return interpolate(text, lookup)
    return interpolate(_COMMENT.sub("", entry["bare"]).strip(), lookup)
