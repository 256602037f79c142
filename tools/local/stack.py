"""Run Pulumi on the stack of the local run."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.local.settings import REGION, STACK, Failure, Places, pulumi_environment

if TYPE_CHECKING:
    from collections.abc import Sequence


# No prompt, no separate preview, no dots without a terminal.
_APPLY = ("--yes", "--skip-preview", "--suppress-progress", "--stack", STACK)


@dataclass(frozen=True)
class Stack:
    """The stack `local`. State, login and configuration are in the checkout.

    Args:
        places: The files of the local run.
        engine: The folder of the engine.
        project: The folder of the Pulumi project.
        endpoint: The address of the local API.
    """

    places: Places
    engine: Path
    project: Path
    endpoint: str

    def up(self) -> None:
        """Run `pulumi up`, and print the outputs."""
        self.select()
        self._run(["up", *_APPLY, f"--config=eci:region={REGION}"])

    def destroy(self) -> None:
        """Destroy the stack's resources, and remove the stack."""
        self._run(["destroy", "--remove", *_APPLY])

    def select(self) -> None:
        """Create the stack if necessary, and select it, so that commands need not name it."""
        for folder in (self.places.state, self.places.home):
            folder.mkdir(parents=True, exist_ok=True)
        self._run(["stack", "select", "--create", STACK], quiet=True)

    def shell(self) -> int:
        """Open a shell for the commands of a README."""
        self.select()
        self._run(["config", "set", "eci:region", REGION], quiet=True)
        # Without the user's shell settings, which may put another Python first on PATH.
        return subprocess.run(
            ["bash", "--norc", "--noprofile"],
            cwd=self.project,
            env=self._environment() | {"PS1": f"{self.places.example} $ "},
            check=False,
        ).returncode

    def run(self, arguments: Sequence[str]) -> int:
        """Run a Pulumi command with the settings of the local run."""
        return self._call(arguments, quiet=False).returncode

    def _run(self, arguments: Sequence[str], *, quiet: bool = False) -> None:
        result = self._call(["--non-interactive", *arguments], quiet=quiet)
        if result.returncode != 0:
            told = f"\n{result.stdout}" if quiet else ""
            raise Failure(f"pulumi {arguments[0]} failed.{told}")

    def _call(self, arguments: Sequence[str], *, quiet: bool) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pulumi", *arguments],
            cwd=self.project,
            env=self._environment(),
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.STDOUT if quiet else None,
            text=True,
            check=False,
        )

    def _environment(self) -> dict[str, str]:
        return pulumi_environment(self.places, self.engine, self.endpoint)


def find_engine(places: Places) -> Path:
    """Get an engine from tools/engine, which reports on standard error."""
    answer = subprocess.run(
        [sys.executable, "-m", "tools.engine"],
        cwd=places.root,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        raise Failure("there is no Pulumi engine to run with")
    return Path(answer.stdout.splitlines()[-1])
