"""Shared by commands: options, examples in the help, progress, and messages about retries."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import click

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
_DURATION = re.compile(r"(?:\d{1,6}[wdhm]){1,4}", re.ASCII)
_LONGEST = timedelta(days=36_500)

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class Duration(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.4 on alone
    """A duration such as `30d`, `12h` or `1d12h`."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read a duration."""
        if isinstance(value, timedelta):
            return value
        text = str(value)
        if not _DURATION.fullmatch(text):
            self.fail(f"{text!r} is no duration such as 30d, 12h, 45m or 2w", param, ctx)
        parts = re.findall(r"(\d+)(\w)", text)
        span = sum((timedelta(**{_UNITS[unit]: int(n)}) for n, unit in parts), timedelta())
        if span > _LONGEST:
            self.fail(f"{text!r} is longer than a hundred years", param, ctx)
        return span


def place_options(command: Decorated) -> Decorated:
    """Add `--region` and `--endpoint`."""
    command = click.option(
        "--endpoint",
        default="",
        help="URL or host of the API; by default ECI_ENDPOINT or the region's own.",
    )(command)
    return click.option(
        "--region", default="", help="Region; by default the stack's or environment's."
    )(command)


def examples(*lines: str) -> str:
    """Return an epilog for `--help` with examples."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def once_each(prefix: str) -> Callable[[Exception], None]:
    """Return a function that prints each error once."""
    told = set[str]()

    def report(error: Exception) -> None:
        if str(error) not in told:
            told.add(str(error))
            click.echo(f"{prefix}{error}", err=True)

    return report


class Progress:
    """A line with a count on a terminal; nothing if standard error is not a terminal."""

    def __init__(self, doing: str) -> None:
        """Create a line that begins with *doing*, such as `listing`."""
        self._doing = doing
        self._width = 0

    def __call__(self, done: int, total: int | None = None) -> None:
        """Show the number of *done* items, and the total if known."""
        if sys.stderr.isatty():
            of = f" of {total}" if total is not None and total > done else ""
            self._show(f"{self._doing}: {done}{of} …")

    def clear(self) -> None:
        """Remove the line."""
        if self._width:
            self._show("")

    def _show(self, line: str) -> None:
        click.echo(f"\r{line.ljust(self._width)}" + ("" if line else "\r"), nl=False, err=True)
        self._width = len(line)
