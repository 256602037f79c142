"""Write the tables of `policies/README.md`, from the policies: `make policies`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from eci_policies.pack import ABOUT, RULES, STACK_RULES
from eci_policies.rule import About, Rule

README = Path(__file__).parents[1] / "policies" / "README.md"
BEGIN, END = "<!-- generated: make policies -->", "<!-- end of generated -->"


def with_tables(readme: str) -> str:
    """Return *readme* with current tables.

    Raises:
        ValueError: *readme* has no place for the tables.
    """
    head, begin, rest = readme.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the README has no place for tables: {BEGIN} and {END} are missing")
    return "\n".join([head + BEGIN, "", *_tables(), "", END + tail])


def _tables() -> Iterator[str]:
    yield from ("| policy | level, severity | what it checks |", "|---|---|---|")
    for rule in RULES:
        yield _row(rule.about, *_notes(rule))
    for stack_rule in STACK_RULES:
        yield _row(stack_rule.about, "A policy of the stack.")
    yield from ("", "### Settings", "")
    yield from ("| policy | setting | default | |", "|---|---|---|---|")
    for about in ABOUT:
        yield from _settings(about)
    yield from ("", "### What to do", "")
    for about in ABOUT:
        yield f"- **{about.title}** (`{about.id}`): {about.fix} [More]({about.url})"


def _row(about: About, *notes: str) -> str:
    what = " ".join([about.description, *notes])
    return f"| `{about.id}` | {about.level.value}, {about.severity.value} | {what} |"


def _notes(rule: Rule) -> Iterator[str]:
    if rule.remedy is not None:
        yield "Can remediate."
    if rule.only_where:
        yield f"pulumi-alicloud's cache has no `{rule.only_where}`."


def _settings(about: About) -> Iterator[str]:
    for setting in about.settings:
        default = json.dumps(setting.default).replace("|", "\\|")
        yield f"| `{about.id}` | `{setting.name}` | `{default}` | {setting.description} |"


def main() -> None:
    """Write the README."""
    README.write_text(with_tables(README.read_text()))


if __name__ == "__main__":
    main()
