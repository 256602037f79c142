"""Common features of all commands: help, completion, colours, and the form of the JSON output."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Any

import click
import pytest
from click.testing import CliRunner

from pulumi_eci.registry.answer import Answer
from pulumi_eci_cli import main
from pulumi_eci_cli.images import report
from tests.support.schemas import SCHEMAS, checked

COMMANDS = {"": main, **main.commands}


def runs(command: click.Command) -> Iterator[list[str]]:
    """Yield the calls of `pulumi-eci` that `--help` shows, each as a list of words."""
    for line in (command.epilog or "").splitlines():
        words = shlex.split(line, comments=True)
        while "pulumi-eci" in words:
            words = words[words.index("pulumi-eci") + 1 :]
            ends = [at for at, word in enumerate(words) if word in {"|", "&&", ">", ">>"}]
            yield words[: min(ends, default=None)]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_examples_that_can_be_typed(name: str) -> None:
    found = list(runs(COMMANDS[name]))
    assert found
    for word, *arguments in found:
        assert word == name or not name
        main.commands[word].make_context(word, arguments, resilient_parsing=True)
    shown = CliRunner().invoke(main, [*name.split(), "--help"])
    assert (shown.exit_code, "Examples:" in shown.output) == (0, True)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes(shell: str) -> None:
    printed = CliRunner().invoke(main, ["completion", shell])
    assert (printed.exit_code, "_PULUMI_ECI_COMPLETE" in printed.output) == (0, True)
    words = {
        "COMP_WORDS": "pulumi-eci match --req",
        "COMP_CWORD": "--req" if shell == "fish" else "2",
    }
    env = {"_PULUMI_ECI_COMPLETE": f"{shell}_complete", **words}
    asked = CliRunner().invoke(main, prog_name="pulumi-eci", env=env)
    assert "--require" in asked.output


@pytest.mark.parametrize(("setting", "coloured"), [("", True), ("1", False)])
def test_no_color_is_respected(setting: str, coloured: bool) -> None:
    @click.command()
    def paint() -> None:
        click.secho("x", fg="red")

    group = click.Group("pulumi-eci", callback=main.callback, commands={"paint": paint})
    shown = CliRunner().invoke(group, ["paint"], color=True, env={"NO_COLOR": setting})
    assert ("\x1b" in shown.output) == coloured


def test_the_output_of_images_has_the_documented_form() -> None:
    assert checked("images", report.as_json({"a:1": Answer(), "b:1": Answer(digest="sha256:1")}))


def objects(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield all schemas of objects with properties in *schema*."""
    if "properties" in schema:
        yield schema
    for child in schema.values():
        for each in child if isinstance(child, list) else [child]:
            if isinstance(each, dict):
                yield from objects(each)


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
def test_schemas_name_every_property(path: Any) -> None:  # noqa: ANN401 - a Path
    for each in objects(json.loads(path.read_text())):
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])
