"""The command line of the list; what it needs is imported when it runs, to keep `--help` quick."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from datetime import datetime, timezone

import click


@click.command("list")
@click.option("--region", default="", help="Region; by default the stack's or environment's.")
@click.option(
    "--endpoint",
    default="",
    help="URL or host of the API; by default ECI_ENDPOINT or the region's own.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_command(*, region: str, endpoint: str, as_json: bool) -> None:
    """List the image caches of a region, whoever made them.

    With status, age, expiry, time since the last match, size and images. Endpoint, region and
    credentials are found as the provider finds them; in the folder of a project, the configuration
    of its selected stack counts, but for what is encrypted.
    """
    from pulumi_eci.api.errors import EciError  # noqa: PLC0415
    from pulumi_eci.operations.clock import SystemClock  # noqa: PLC0415 - they import the provider
    from pulumi_eci_cli.connection import find_connection  # noqa: PLC0415
    from pulumi_eci_cli.listing import caches, table  # noqa: PLC0415

    try:
        connection = find_connection(os.environ, region, endpoint)
        gateway = caches.ListingGateway(connection)
        listed = caches.list_caches(gateway, SystemClock(), _once_each("trying again: "))
    except EciError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(table.as_json(listed, connection))
    elif listed:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        click.echo("\n".join(table.table(listed, datetime.now(timezone.utc), width)))
    else:
        click.echo(f"no image caches in {connection.region}", err=True)


def _once_each(prefix: str) -> Callable[[Exception], None]:
    """Return what prints an error, but no error twice."""
    told = set[str]()

    def tell(error: Exception) -> None:
        if str(error) not in told:
            told.add(str(error))
            click.echo(f"{prefix}{error}", err=True)

    return tell
