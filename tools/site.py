"""Generates parts of the documentation from the field table, docstrings and commands.

`docs/conf.py` writes them into `docs/_generated` at each build of the site.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import json
import re
import textwrap
import urllib.request
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import click

from eci_emulator.faults import Fault
from eci_emulator.server import running
from eci_emulator.settings import Settings
from eci_emulator.switches import MEANING, VALUES
from pulumi_eci.api.codes import CODES, Reaction
from pulumi_eci.model.diagnosis import CAUSES
from pulumi_eci.model.fields import FIELDS, Change, Field, Kind, snake_case
from pulumi_eci.native.settings import OBJECTS, SETTINGS
from pulumi_eci.program import args, fleet_args
from pulumi_eci.program.resource import ImageCache
from pulumi_eci_cli import main as command_line

COSTS = {
    Change.SILENT: "nothing",
    Change.METADATA: "metadata",
    Change.REBUILD: "rebuild",
    Change.REPLACE: "replace",
}
EFFECTS = {
    Change.METADATA: "one call, applied at once: same id, same snapshot",
    Change.REBUILD: "pulls the images again: same id, new snapshot",
    Change.REPLACE: "creates a new cache, then deletes the old one",
    Change.SILENT: "no call",
}
TYPES = {
    Kind.STRING: "string",
    Kind.INTEGER: "integer",
    Kind.BOOLEAN: "boolean",
    Kind.IMAGES: "list of strings",
    Kind.TAGS: "map of strings",
    Kind.CREDENTIALS: "list of [`ImageRegistryCredentialArgs`](#imageregistrycredentialargs)",
    Kind.ACR_INFOS: "list of [`AcrRegistryInfoArgs`](#acrregistryinfoargs)",
    Kind.CONNECTION: "[`ConnectionArgs`](#connectionargs)",
    Kind.JSON: "any JSON value",
    Kind.DIGESTS: "map of strings",
}
REACTIONS = {
    Reaction.RETRY: "repeats the call after a pause",
    Reaction.WAIT: "waits until the cache is Ready or has failed",
    Reaction.NOTHING_TO_DO: "continues: nothing has to change",
    Reaction.GONE: "regards the cache as deleted",
    Reaction.FINAL: "fails",
}
# Parts of an object with another cost, which a row of the field table does not name.
PARTS = {
    ("imageRegistryCredentials", Change.METADATA): "its server and user name",
    ("acrRegistryInfos", Change.REPLACE): "its roles",
    ("connection", Change.REPLACE): "another account or region",
}


def pages() -> dict[str, str]:
    """Return the generated texts, by file name.

    Raises:
        ValueError: The field table and the arguments do not have the same names.
    """
    return {
        "arguments.md": _lines(_arguments()),
        "objects.md": _lines(_objects()),
        "fleet-arguments.md": _lines(_fleet_arguments()),
        "outputs.md": _lines(_outputs()),
        "changes.md": _lines(_changes()),
        "commands.md": _lines(_commands()),
        "builds.md": _lines(_builds()),
        "codes.md": _lines(_codes()),
        "control.md": _lines(_control()),
        "faults.md": _lines(_faults()),
        "settings.md": _lines(settings_tables()),
        "switches.md": _lines(_switches()),
    }


def write(folder: Path) -> None:
    """Write the changed files in *folder*, and remove files that are not generated any more."""
    folder.mkdir(exist_ok=True)
    wanted = pages()
    for file in folder.iterdir():
        if file.name not in wanted:
            file.unlink()
    for name, text in wanted.items():
        file = folder / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


def attribute_docs(owner: type) -> dict[str, str]:
    """Return the docstrings of a class's attributes, each on one line, "" for no docstring.

    Attributes of base classes are not included.
    """
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    found: dict[str, str] = {}
    for node, after in itertools.zip_longest(body, body[1:]):
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)):
            continue
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            found[node.target.id] = " ".join(str(after.value.value).split())
        else:
            found[node.target.id] = ""
    return found


def settings_tables() -> Iterator[str]:
    """Yield the lines of the tables of the plugin's settings, and of those that are objects."""
    yield from _table("setting", "type", "")
    for name, setting in SETTINGS.items():
        kind = setting.type.removesuffix("[]")
        shown = f"`{kind}`" if kind in OBJECTS else kind
        shown = f"list of {shown}" if kind != setting.type else shown
        yield _row(
            f"`eci:{name}`", f"{shown}, secret" if setting.is_secret else shown, setting.description
        )
    for owner, members in OBJECTS.items():
        yield from ("", f"Members of `{owner}`:", "")
        yield from _table("member", "")
        yield from (_row(f"`{name}`", text) for name, text in members.items())


