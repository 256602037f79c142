"""The command line. Imports happen when the command runs, so that `--help` is fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pulumi_eci_cli.options import examples

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_eci.registry.answer import Answer


@click.command(
    "images",
    epilog=examples(
        "pulumi-eci images 'deploy/**/*.yaml'",
        "pulumi-eci images --image nginx:1.27 --image redis:7 --json",
    ),
)
@click.argument("patterns", nargs=-1, type=click.Path(), metavar="[PATTERN]...")
@click.option("--image", "names", multiple=True, metavar="NAME", help="Another image.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print a JSON list with an object for each image."
)
def images_command(*, patterns: tuple[str, ...], names: tuple[str, ...], as_json: bool) -> None:
    """Show whether images exist in their registries, their platforms and sizes.

    The images are those in the Kubernetes manifests and Compose files that match PATTERN, such as
    'deploy/**/*.yaml'. The command reads registries without a login. The last line shows the
    compressed size of all layers, with shared layers counted once, and the size of a cache for
    all images.
    """
    from pulumi_eci_cli.images import report  # noqa: PLC0415 - it imports the provider

    images = {*names, *(_images_of(patterns) if patterns else ())}
    if not images:
        raise click.UsageError("which images? Give a PATTERN of manifests, or --image")
    answers = _resolve(sorted(images))
    click.echo(report.as_json(answers) if as_json else "\n".join(report.table(answers)))


def _images_of(patterns: tuple[str, ...]) -> Iterable[str]:
    from pulumi_eci.program.manifests import ManifestError, images_in  # noqa: PLC0415

    try:
        return map(str, images_in(*patterns))
    except ManifestError as error:
        raise click.ClickException(str(error)) from None


def _resolve(images: Iterable[str]) -> Mapping[str, Answer]:
    from pulumi_eci.registry.access import Access  # noqa: PLC0415
    from pulumi_eci.registry.lookup import Lookup  # noqa: PLC0415

    return Lookup().resolve(Access(), dict.fromkeys(images, ""))
