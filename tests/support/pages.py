"""The blocks of code in the documents, and what the tests do with each.

A comment before a block describes the block: `<!-- file: NAME -->` for a file of the page's
project, or `<!-- not run: REASON -->`.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Pages for Pulumi's Registry, which `make schema` writes. Their programs are those of the examples.
FOR_THE_REGISTRY = ("_index.md", "installation-configuration.md")
PAGES = sorted(
    [
        *(
            page
            for page in (ROOT / "docs").rglob("*.md")
            if page.parent.name != "_generated" and page.name not in FOR_THE_REGISTRY
        ),
        *ROOT.glob("README*.md"),
        *(ROOT / name for name in ("SECURITY.md", "DESIGN.md", "policies/README.md")),
    ]
)
_BLOCK = re.compile(
    r"^(?:[ ]*<!-- (?P<mark>file|not run): (?P<what>.+?) -->\n)?"
    r"^(?P<indent>[ ]*)```(?P<language>\S*)[^\n]*\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A block of code of a page."""

    page: Path
    line: int
    language: str
    text: str
    file: str
    """The file that it is to be saved as, or ""."""
    reason: str
    """Why it is not run, or ""."""

    def __str__(self) -> str:
        """Return the place of the block."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            page,
            text.count("\n", 0, match.start("language")) + 1,
            match["language"],
            textwrap.dedent(match["text"]),
            file=match["what"] if match["mark"] == "file" else "",
            reason=match["what"] if match["mark"] == "not run" else "",
        )
        for match in _BLOCK.finditer(text)
    ]
