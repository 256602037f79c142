"""The command `pulumi-eci`: tools that need no Pulumi program."""

from __future__ import annotations

import os
import sys

import click

from pulumi_eci_cli.completion import completion_command
from pulumi_eci_cli.images.command import images_command
from pulumi_eci_cli.listing.command import list_command
from pulumi_eci_cli.match.command import match_command
from pulumi_eci_cli.options import examples
from pulumi_eci_cli.probe.command import probe

_STATUSES = """

\b
Exit statuses:
  0    success
  1    error, with a message
  2    wrong command line
  3    `match --require`: a workload does not meet the requirement
  130  `probe`: interrupted

Colours are shown on terminals only, and not if NO_COLOR is set.
"""


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "pulumi-eci list --region cn-hangzhou",
        "pulumi-eci match 'deploy/**/*.yaml' --require full",
        "pulumi-eci images --image nginx:1.27",
        "pulumi-eci emulator --port 8642",
    )
    + _STATUSES,
)
@click.version_option(package_name="pulumi-eci", prog_name="pulumi-eci")
@click.pass_context
def main(context: click.Context) -> None:
    """Tools for ECI image caches."""
    if os.environ.get("NO_COLOR"):
        context.color = False


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
        """Serve a local ECI API (not installed: needs the extra `emulator`)."""
        click.echo(
            f"the local ECI API needs {module}: install pulumi-eci with the extra `emulator`",
            err=True,
        )
        sys.exit(1)

    return emulator


main.add_command(completion_command)
main.add_command(_emulator(), "emulator")
main.add_command(images_command)
main.add_command(list_command)
main.add_command(match_command)
main.add_command(probe)
