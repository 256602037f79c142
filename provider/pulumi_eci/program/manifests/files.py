"""Finds the files that match patterns, and reads their text."""

from __future__ import annotations

import codecs
import fnmatch
import os
import re
from collections.abc import Iterator
from pathlib import Path

LARGEST = 10 * 2**20
"""Largest file in bytes; the largest manifests of public projects have 5 MiB."""

_MAGIC = re.compile(r"[*?[]")
# UTF-32 before UTF-16: both little-endian marks begin with the same bytes.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class FileError(ValueError):
    """A pattern or a file cannot be used. The message begins with the pattern or the file."""


def matching(pattern: str, root: Path) -> list[str]:
    """Return the files that *pattern* matches, as paths relative to *root* or absolute.

    Names that begin with a dot are matched only by patterns that begin with a dot. Links to folders
    are followed; `**` visits each folder once.

    Raises:
        FileError: No file matches, or a folder cannot be read.
    """
    start = "/" if pattern.startswith("/") else ""
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    if (root / pattern).is_file():  # also with brackets in its name
        return [start + "/".join(parts)]
    parts = [part for at, part in enumerate(parts) if parts[at : at + 2] != ["**", "**"]]
    if parts[-1:] == ["**"]:
        parts.append("*")
    try:
        names = sorted(set(_matches(root, start, parts)))
    except OSError as error:
        raise FileError(f"{error.filename}: {error.strerror}") from None
    except ValueError:  # a zero byte
        names = []
    if broken := [name for name in names if not (root / name).exists()]:
        raise FileError(f"{', '.join(broken)}: a broken link")
    files = [name for name in names if (root / name).is_file()]
    if not files:
        hint = f"; for a folder use {pattern.rstrip('/')}/**/*.yaml" if pattern in names else ""
        raise FileError(f"no file matches {pattern!r} in {root.absolute()}{hint}")
    return files


def _matches(root: Path, folder: str, parts: list[str]) -> Iterator[str]:
    """Yield the paths that *parts* of a pattern match in *folder*, which ends with a slash."""
    first, rest = parts[:1], parts[1:]
    if first == ["**"]:
        for each in _folders(root, folder):
            yield from _matches(root, each, rest)
        return
    for part in first:
        for entry in _entries(root / folder, part):
            if rest:
                yield from _matches(root, f"{folder}{entry}/", rest)
            else:
                yield f"{folder}{entry}"


def _entries(folder: Path, pattern: str) -> list[str]:
    if not _MAGIC.search(pattern):
        return [pattern] if os.path.lexists(folder / pattern) else []
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries]
    return [
        name
        for name in names
        if fnmatch.fnmatchcase(name, pattern) and name.startswith(".") <= pattern.startswith(".")
    ]


def _folders(root: Path, folder: str) -> Iterator[str]:
    """Yield *folder* and all folders below, each once, even if links form a cycle."""
    seen: set[str] = set()
    waiting = [folder]
    while waiting:
        each = waiting.pop()
        real = os.path.realpath(root / each)
        if real in seen or not (root / each).is_dir():
            continue
        seen.add(real)
        yield each
        names = sorted(_entries(root / each, "*"), reverse=True)
        waiting += [f"{each}{name}/" for name in names if (root / each / name).is_dir()]


def read(path: Path, name: str) -> str:
    """Return the text of a file, in UTF-8 or in the encoding of its byte order mark.

    Args:
        path: The file.
        name: The file's name in messages.

    Raises:
        FileError: The file cannot be read, is larger than `LARGEST` bytes, or is not text.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise FileError(f"{name}: {error.strerror}") from None
    if len(data) > LARGEST:
        raise FileError(f"{name}: larger than {LARGEST >> 20} MiB; split the file")
    encoding = "utf-8"
    for mark, marked in _MARKS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], marked
            break
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise FileError(f"{name}:{line}: not valid {encoding.upper()}") from None
