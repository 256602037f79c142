"""What the pages of the documentation tell people to type works, through the real engine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.pages import PAGES, ROOT, Block, blocks
from tests.support.pulumi_stack import PulumiStack

# The commands of these pages are run by tests of their own.
ELSEWHERE = {ROOT / "docs" / "emulator.md": "tests/emulator/test_documentation.py"}
LOCAL_API = "http://127.0.0.1:8642"


def steps(page: Path) -> list[Block]:
    return [b for b in blocks(page) if not b.reason and (b.file or b.language == "sh")]


WITH_STEPS = [
    page
    for page in PAGES
    if page not in ELSEWHERE and not page.match("*.zh-CN.md") and steps(page)  # as in English
]


def script(block: Block, api: str) -> str:
    if block.file:
        return f"cat > {block.file} <<'END_OF_FILE'\n{block.text}END_OF_FILE\n"
    # `set -e` does not notice that a command succeeds which a page shows failing.
    text = re.sub(r"^! (.*)$", r"if \1; then exit 1; fi", block.text, flags=re.MULTILINE)
    return text.replace(LOCAL_API, api)


@pytest.mark.parametrize("stack", ["dynamic"], indirect=True)  # the pages bring their projects
@pytest.mark.parametrize("page", WITH_STEPS, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_step_of_a_page_succeeds(page: Path, stack: PulumiStack) -> None:
    api = stack.api.url
    # A page may make a stack of its own, which counts only where none is named by the environment.
    begin = [f"ECI={api}", f"unset PULUMI_STACK && pulumi stack select {stack.name}"]
    done = stack.shell("\n".join([*begin, *(script(step, api) for step in steps(page))]))
    assert done.ok, done.text
    assert done.tracebacks == []
