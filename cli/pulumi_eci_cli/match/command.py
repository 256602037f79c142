"""The command line. Imports happen when the command runs, so that `--help` is fast."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import click

from pulumi_eci_cli.options import Progress, examples, once_each, place_options

if TYPE_CHECKING:
    from pulumi_eci.program.manifests.workloads import Workload
    from pulumi_eci_cli.match.decide import Grade

UNMET = 3
_COLOURS = {"full": "green", "partial": "yellow", "none": "red"}


@click.command(
    "match",
    epilog=examples(
        "pulumi-eci match 'deploy/**/*.yaml'",
        "pulumi-eci match 'deploy/**/*.yaml' --region cn-beijing --json",
        "pulumi-eci match 'deploy/**/*.yaml' --require full   # in CI",
        "kustomize build prod > /tmp/prod.yaml && pulumi-eci match /tmp/prod.yaml",
    ),
)
@click.argument("patterns", nargs=-1, required=True, type=click.Path(), metavar="PATTERN...")
@place_options
@click.option(
    "--require",
    type=click.Choice(["full", "partial"]),
    help=f"End with {UNMET} if a workload starts from a cache with less.",
)
@click.option(
    "--ask-service",
    is_flag=True,
    help="Also call the service (once for each set of images), and show where its matches differ.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def match_command(  # noqa: PLR0913 - one argument an option
    *,
    patterns: tuple[str, ...],
    region: str,
    endpoint: str,
    require: Grade | None,
    ask_service: bool,
    as_json: bool,
) -> None:
    """Show the cache from which the pods of each workload start, and reasons for missing images.

    The workloads are those in the Kubernetes manifests and Compose files that match PATTERN. The
    service selects the cache with the largest share of a pod's images, then the largest, then the
    newest. A pod with a pin annotation starts from the pinned cache.
    """
    from pulumi_eci.api.errors import EciError  # noqa: PLC0415
    from pulumi_eci.operations.clock import SystemClock  # noqa: PLC0415 - they import the provider
    from pulumi_eci_cli.connection import find_connection  # noqa: PLC0415
    from pulumi_eci_cli.listing.caches import ListingGateway, list_caches  # noqa: PLC0415
    from pulumi_eci_cli.match import decide, report, service  # noqa: PLC0415

    workloads = _workloads(patterns)
    clock, on_retry, progress = SystemClock(), once_each("trying again: "), Progress("listing")
    try:
        connection = find_connection(os.environ, region, endpoint)
        gateway = ListingGateway(connection)
        listed = list_caches(gateway, clock, on_retry, progress)
        caches = decide.Caches(listed, datetime.now(timezone.utc))
        matches = [decide.decide(each, caches) for each in workloads]
        if ask_service:
            progress.clear()
            progress = Progress("asking the service")
            matches = service.ask(
                matches,
                caches,
                lambda wanted: list_caches(gateway, clock, on_retry, parameters=wanted),
                progress,
            )
    except EciError as error:
        raise click.ClickException(str(error)) from None
    finally:
        progress.clear()
    if as_json:
        click.echo(report.as_json(matches, connection, require))
    else:
        paint = report.table(matches, lambda grade, text: click.style(text, fg=_COLOURS[grade]))
        click.echo("\n".join(paint))
    unmet = [each for each in matches if require is not None and not each.meets(require)]
    if unmet:
        count = f"{len(unmet)} of {len(matches)} workloads"
        click.echo(f"--require {require}: {count} do not meet this", err=True)
        sys.exit(UNMET)


def _workloads(patterns: tuple[str, ...]) -> list[Workload]:
    from pulumi_eci.program.manifests import ManifestError, workloads_in  # noqa: PLC0415

    try:
        found = workloads_in(*patterns)
    except ManifestError as error:
        raise click.ClickException(str(error)) from None
    if not found:
        raise click.ClickException(f"no workload in the files that match {', '.join(patterns)}")
    return found
