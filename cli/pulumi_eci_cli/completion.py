"""`pulumi-eci completion`: shell completion of commands, options and files."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from pulumi_eci_cli.options import examples

_NAME = "pulumi-eci"
_VARIABLE = "_PULUMI_ECI_COMPLETE"
"""The environment variable that click reads for a completion."""


@click.command(
    "completion",
    epilog=examples(
        "pulumi-eci completion bash >> ~/.bashrc",
        "pulumi-eci completion zsh >> ~/.zshrc",
        "pulumi-eci completion fish > ~/.config/fish/completions/pulumi-eci.fish",
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion_command(context: click.Context, *, shell: str) -> None:
    """Print a script that completes commands, options and files in a shell."""
    completion = get_completion_class(shell)
    if completion is None:  # pragma: no cover - click has all three
        raise click.ClickException(f"click completes nothing in {shell}")
    click.echo(completion(context.find_root().command, {}, _NAME, _VARIABLE).source())
