"""The command line. Imports happen when the command runs, so that `--help` is fast."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from pulumi_eci_cli.options import examples, place_options

INTERRUPTED = 130


@click.command(
    epilog=examples(
        "pulumi-eci probe --region cn-hangzhou --dry-run",
        "pulumi-eci probe --region cn-hangzhou --vswitch-id vsw-1 --security-group-id sg-1 --json",
    )
)
@place_options
@click.option(
    "--image",
    "images",
    multiple=True,
    help="Image for builds; a second image is for a rebuild.",
)
@click.option(
    "--vswitch-id",
    "vswitch_ids",
    multiple=True,
    help="vSwitch for builds; two vSwitches of one VPC allow the experiment with several.",
)
@click.option("--security-group-id", default="", help="Security group for builds.")
@click.option("--dry-run", is_flag=True, help="Only list the experiments and the caches.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def probe(  # noqa: PLR0913 - one argument an option
    *,
    region: str,
    endpoint: str,
    images: tuple[str, ...],
    vswitch_ids: tuple[str, ...],
    security_group_id: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Test undocumented behaviour of the service by experiment.

    Creates a few small image caches at the endpoint, runs an experiment for each switch of the
    local API, deletes the caches, and prints the switches that match. Endpoint, region and
    credentials come from the same settings as the provider's.
    """
    from pulumi_eci.api.errors import EciError  # noqa: PLC0415
    from pulumi_eci.operations.clock import SystemClock  # noqa: PLC0415 - they import the provider
    from pulumi_eci_cli.connection import find_connection  # noqa: PLC0415
    from pulumi_eci_cli.probe import report, session  # noqa: PLC0415

    clock = SystemClock()
    try:
        connection = find_connection(os.environ, region, endpoint)
        interval = session.find_poll_interval(os.environ)
        recipe = session.make_recipe(connection.region, images, vswitch_ids, security_group_id)
        if dry_run:
            plan = report.plan_json if as_json else _lines(report.plan_lines)
            click.echo(plan(connection, recipe))
            return
        if not yes and not session.is_loopback(connection):
            _confirm(connection.endpoint, report.promise(), report.COST)
        with _terminated_as_interrupted():
            outcome = session.probe(connection, recipe, clock, interval, _say)
    except EciError as error:
        raise click.ClickException(str(error)) from None
    show = report.outcome_json if as_json else _lines(report.outcome_lines)
    click.echo(show(outcome))
    if outcome.interrupted:
        sys.exit(INTERRUPTED)
    if outcome.left:
        sys.exit(1)


def _confirm(endpoint: str, promise: str, cost: str) -> None:
    click.echo(f"This creates image caches at {endpoint}. {promise} {cost}", err=True)
    click.confirm("Continue?", abort=True, err=True)


def _lines(describe: Callable[..., Iterator[str]]) -> Callable[..., str]:
    return lambda *arguments: "\n".join(describe(*arguments))


def _say(line: str) -> None:
    click.echo(line, err=True)


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Handle SIGTERM like Ctrl-C, so that caches are also deleted."""

    def interrupt(*_: Any) -> None:  # noqa: ANN401 - a signal's number and frame
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