def _arguments() -> Iterator[str]:
    documented = attribute_docs(args.ImageCacheSettings) | attribute_docs(args.ImageCacheArgs)
    rows: dict[str, list[Field]] = {}
    for row in FIELDS:
        if not row.derived:
            rows.setdefault(row.name, []).append(row)
    missing = {snake_case(name) for name in rows} ^ set(documented)
    if missing:
        raise ValueError(f"arguments without a row or a docstring: {', '.join(sorted(missing))}")
    yield from _table("argument", "type", "default", "limits", "a change costs", "")
    for name, many in rows.items():
        first, own = many[0], snake_case(name)
        about = re.sub(r"\s(Metadata|Rebuild|Replace)\.$", "", documented[own])
        yield _row(
            f"`{own}`", TYPES[first.kind], _default(first), _limits(first), _cost(many), about
        )


def _default(row: Field) -> str:
    if row.required:
        return "the stack's" if row.locates else "required"
    if row.default in (None, "", 0) or (row.choices and row.default == ""):
        return "no" if row.default is False else ""
    return f"`{row.default}`"


def _limits(row: Field) -> str:
    if row.choices:
        return " or ".join(f"`{choice}`" for choice in row.choices if choice)
    if row.lowest is not None:
        return f"{row.lowest} to {row.highest}" if row.highest else f"{row.lowest} or more"
    counts = {
        Kind.IMAGES: "1 to 20",
        Kind.TAGS: "up to 20",
        Kind.CREDENTIALS: "up to 10",
    }
    return counts.get(row.kind, "")


def _cost(rows: list[Field]) -> str:
    costs = []
    for row in rows:
        part = PARTS.get((row.name, row.change))
        costs.append(COSTS[row.change] + (f" ({part})" if part else ""))
    return "; ".join(costs)


def _objects() -> Iterator[str]:
    for owner in (args.ImageRegistryCredentialArgs, args.AcrRegistryInfoArgs, args.ConnectionArgs):
        yield from (f"({owner.__name__.lower()})=", f"### `{owner.__name__}`", "")
        yield from (_paragraphs(inspect.getdoc(owner)), "")
        documented = attribute_docs(owner)
        yield from _table("member", "", "")
        for member in fields(owner):
            need = "required" if member.default is MISSING else ""
            yield _row(f"`{member.name}`", need, documented[member.name])
        yield ""


def _fleet_arguments() -> Iterator[str]:
    yield from _table("argument", "")
    for name, text in attribute_docs(fleet_args.ImageCacheFleetArgs).items():
        yield _row(f"`{name}`", text)


def _outputs() -> Iterator[str]:
    documented = attribute_docs(args.ImageCacheSettings) | attribute_docs(args.ImageCacheArgs)
    yield from _table("output", "type", "")
    yield _row("`id`", "`str`", "Id of the cache, `imc-…`.")
    for name, held in vars(ImageCache).items():
        if not isinstance(held, property):
            continue
        text = _paragraphs(inspect.getdoc(held))
        if text.startswith("See `ImageCacheArgs`"):
            about = re.sub(r"\s(Metadata|Rebuild|Replace)\.$", "", documented[name])
            more = text.removeprefix("See `ImageCacheArgs`").strip(";. ")
            text = about + (f" {more.capitalize()}." if more else "")
        # A getter is wrapped twice; the innermost function has the annotation.
        returned = str(inspect.unwrap(_function(held)).__annotations__.get("return", ""))
        yield _row(f"`{name}`", f"`{_inner(returned)}`", " ".join(text.split()))


def _function(held: property) -> Any:  # noqa: ANN401 - what pulumi.getter makes
    return held.fget


