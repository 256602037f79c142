"""A `pulumi` for PATH that runs policy packs also with an engine that was built from Go modules.

That engine starts packs where it finds no language host, and programs where it finds one. So a
preview with a pack goes through the Automation API, with the project's program inline, on a PATH
without the language host; every other command is the engine's own.
"""

from __future__ import annotations

import argparse
import os
import runpy
import sys
from pathlib import Path

from pulumi import automation

ENGINE = "ECI_TEST_ENGINE"


def main() -> None:
    """Run the command line."""
    engine = Path(os.environ[ENGINE])
    if "--policy-pack" not in sys.argv:
        found = str(engine / "pulumi")
        os.execv(found, [found, *sys.argv[1:]])  # noqa: S606 - the engine in our place
    options = _options()
    stack = _stack(engine)
    try:
        stack.preview(
            policy_packs=options.policy_pack,
            policy_pack_configs=options.policy_pack_config,
            refresh=options.refresh,
            diff=options.diff,
            expect_no_changes=options.expect_no_changes,
            on_output=print,
        )
    except automation.CommandError:
        sys.exit(255)  # what it says was printed


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulumi")
    parser.add_argument("command", choices=["preview"])
    parser.add_argument("--policy-pack", action="append")
    parser.add_argument("--policy-pack-config", action="append")
    for flag in ("--refresh", "--diff", "--expect-no-changes", "--non-interactive"):
        parser.add_argument(flag, action="store_true")
    return parser.parse_args()


def _stack(engine: Path) -> automation.Stack:
    """Return the selected stack, whose commands do not find the language host, nor this script."""
    workspace = automation.LocalWorkspace(work_dir=".")
    current = workspace.stack()
    if current is None:
        sys.exit("no stack is selected")
    hidden = {str(engine / "language"), str(Path(sys.argv[0]).parent)}
    path = [each for each in os.environ["PATH"].split(os.pathsep) if each not in hidden]
    os.environ["PATH"] = os.pathsep.join([str(engine), *path])
    return automation.select_stack(
        current.name,
        workspace.project_settings().name,
        _program,
        opts=automation.LocalWorkspaceOptions(work_dir="."),
    )


def _program() -> None:
    runpy.run_path("__main__.py")
