"""Patterns -> files -> texts: what `images_in` reads from the disk."""

from __future__ import annotations

import codecs
import fnmatch
import os
import re
from collections.abc import Iterator
from pathlib import Path

LARGEST = 10 * 2**20
"""Bytes of a file that is read; the largest manifests of projects have 5 MiB."""

_MAGIC = re.compile(r"[*?[]")
# UTF-32 first: its mark for little endian begins as that of UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class FileError(ValueError):
    """A pattern or a file cannot be used; the message begins with it."""


def matching(pattern: str, root: Path) -> list[str]:
    """Return the files that *pattern* matches, as it names them.

    Names that begin with a dot are matched by patterns that begin with one. Links to folders are
    followed; of a folder that several links lead to, `**` shows one.

    Raises:
        FileError: There is none, or a folder cannot be read.
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
        raise FileError(f"{', '.join(broken)}: a link to nothing")
    files = [name for name in names if (root / name).is_file()]
    if not files:
        hint = f"; it is a folder: {pattern.rstrip('/')}/**/*.yaml" if pattern in names else ""
        raise FileError(f"no file matches {pattern!r} in {root.absolute()}{hint}")
    return files


def _matches(root: Path, folder: str, parts: list[str]) -> Iterator[str]:
    """Yield what *parts* of a pattern match in *folder* of *root*, which ends with a slash."""
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
    """Yield *folder* and those below it, each once though links may lead to it again."""
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
    """Return the text of a file: UTF-8, or what its byte order mark says.

    Raises:
        FileError: It cannot be read, is larger than `LARGEST` bytes, or is no text.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise FileError(f"{name}: {error.strerror}") from None
    if len(data) > LARGEST:
        raise FileError(f"{name}: larger than {LARGEST >> 20} MiB; split it")
    encoding = "utf-8"
    for mark, marked in _MARKS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], marked
            break
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise FileError(f"{name}:{line}: not {encoding.upper()} text") from None
