"""The command line: `pulumi-eci emulator`, or `python -m eci_emulator`."""

from __future__ import annotations

import logging
import math
import sqlite3
import sys
from pathlib import Path
from typing import Any

import click

from eci_emulator.control import LARGEST_NUMBER, parse_json
from eci_emulator.faults import parse_faults
from eci_emulator.server import serve
from eci_emulator.settings import DEFAULT_ACCESS_KEYS, Settings
from eci_emulator.switches import MEANING, VALUES, Switches


class Number(click.FloatRange):
    """A number within a range. `nan` is in no range."""

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click calls it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        """Read a number."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a number", param, ctx)
        return number


class Pair(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.4 on alone
    """An option value of the form NAME=VALUE."""

    name = "name=value"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Split a value at its first equals sign."""
        if isinstance(value, tuple):  # a default is already split
            return value
        name, equals, rest = str(value).partition("=")
        if not equals or not name:
            self.fail(f"{value!r} is not of the form NAME=VALUE", param, ctx)
        return name, rest


_EXAMPLES = """\b
Examples:
  pulumi-eci emulator --port 8642 --build-seconds 2
  pulumi-eci emulator --data caches.db --switch image_names=canonical

"""


def _switches_help() -> str:
    lines = [f"  {name} = {' | '.join(VALUES[name])}\n      {MEANING[name][1]}" for name in VALUES]
    return "\b\nSwitches (the first value is the default):\n" + "\n".join(lines)


@click.command(
    context_settings={"auto_envvar_prefix": "ECI_EMULATOR", "show_default": True},
    epilog=_EXAMPLES + _switches_help(),
)
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Port; 0 for a free one.")
@click.option(
    "--data",
    type=click.Path(dir_okay=False, path_type=Path),
    help="SQLite file for the state; by default in memory.",
)
@click.option(
    "--build-seconds",
    default=5.0,
    type=Number(min=0),
    help="How long it takes to build an image cache.",
)
@click.option(
    "--delete-seconds",
    default=1.0,
    type=Number(min=0),
    help="How long a deleted image cache stays listed under delete_removal=asynchronous.",
)
@click.option(
    "--clock-scale",
    default=1.0,
    type=Number(min=0, min_open=True, max=LARGEST_NUMBER),
    help="Speed of the clock, in seconds per second.",
)
@click.option("--manual-clock", is_flag=True, help="The clock moves only by the control API.")
@click.option(
    "--access-key",
    "access_keys",
    envvar="ECI_EMULATOR_ACCESS_KEY",
    multiple=True,
    type=Pair(),
    default=tuple(DEFAULT_ACCESS_KEYS.items()),
    show_default="testid=testsecret",
    help="Access key as ID=SECRET; repeatable.",
)
@click.option(
    "--security-token",
    "security_tokens",
    envvar="ECI_EMULATOR_SECURITY_TOKEN",
    multiple=True,
    type=Pair(),
    help="STS token that an access key needs, as ID=TOKEN; repeatable.",
)
@click.option(
    "--verify-signatures/--no-verify-signatures",
    default=True,
    help="Refuse requests without a valid signature.",
)
@click.option(
    "--region",
    "regions",
    envvar="ECI_EMULATOR_REGION",
    multiple=True,
    help="A region that exists; by default all.",
)
@click.option(
    "--default-limit",
    default=20,
    type=click.IntRange(min=1),
    help="Page size when a request names none.",
)
@click.option("--max-limit", default=100, type=click.IntRange(min=1), help="Largest page size.")
@click.option("--quota", default=500, type=click.IntRange(min=0), help="Image caches per region.")
@click.option(
    "--failing-image",
    "failing_images",
    envvar="ECI_EMULATOR_FAILING_IMAGE",
    multiple=True,
    help="Pattern of images whose pull fails; repeatable.",
)
@click.option(
    "--pull-error",
    "pull_errors",
    envvar="ECI_EMULATOR_PULL_ERROR",
    multiple=True,
    type=Pair(),
    help="Like --failing-image with a reason, as PATTERN=REASON; repeatable.",
)
@click.option(
    "--image-size",
    "image_sizes",
    envvar="ECI_EMULATOR_IMAGE_SIZE",
    multiple=True,
    type=Pair(),
    help="Size of images in GiB, as PATTERN=SIZE; invented otherwise; repeatable.",
)
@click.option(
    "--journal-size",
    default=1000,
    type=click.IntRange(min=0),
    help="How many requests the journal keeps.",
)
@click.option(
    "--switch",
    "switches",
    envvar="ECI_EMULATOR_SWITCH",
    multiple=True,
    type=Pair(),
    help="NAME=VALUE, see below; repeatable.",
)
@click.option(
    "--faults",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON file with a list of faults, as the control API takes them.",
)
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write the base URL to, once connections are accepted.",
)
@click.option("--verbose", is_flag=True, help="Log every request to standard error.")
def emulator(**options: Any) -> None:  # noqa: ANN401 - click's options
    """Serve the local ECI API; the first line printed is its base URL.

    Every option has an environment variable: ECI_EMULATOR_PORT for --port, and so on. Several
    values of a repeatable option are separated by spaces there.
    """
    ready_file: Path | None = options.pop("ready_file")
    _log_to_stderr(verbose=options.pop("verbose"))
    settings = _settings(options)

    draft = _start_ready_file(ready_file) if ready_file is not None else None

    def ready(url: str) -> None:
        click.echo(url)
        sys.stdout.flush()
        if ready_file is not None and draft is not None:
            draft.write_text(f"{url}\n", encoding="utf-8")
            draft.replace(ready_file)

    try:
        serve(settings, ready)
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}"
        ) from None
    except sqlite3.Error as error:
        raise click.ClickException(
            f"cannot use the data file {settings.data}: {error}{_advice(error)}"
        ) from None