def _inner(annotation: str) -> str:
    return annotation.removeprefix("pulumi.Output[").removesuffix("]")


def _changes() -> Iterator[str]:
    by_change: dict[Change, list[str]] = {}
    for row in FIELDS:
        if not row.derived:
            part = PARTS.get((row.name, row.change))
            name = f"`{snake_case(row.name)}`" + (f" ({part})" if part else "")
            by_change.setdefault(row.change, []).append(name)
    by_change[Change.SILENT] = [
        "a registry password",
        *(name for name in by_change[Change.SILENT] if name != "`connection`"),
        "`connection` otherwise",
    ]
    yield from _table("change", "properties", "effect")
    for change, effect in EFFECTS.items():
        yield _row(COSTS[change], ", ".join(by_change[change]), effect)


def _commands() -> Iterator[str]:
    for name, command in sorted(command_line.commands.items()):
        context = click.Context(command, info_name=f"pulumi-eci {name}")
        yield from (
            f"## `pulumi-eci {name}`",
            "",
            _paragraphs(inspect.cleandoc(command.help or "")),
        )
        usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
        yield from ("", "```text", usage, "```", "")
        yield from _table("option", "default", "")
        for option in command.get_params(context):
            if isinstance(option, click.Option):
                yield _row(*_option(option, context))
        yield from ("", *_examples(command))


def _examples(command: click.Command) -> Iterator[str]:
    _, begin, rest = inspect.cleandoc(command.epilog or "").partition("Examples:\n")
    if begin:
        shown, _, _ = rest.partition("\n\n")
        yield from ("```text", textwrap.dedent(shown), "```", "")


def _option(option: click.Option, context: click.Context) -> tuple[str, str, str]:
    spelled = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    if not option.is_flag:
        spelled += f" `{option.make_metavar(context)}`"
    default = option.get_default(context, call=False)
    if option.is_flag:
        shown = f"`{option.opts[0]}`" if default is True else ""
    elif isinstance(default, list | tuple):
        shown = ", ".join(f"`{'='.join(map(str, each))}`" for each in default)
    else:
        # click's value for "no default" has none of these types.
        shown = f"`{default}`" if isinstance(default, str | int | float) and default != "" else ""
    return spelled, shown, option.help or ""


def _codes() -> Iterator[str]:
    yield from _table("code", "the provider", "what to do")
    for code, row in CODES.items():
        yield _row(f"`{code}`", REACTIONS[row.reaction], row.advice)


def _builds() -> Iterator[str]:
    yield from _table("words (a regular expression)", "what to do")
    for pattern, advice in CAUSES.items():
        yield _row(f"`{pattern}`", advice)


def _control() -> Iterator[str]:
    # Like a user's request, but without a proxy.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with running(Settings()) as api, opener.open(f"{api.url}/_emulator/") as answer:
        requests = json.load(answer)
    yield from _table("request", "")
    for each in requests:
        yield _row(f"`{each['method']} /_emulator{each['path']}`", each["does"])


def _faults() -> Iterator[str]:
    documented = _google_attributes(Fault)
    yield from _table("field", "default", "")
    for field in fields(Fault):
        given = field.default is not MISSING
        default = f"`{json.dumps(field.default)}`" if given else ""
        yield _row(f"`{field.name}`", default, documented[field.name])


def _google_attributes(owner: type) -> dict[str, str]:
    _, _, section = (inspect.getdoc(owner) or "").partition("Attributes:\n")
    entries = re.findall(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", section, flags=re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in entries}


def _switches() -> Iterator[str]:
    yield from _table("switch", "values, the default first", "")
    for name, values in VALUES.items():
        yield _row(f"`{name}`", ", ".join(f"`{value}`" for value in values), MEANING[name][1])


def _table(*heads: str) -> Iterator[str]:
    yield _row(*heads)
    yield "|" + "---|" * len(heads)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _paragraphs(text: str | None) -> str:
    return re.sub(r"(?<!\n)\n(?!\n)", " ", (text or "").strip())


def _lines(lines: Iterator[str]) -> str:
    return "\n".join([*lines, ""])
