"""The command line. Other modules are imported when the command runs, so that `--help` is fast."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import click

from pulumi_eci_cli.options import Duration, Progress, examples, once_each, place_options

if TYPE_CHECKING:
    from pulumi_eci_cli.listing.states import Owner


@click.command(
    "list",
    epilog=examples(
        "pulumi-eci list --region cn-hangzhou",
        "pulumi-eci list --unused-for 30d --json",
        "pulumi-eci list --expiring-in 7d",
        "pulumi stack export | pulumi-eci list --state -",
        "pulumi-eci list --state dev.json prod.json",
    ),
)
@place_options
@click.option(
    "--unused-for",
    type=Duration(),
    metavar="30d",
    help="Only caches that no pod has used for this time, such as 2w, 30d, 12h or 45m.",
)
@click.option(
    "--expiring-in", type=Duration(), metavar="7d", help="Only caches that expire within this time."
)
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE...",
    help="Output of `pulumi stack export`, for one or more stacks. Shows which stack owns which "
    "cache, and caches that are in a state but no longer exist. `-` reads standard input.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.argument(
    "more_states",
    nargs=-1,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    metavar="",
)
def list_command(  # noqa: PLR0913 - one argument for each option
    *,
    region: str,
    endpoint: str,
    unused_for: timedelta | None,
    expiring_in: timedelta | None,
    states: tuple[str, ...],
    more_states: tuple[str, ...],
    as_json: bool,
) -> None:
    """List all image caches of a region.

    Shows status, age, expiry, time since the last match, size and images of each cache, and the
    used part of the quota. Endpoint, region and credentials are found as the provider finds them.
    In the folder of a Pulumi project, the configuration of the selected stack is used, without its
    encrypted values.
    """
    from pulumi_eci.api.errors import EciError  # noqa: PLC0415
    from pulumi_eci.operations.clock import SystemClock  # noqa: PLC0415 - imports the provider
    from pulumi_eci_cli.connection import find_connection  # noqa: PLC0415
    from pulumi_eci_cli.listing import caches, table  # noqa: PLC0415

    if more_states and not states:
        raise click.UsageError(f"{more_states[0]}: give files after --state")
    owned = _owners((*states, *more_states)) if states else None
    now = datetime.now(timezone.utc)
    clock, on_retry, progress = SystemClock(), once_each("trying again: "), Progress("listing")
    quota = None
    try:
        connection = find_connection(os.environ, region, endpoint)
        gateway = caches.ListingGateway(connection)
        listed = caches.list_caches(gateway, clock, on_retry, progress)
    except EciError as error:
        raise click.ClickException(str(error)) from None
    finally:
        progress.clear()
    try:
        quota = caches.read_quota(gateway, clock, on_retry)
    except EciError as error:  # for example, the RAM policy allows only DescribeImageCaches
        click.echo(f"the quota is not known: {error}", err=True)
    shown = table.selected(listed, now, unused_for, expiring_in)
    inventory = table.Inventory(connection, listed, shown, quota, owned)
    if as_json:
        click.echo(table.as_json(inventory))
        return
    if shown or inventory.gone:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        click.echo("\n".join(table.table(inventory, now, width)))
    else:
        which = f": none of {len(listed)} matches the filters" if listed else ""
        click.echo(f"no image caches in {connection.region}{which}", err=True)
    if quota is not None:
        click.echo(table.quota_line(quota, listed), err=True)


def _owners(files: Sequence[str]) -> list[Owner]:
    from pulumi_eci_cli.listing.states import StateError, owners  # noqa: PLC0415

    found: list[Owner] = []
    problems: list[str] = []
    for name in dict.fromkeys(files):
        try:
            with click.open_file(name, encoding="utf-8-sig") as file:
                found += owners(file.read())
        except (StateError, UnicodeDecodeError) as error:  # noqa: PERF203 - all are reported
            why = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
            problems.append(f"{name}: {why}")
        except OSError as error:
            problems.append(f"{name}: {error.strerror}")
    if problems:
        raise click.ClickException("\n".join(problems))
    return list(dict.fromkeys(found))
