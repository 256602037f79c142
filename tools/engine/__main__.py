"""Print the folder of a Pulumi engine, for PATH, as the last line of standard output."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tools.engine import build, cache, download, found, languages
from tools.engine.choose import AUTO, VARIABLE, NoEngine, Source, choose
from tools.engine.report import Unavailable, say


def on_path() -> Path:
    """Return the folder of the engine on PATH, unless another version of this project built it."""
    folder = found.on_path()
    if folder.parent == cache.root() and folder != build.entry():
        raise Unavailable(f"{folder} was built by another version of this project")
    return folder


# Looking at PATH needs no network, so `path` is always ready.
SOURCES = (
    Source(
        "path",
        obtain=on_path,
        ready=on_path,
        describe=lambda folder: f"{folder} ({found.ask_version(folder / 'pulumi')})",
    ),
    Source("download", obtain=download.fetch, ready=download.cached),
    Source("build", obtain=build.build, ready=build.cached),
)

HELP = f"""
environment:
  {VARIABLE}   use only this source; by default ({AUTO}) try all in this order:
                      path      a pulumi on PATH, {".".join(map(str, found.MINIMUM))} or newer
                      download  the installer of the Pulumi SDK
                      build     pulumi {build.VERSION} from its Go modules
  XDG_CACHE_HOME      folder for engines, in pulumi-eci/engine (default ~/.cache)

If the printed folder has a subfolder `language`, put the subfolder on PATH: it has the engine and
the language hosts. The folder itself has no language host.
"""


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.engine",
        description=__doc__,
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--export", action="store_true", help="also print the command for PATH")
    parser.add_argument(
        "--languages",
        default="",
        help="language hosts to add to Python's, as in 'yaml nodejs'",
    )
    options = parser.parse_args()
    try:
        folder = choose(SOURCES, os.environ.get(VARIABLE) or AUTO)
        languages.add(folder, options.languages.replace(",", " ").split())
    except NoEngine as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say(f"stopped; {cache.root()} is unchanged")
        return 130
    if options.export:
        # The virtual environment comes first: a built language host uses the Python on PATH.
        commands = folder / "language" if (folder / "language").is_dir() else folder
        say(f'in a shell: export PATH="{Path(sys.executable).parent}:{commands}:$PATH"')
    print(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
