"""Print, as the last line of standard output, a folder with a Pulumi engine to put on PATH."""

from __future__ import annotations

import argparse
import os
import sys

from tools.engine import build, cache, download, found
from tools.engine.choose import AUTO, VARIABLE, NoEngine, Source, choose
from tools.engine.report import say

# `path` keeps nothing, yet looking at PATH needs no network: it is its own earlier result.
SOURCES = (
    Source("path", obtain=found.on_path, ready=found.on_path),
    Source("download", obtain=download.fetch, ready=download.cached),
    Source("build", obtain=build.build, ready=build.cached),
)

HELP = f"""
environment:
  {VARIABLE}   the only way to use, instead of trying all in this order ({AUTO}):
                      path      a pulumi on PATH, {".".join(map(str, found.MINIMUM))} or newer
                      download  the installer of the Pulumi SDK
                      build     pulumi {build.VERSION} from its Go modules
  XDG_CACHE_HOME      where engines are kept, below pulumi-eci/engine (default ~/.cache)

If the printed folder has a subfolder `language`, programs run by the CLI need that on PATH too,
after the virtual environment's bin and best before the folder; policy packs need it left out.
"""


def main() -> int:
    """Run the command line."""
    argparse.ArgumentParser(
        prog="python -m tools.engine",
        description=__doc__,
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    try:
        folder = choose(SOURCES, os.environ.get(VARIABLE) or AUTO)
    except NoEngine as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say(f"stopped; {cache.root()} is as it was")
        return 130
    print(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
