"""The commands in the documentation work with the real engine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.pages import PAGES, ROOT, Block, blocks
from tests.support.pulumi_stack import PulumiStack

# Other tests run the commands of these pages.
ELSEWHERE = {ROOT / "docs" / "emulator.md": "tests/emulator/test_documentation.py"}
LOCAL_API = "http://127.0.0.1:8642"


def steps(page: Path) -> list[Block]:
    return [b for b in blocks(page) if not b.reason and (b.file or b.language == "sh")]


WITH_STEPS = [
    page
    for page in PAGES
    # the English page has the same steps
    if page not in ELSEWHERE and not page.match("*.zh-CN.md") and steps(page)
]


def script(block: Block, api: str) -> str:
    if block.file:
        return f"cat > {block.file} <<'END_OF_FILE'\n{block.text}END_OF_FILE\n"
    # `set -e` ignores the result of `! COMMAND`, so an `if` checks that the command fails.
    text = re.sub(r"^! (.*)$", r"if \1; then exit 1; fi", block.text, flags=re.MULTILINE)
    return text.replace(LOCAL_API, api)


# the pages contain their own projects
@pytest.mark.parametrize("stack", ["dynamic"], indirect=True)
@pytest.mark.parametrize("page", WITH_STEPS, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_step_of_a_page_succeeds(page: Path, stack: PulumiStack) -> None:
    api = stack.api.url
    # A page may create its own stack, which the engine ignores if PULUMI_STACK is set.
    begin = [f"ECI={api}", f"unset PULUMI_STACK && pulumi stack select {stack.name}"]
    done = stack.shell("\n".join([*begin, *(script(step, api) for step in steps(page))]))
    assert done.ok, done.text
    assert done.tracebacks == []
