"""Generate the SDK of the TypeScript example: `python -m tools.sdk [FOLDER]`.

The generator is Pulumi's own, built once from the engine's Go module (a minute or more).
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tools.engine import build, cache
from tools.engine.report import say
from tools.schema import ROOT, SCHEMA

EXAMPLE = ROOT / "examples" / "typescript" / "sdks" / "eci"
_SOURCE = Path(__file__).with_name("main.go")
_UNUSED = ("README.md", ".gitattributes", ".gitignore")


def generator() -> Path:
    """Return the program that generates SDKs, and build it if necessary."""
    source = _SOURCE.read_text()
    digest = hashlib.sha256(source.encode() + build.recipe_of("pulumi")).hexdigest()[:12]
    entry = cache.root() / f"sdk-generator-{cache.key(build.VERSION, digest)}"

    def fill(folder: Path) -> None:
        say("building the generator of SDKs (some minutes, once)")
        target = folder / "generator"
        build.find_go().build("pulumi", ".", target, files={"main.go": source})

    return cache.make(entry, fill) / "generator"


def write(folder: Path) -> None:
    """Write the SDK into *folder*, and remove the folder's earlier contents."""
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([generator(), SCHEMA, folder], check=True)
    for name in _UNUSED:
        (folder / name).unlink(missing_ok=True)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLE)
