"""`python -m tests.soak --minutes 30 --caches 200 --seed 7`: one JSON line a round."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.soak.soak import Plan, soak


def main() -> None:
    """Run a soak and print its log; exit with 1 if cloud and program ever differed."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--caches", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=60.0, help="seconds of a round")
    options = parser.parse_args()
    plan = Plan(60.0 * options.minutes, options.caches, options.seed, options.every)
    diverged = False
    with tempfile.TemporaryDirectory(prefix="pulumi-eci-soak-") as folder:
        for line in soak(plan, Path(folder)):
            diverged = diverged or bool(line["diverged"])
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
    sys.exit(diverged)


if __name__ == "__main__":
    main()
