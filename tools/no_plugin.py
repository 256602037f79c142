"""Tell the engine of an editable installation that `pulumi-eci` has no plugin.

Pulumi takes every package called `pulumi-…` for one with a plugin of that name, and looks for it on
the internet at each `up`, unless the installed package holds `pulumi-plugin.json` with
`"resource": false`. A wheel has the file; an editable installation has only a path.
"""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "provider" / "pulumi_eci" / "pulumi-plugin.json"


def main() -> None:
    """Put the file where the package would be; a folder without `__init__.py` hides no package."""
    folder = Path(sysconfig.get_path("purelib")) / "pulumi_eci"
    folder.mkdir(exist_ok=True)
    shutil.copy(SOURCE, folder)


if __name__ == "__main__":
    main()
