"""The command `pulumi-eci`: what comes with the provider and is no Pulumi program."""

from __future__ import annotations

import sys

import click

from pulumi_eci_cli.images.command import images_command
from pulumi_eci_cli.listing.command import list_command
from pulumi_eci_cli.match.command import match_command
from pulumi_eci_cli.probe.command import probe


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pulumi-eci", prog_name="pulumi-eci")
def main() -> None:
    """Tools around pulumi-eci: ECI image caches as code."""


def _emulator() -> click.Command:
    try:
        from eci_emulator.command import emulator  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as missing:
        if missing.name not in {"starlette", "uvicorn"}:
            raise
        return _not_installed(missing.name)
    return emulator


def _not_installed(module: str | None) -> click.Command:
    @click.command("emulator", context_settings={"ignore_unknown_options": True})
    @click.argument("_args", nargs=-1)
    def emulator(_args: tuple[str, ...]) -> None:
        """Serve a local ECI API (not installed: it is the extra `emulator`)."""
        click.echo(
            f"the local ECI API needs {module}: install pulumi-eci with the extra `emulator`",
            err=True,
        )
        sys.exit(1)

    return emulator


main.add_command(_emulator(), "emulator")
main.add_command(images_command)
main.add_command(list_command)
main.add_command(match_command)
main.add_command(probe)
