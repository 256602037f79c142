"""Parses YAML and JSON into maps and lists, whose strings have the line number. Pure.

Aliases of YAML repeat values, so that a small file can stand for millions of values. This module
limits the number of values, so that its callers can walk a whole document.
"""

from __future__ import annotations

import bisect
import json
import json.scanner
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml
from typing_extensions import Self

Value = Any
"""A `Map`, a list, a `Text`, a bool, an `Unrendered` or None."""
Map = dict[Any, Value]
"""The keys are `Text`."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, if available
_YAML_TAG = "tag:yaml.org,2002:"
_RESOLVER = yaml.resolver.Resolver()
_PAIR = 2
_MOST_VALUES = 500_000
"""Most values in a file, including repetitions by aliases."""
_TOO_DEEP = "nested too deeply"


class UnreadableError(ValueError):
    """A file cannot be parsed.

    Args:
        line: The line, or 0 if unknown.
        why: The reason.
    """

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why


class Text(str):
    """A scalar of a document, as written in the file."""

    __slots__ = ("is_string", "line")

    line: int
    is_string: bool
    """False for a number, a boolean or a date."""

    def __new__(cls, text: str, line: int, is_string: bool = True) -> Self:
        """Create the scalar *text* of *line*."""
        made = super().__new__(cls, text)
        made.line = line
        made.is_string = is_string
        return made


class Unrendered(NamedTuple):
    """`{{ … }}` without quotes, which YAML parses as a map within a map."""

    line: int


class Document(NamedTuple):
    """One document of a file."""

    value: Value
    repeated: list[Text]
    """Duplicate keys of a map. Tools differ in which value they use."""


def documents(text: str, is_json: bool) -> Iterator[Document]:
    """Yield the documents of a file.

    Args:
        text: The text of the file.
        is_json: Whether the file's name ends with `.json`. Other files may hold JSON too.

    Raises:
        UnreadableError: The text is neither YAML nor JSON, is nested too deeply, or has too many
            values.
    """
    start = text.lstrip()[:2]
    if is_json or (start[:1] in ("{", "[") and start not in ("{{", "{%")):
        try:
            found = list(_Json(text).documents())
        except json.JSONDecodeError as error:
            if is_json:
                raise _broken(text, error.lineno, "JSON", error.msg) from None
        except RecursionError:
            raise UnreadableError(0, _TOO_DEEP) from None
        else:
            yield from found
            return
    yield from _yaml(text)


def _broken(text: str, line: int, language: str, problem: str) -> UnreadableError:
    is_template = any(mark in text for mark in ("{{", "{%", "<%"))
    hint = " (if the file is a template, render it first: `helm template`)" if is_template else ""
    if language == "YAML" and "\t" in "".join(text.splitlines()[line - 1 : line]):
        hint = " (YAML does not allow tabs as indentation)"
    return UnreadableError(line, f"not valid {language}: {problem}{hint}")


def _yaml(text: str) -> Iterator[Document]:
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise UnreadableError(line, "binary file, or UTF-16 without a byte order mark")
    try:
        yield from _Yaml().documents(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _broken(text, mark.line + 1, "YAML", error.problem) from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise _broken(text, line, "YAML", error.reason) from None


class _Merge(NamedTuple):
    """The key `<<`, whose value is a map, or a list of maps, to merge into the map."""

    line: int


_RESET = object()
"""A value with the tag `!reset`, with which a Compose file removes a key of another file."""


@dataclass
class _Open:
    """A map or a list that is being parsed."""

    event: Any
    values: list[Value] = field(default_factory=list)
    """The members of a list, or keys and values of a map in turn."""
    size: int = 1


class _Yaml:
    """Builds values from YAML events, as a loader does, and counts them, with repetitions by
    aliases. PyYAML's composer would build all nodes before they can be counted.
    """

    def __init__(self) -> None:
        self.count = _Count()
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Value, int] | None] = {}
        """Value and number of values of each anchor; None while the value is being parsed."""
        self.repeated: list[Text] = []

    def documents(self, text: str) -> Iterator[Document]:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.ScalarEvent):  # most are
                self.add(event, _scalar(event), 1)
            elif isinstance(event, yaml.DocumentStartEvent):
                self.open, self.anchors, self.repeated = [_Open(event)], {}, []
            elif isinstance(event, yaml.DocumentEndEvent):
                yield Document(self.open[0].values[0], self.repeated)
            elif isinstance(event, yaml.AliasEvent):
                self.add(event, *self.anchored(event))
            elif isinstance(event, yaml.CollectionStartEvent):
                self.open.append(_Open(event))
                if event.anchor:
                    self.anchors[event.anchor] = None
            elif isinstance(event, yaml.CollectionEndEvent):
                ended = self.open.pop()
                is_map = isinstance(ended.event, yaml.MappingStartEvent)
                self.add(ended.event, self.map(ended) if is_map else ended.values, ended.size)

    def add(self, event: Any, value: Value, size: int) -> None:  # noqa: ANN401 - of YAML
        is_alias = isinstance(event, yaml.AliasEvent)
        self.count.add(size if is_alias else 1, _line(event))
        if not is_alias:
            value = _RESET if event.tag == "!reset" else value
            if event.anchor:
                self.anchors[event.anchor] = value, size
        self.open[-1].values.append(value)
        self.open[-1].size += size

    def anchored(self, alias: Any) -> tuple[Value, int]:  # noqa: ANN401 - of YAML
        if alias.anchor not in self.anchors:
            raise UnreadableError(_line(alias), f"not valid YAML: no anchor `{alias.anchor}`")
        found = self.anchors[alias.anchor]
        if found is None:
            raise UnreadableError(_line(alias), f"the anchor `{alias.anchor}` contains itself")
        return found

    def map(self, ended: _Open) -> Value:
        found: Map = {}
        merged: Map = {}
        for key, value in zip(ended.values[::2], ended.values[1::2], strict=True):
            if isinstance(key, _Merge):
                for source in _merge_sources(value, key.line):
                    merged = {**source, **merged}
            elif isinstance(key, Text):
                if key in found:
                    self.repeated.append(key)
                found[key] = value
            elif key is not None and ended.event.flow_style and len(ended.values) == _PAIR:
                return Unrendered(_line(ended.event))
        return {key: each for key, each in {**merged, **found}.items() if each is not _RESET}


def _merge_sources(value: Value, line: int) -> list[Map]:
    sources = value if isinstance(value, list) else [value]
    if not all(isinstance(source, dict) for source in sources):
        raise UnreadableError(line, "not valid YAML: `<<` can merge only maps")
    return sources


def _scalar(event: Any) -> Text | _Merge | None:  # noqa: ANN401 - of YAML
    tag = event.tag
    if tag is None:
        tag = _RESOLVER.resolve(yaml.ScalarNode, event.value, event.implicit)
    if tag == _YAML_TAG + "merge":
        return _Merge(_line(event))
    if tag == _YAML_TAG + "null":
        return None
    is_string = tag == _YAML_TAG + "str" or not tag.startswith(_YAML_TAG)
    return Text(event.value, _line(event), is_string)


def _line(event: Any) -> int:  # noqa: ANN401 - of YAML
    line: int = event.start_mark.line
    return line + 1


class _Count:
    """Counts the values of a file."""

    def __init__(self) -> None:
        self._values = 0

    def add(self, values: int, line: int) -> None:
        self._values += values
        if self._values > _MOST_VALUES:
            raise UnreadableError(
                line, f"more than {_MOST_VALUES:,} values, including repetitions by aliases"
            )


class _Json(json.JSONDecoder):
    """Parses consecutive JSON values, as Python's decoder does, with line numbers."""

    def __init__(self, text: str) -> None:
        super().__init__(
            object_pairs_hook=self._map,
            parse_float=self._number,
            parse_int=self._number,
            parse_constant=self._number,
        )
        self.parse_object = self._object
        self.parse_string = self._string
        # The scanner in C does not call parse_string.
        self.scan_once = json.scanner.py_make_scanner(self)  # type: ignore[attr-defined]
        self._text = text
        self._starts = [match.end() for match in re.finditer("\n", text)]
        self._line = 1
        """The line of the last string or map that began."""
        self._began: list[int] = []
        """The first lines of the maps that are being parsed."""
        self._count = _Count()
        self._repeated: list[Text] = []

    def documents(self) -> Iterator[Document]:
        space = re.compile(r"\s*")
        at = space.match(self._text).end()  # type: ignore[union-attr]  # it matches nothing, too
        while at < len(self._text):
            value, at = self.raw_decode(self._text, at)
            at = space.match(self._text, at).end()  # type: ignore[union-attr]
            yield Document(value, self._repeated)
            self._repeated = []

    def _begins(self, at: int) -> int:
        self._line = bisect.bisect(self._starts, at) + 1
        self._count.add(1, self._line)
        return self._line

    def _string(self, text: str, at: int, strict: bool) -> tuple[Text, int]:
        value, end = json.decoder.scanstring(text, at, strict)  # type: ignore[attr-defined]
        return Text(value, self._begins(at)), end

    def _object(self, start: tuple[str, int], *scanner: Any) -> tuple[Map, int]:  # noqa: ANN401
        self._began.append(self._begins(start[1]))
        return json.decoder.JSONObject(start, *scanner)  # type: ignore[attr-defined, no-any-return]

    def _number(self, text: str) -> Text:
        return Text(text, self._line, is_string=False)

    def _map(self, pairs: list[tuple[str, Value]]) -> Map:
        found: Map = {}
        line = self._began.pop()
        for name, value in pairs:
            # The decoder does not report the lines of keys. Mostly the value begins on that line.
            key = Text(name, value.line if isinstance(value, Text) else line)
            if key in found:
                self._repeated.append(key)
            found[key] = value
        return found