def _start_ready_file(ready_file: Path) -> Path:
    """Remove what an earlier run left, and return the draft that becomes the whole file."""
    draft = ready_file.with_name(f"{ready_file.name}.draft")
    try:
        ready_file.unlink(missing_ok=True)
        draft.touch()
        draft.unlink()  # it was to show early that it can be written
    except OSError as error:
        raise click.BadParameter(
            f"cannot write {ready_file}: {error.strerror}", param_hint="--ready-file"
        ) from None
    return draft


def _advice(error: sqlite3.Error) -> str:
    return " (another local ECI API uses it)" if "locked" in str(error) else ""


def _settings(options: dict[str, Any]) -> Settings:
    try:
        switches = Switches().with_values(dict(options["switches"]))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--switch") from None
    changes = {
        "access_keys": dict(options["access_keys"]),
        "security_tokens": dict(options["security_tokens"]),
        "failing_images": (*options["failing_images"], *dict(options["pull_errors"])),
        "pull_errors": dict(options["pull_errors"]),
        "image_sizes": _image_sizes(options["image_sizes"]),
        "regions": options["regions"] or None,
        "switches": switches,
        "faults": _read_faults(options["faults"]),
    }
    return Settings(**(options | changes))


def _image_sizes(pairs: tuple[tuple[str, str], ...]) -> dict[str, float]:
    size_of = Number(min=0)
    try:
        return {pattern: size_of.convert(size, None, None) for pattern, size in pairs}
    except click.BadParameter:
        raise click.BadParameter("a size is a number of GiB", param_hint="--image-size") from None


def _read_faults(path: Path | None) -> tuple[dict[str, Any], ...]:
    if path is None:
        return ()
    try:
        return parse_faults(parse_json(path.read_bytes()))
    except ValueError as error:
        raise click.BadParameter(f"{path}: {error}", param_hint="--faults") from None


def _log_to_stderr(*, verbose: bool) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    for name in ("eci_emulator", "uvicorn"):
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO if verbose and name == "eci_emulator" else logging.WARNING)
