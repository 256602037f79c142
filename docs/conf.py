"""The documentation site. `make docs` builds the site and fails on a warning."""

from __future__ import annotations

import os
import re
import sys
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT))

from tools import site  # noqa: E402 - `tools` is not installed

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "pulumi-eci"
author = "the pulumi-eci authors"
release = installed("pulumi-eci")
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
# The last two pages are for Pulumi's Registry and use its markup.
exclude_patterns = ["_build", "_generated", "_index.md", "installation-configuration.md"]
smartquotes = False  # they would change options and globs
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_title = f"pulumi-eci {release}"
nitpicky = True
nitpick_ignore_regex = [("py:.*", ".*")]  # Python types; links between pages are checked
suppress_warnings = ["myst.header"]  # an included page may begin at another level
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
default_role = "code"

# Pages that include a file from another folder. A link names the file, so that it works in the
# repository, and leads to the page on the site.
SHOWN_AS = {
    "CHANGELOG.md": "changelog.md",
    "DESIGN.md": "how-it-works/design.md",
    "SECURITY.md": "reference/security.md",
    "bench/results.md": "how-it-works/benchmarks.md",
    "policies": "reference/policies.md",
    "examples/adopt": "how-to/adopt.md",
    "examples/ci": "how-to/ci.md",
    "examples/fleet": "how-to/fleet.md",
    "examples/migration": "how-to/migrate.md",
    "examples/nightly": "how-to/nightly.md",
    "examples/private-registry": "how-to/private-registry.md",
    "examples/quickstart": "get-started/quickstart.md",
    "examples/typescript": "how-to/typescript.md",
    "examples/yaml": "how-to/yaml.md",
}
_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#|/)([^)#\s]+)(#[^)\s]*)?(?=\))")


def with_links(text: str, file: Path, page: str) -> str:
    """Return the text of *file*, included in *page*, with links for the site.

    In the repository a link is relative to its own file.
    """
    folder = (DOCS / page).parent

    def link(match: re.Match[str]) -> str:
        target = Path(os.path.normpath(file.parent / match[1]))
        inside = str(target.relative_to(ROOT)) if target.is_relative_to(ROOT) else ""
        shown = SHOWN_AS.get(inside.removesuffix("/README.md"), SHOWN_AS.get(inside))
        target = DOCS / shown if shown else target
        return os.path.relpath(target, folder) + (match[2] or "")

    return _LINK.sub(link, text)


def _source_read(app: Sphinx, page: str, source: list[str]) -> None:
    source[0] = with_links(source[0], Path(app.env.doc2path(page)), page)


def _include_read(app: Sphinx, relative: Path, _parent: str, source: list[str]) -> None:
    file = Path(os.path.normpath(DOCS / relative))
    if file.parent.name != "_generated":
        source[0] = with_links(source[0], file, app.env.docname)


def setup(app: Sphinx) -> None:
    """Write the generated parts, and convert links for the site."""
    site.write(DOCS / "_generated")
    app.connect("source-read", _source_read)
    app.connect("include-read", _include_read)
