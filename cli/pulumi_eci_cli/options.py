"""What commands share: options, examples in `--help`, and messages about progress and retries."""

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
            self.fail(f"{text!r} is not a duration such as 30d, 12h, 45m or 2w", param, ctx)
        parts = re.findall(r"(\d+)(\w)", text)
        span = sum((timedelta(**{_UNITS[unit]: int(n)}) for n, unit in parts), timedelta())
        if span > _LONGEST:
            self.fail(f"{text!r} is longer than 36500 days", param, ctx)
        return span


def place_options(command: Decorated) -> Decorated:
    """Add `--region` and `--endpoint`."""
    command = click.option(
        "--endpoint",
        default="",
        help="URL or host of the API; by default ECI_ENDPOINT, the stack's eci:endpoint, or the "
        "region's public endpoint.",
    )(command)
    return click.option(
        "--region",
        default="",
        help="Region id; by default the stack's eci:region or ALIBABA_CLOUD_REGION_ID.",
    )(command)


def examples(*lines: str) -> str:
    """Return an epilog for `--help` with example command lines."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def once_each(prefix: str) -> Callable[[Exception], None]:
    """Return a function that prints each error once, after *prefix*, to standard error."""
    printed = set[str]()

    def print_once(error: Exception) -> None:
        if str(error) not in printed:
            printed.add(str(error))
            click.echo(f"{prefix}{error}", err=True)

    return print_once


class Progress:
    """A progress line on a terminal. Shows nothing if standard error is not a terminal."""

    def __init__(self, doing: str) -> None:
        """Show *doing*, such as `listing`, before the count."""
        self._doing = doing
        self._width = 0

    def __call__(self, done: int, total: int | None = None) -> None:
        """Show that *done* items are done, of *total* if known."""
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
