"""Text -> documents: YAML and JSON as plain maps and lists, whose texts know their line. Pure.

Aliases of YAML repeat what they name: a file of some hundred bytes can stand for millions of
values. The limit is here; whatever reads a document may walk through all of it.
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
"""Its keys are `Text`."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where it was built
_YAML_TAG = "tag:yaml.org,2002:"
_RESOLVER = yaml.resolver.Resolver()
_PAIR = 2
_MOST_VALUES = 500_000
"""How many values a file may have, with those that its aliases repeat."""
_TOO_DEEP = "nested too deeply"


class UnreadableError(ValueError):
    """A file cannot be read: the line, or 0 if there is none, and why."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why


class Text(str):
    """A scalar of a document, as it is written there."""

    __slots__ = ("is_string", "line")

    line: int
    is_string: bool
    """False for a number, a boolean or a date."""

    def __new__(cls, text: str, line: int, is_string: bool = True) -> Self:
        """Make the scalar *text* that is written in *line*."""
        made = super().__new__(cls, text)
        made.line = line
        made.is_string = is_string
        return made


class Unrendered(NamedTuple):
    """`{{ … }}` without quotes, which YAML reads as a map that is the key of a map."""

    line: int


class Document(NamedTuple):
    """One document of a file."""

    value: Value
    repeated: list[Text]
    """Keys that a map has twice; which of the values counts differs from tool to tool."""


def documents(text: str, is_json: bool) -> Iterator[Document]:
    """Yield the documents of a file.

    Args:
        text: The text of the file.
        is_json: Whether the file says that it is JSON. If not, it may be nevertheless.

    Raises:
        UnreadableError: The text is neither YAML nor JSON, or it is nested too deeply, or its
            aliases repeat too much.
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
    hint = " (a template? Render it first, as with `helm template`)" if is_template else ""
    if language == "YAML" and "\t" in "".join(text.splitlines()[line - 1 : line]):
        hint = " (YAML takes no tabs for spaces)"
    return UnreadableError(line, f"not valid {language}: {problem}{hint}")


def _yaml(text: str) -> Iterator[Document]:
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise UnreadableError(line, "binary, or UTF-16 without a byte order mark")
    try:
        yield from _Yaml().documents(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _broken(text, mark.line + 1, "YAML", error.problem) from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise _broken(text, line, "YAML", error.reason) from None


class _Merge(NamedTuple):
    """The key `<<`, whose value is one map or several that are merged into another."""

    line: int


_RESET = object()
"""A value with the tag `!reset`: Compose takes away what another file says there."""


@dataclass
class _Open:
    """A map or a list that has begun."""

    event: Any
    values: list[Value] = field(default_factory=list)
    """The members of a list, or keys and values of a map in turn."""
    size: int = 1


class _Yaml:
    """Makes values of the events of YAML, as a loader does, but counts what aliases repeat.

    Not the composer of PyYAML: that has made all nodes of a file before they can be counted.
    """

    def __init__(self) -> None:
        self.count = _Count()
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Value, int] | None] = {}
        """What each stands for, and how many values that has; None before its end."""
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
            raise UnreadableError(_line(alias), "an anchor that contains itself")
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
        raise UnreadableError(line, "not valid YAML: `<<` merges maps only")
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
    """How many values a file has."""

    def __init__(self) -> None:
        self._values = 0

    def add(self, values: int, line: int) -> None:
        self._values += values
        if self._values > _MOST_VALUES:
            raise UnreadableError(
                line, f"more than {_MOST_VALUES:,} values, with those that aliases repeat"
            )


class _Json(json.JSONDecoder):
    """Reads JSON objects, one after the other, as the decoder of Python does, but with lines."""

    def __init__(self, text: str) -> None:
        super().__init__(
            object_pairs_hook=self._map,
            parse_float=self._number,
            parse_int=self._number,
            parse_constant=self._number,
        )
        self.parse_object = self._object
        self.parse_string = self._string
        # Not the scanner in C: that calls no parse_string.
        self.scan_once = json.scanner.py_make_scanner(self)  # type: ignore[attr-defined]
        self._text = text
        self._starts = [match.end() for match in re.finditer("\n", text)]
        self._line = 1
        """Of the last text or map that began."""
        self._began: list[int] = []
        """The lines of the maps that are not at their end."""
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
            # The decoder does not tell where keys are: mostly where their values begin.
            key = Text(name, value.line if isinstance(value, Text) else line)
            if key in found:
                self._repeated.append(key)
            found[key] = value
        return found
