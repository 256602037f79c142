"""The command line of the list; what it needs is imported when it runs, to keep `--help` quick."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import datetime, timezone

import click


@click.command("list")
@click.option("--region", default="", help="Region; by default as the environment says.")
@click.option(
    "--endpoint",
    default="",
    help="URL or host of the API; by default ECI_ENDPOINT or the region's own.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_command(*, region: str, endpoint: str, as_json: bool) -> None:
    """List the image caches of a region, whoever made them.

    With status, age, expiry, time since the last match, size and images. Endpoint, region and
    credentials are found as the provider finds them, but for the configuration of a stack.
    """
    from pulumi_eci.api.errors import EciError  # noqa: PLC0415
    from pulumi_eci.operations.clock import SystemClock  # noqa: PLC0415 - they import the provider
    from pulumi_eci_cli.connection import find_connection  # noqa: PLC0415
    from pulumi_eci_cli.listing import caches, table  # noqa: PLC0415

    try:
        connection = find_connection(os.environ, region, endpoint)
        listed = caches.list_caches(caches.ListingGateway(connection), SystemClock())
    except EciError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(table.as_json(listed, connection))
    elif listed:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        click.echo("\n".join(table.table(listed, datetime.now(timezone.utc), width)))
    else:
        click.echo(f"no image caches in {connection.region}", err=True)
