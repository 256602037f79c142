"""The paths of local runs, and the environment of Pulumi."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STACK = "local"
QUICKSTART = "quickstart"
REGION = "cn-hangzhou"

# These variables would change the backend or the Python of Pulumi, the API or the account of the
# provider, or the settings of the local API.
_PERSONAL = ("PULUMI_", "ECI_", "ALIBABA_CLOUD_", "ALICLOUD_", "PYTHONHOME", "PYTHONPATH")
# The vendor's SDK sends even loopback requests through a proxy, and ignores NO_PROXY.
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@dataclass(frozen=True)
class Places:
    """The paths of one checkout, and the example to run."""

    root: Path
    example: str = QUICKSTART

    @property
    def program(self) -> Path:
        """The folder of the example."""
        program = self.root / "examples" / self.example
        if not (program / "Pulumi.yaml").is_file():
            known = sorted(file.parent.name for file in self.root.glob("examples/*/Pulumi.yaml"))
            raise Failure(f"no example {self.example}; the examples are {', '.join(known)}")
        return program

    @property
    def project(self) -> Path:
        """The folder of the Pulumi project; for the quickstart, the root with the same project."""
        return self.root if self.example == QUICKSTART else self.program

    @property
    def folder(self) -> Path:
        """The folder of all files of local runs, except the stacks' ignored `Pulumi.local.yaml`."""
        return self.root / ".local"

    @property
    def state(self) -> Path:
        """The folder of Pulumi's state."""
        return self.folder / "state"

    @property
    def home(self) -> Path:
        """The folder for Pulumi instead of `~/.pulumi`."""
        return self.folder / "home"

    @property
    def data(self) -> Path:
        """The database of the local API, kept between runs."""
        return self.folder / "eci.sqlite"

    @property
    def log(self) -> Path:
        """The log of the local API since its start."""
        return self.folder / "api.log"

    @property
    def record(self) -> Path:
        """The file with the process of the local API."""
        return self.folder / "api.json"

    @property
    def venv_bin(self) -> Path:
        """The `bin` folder of the virtual environment."""
        return self.root / ".venv" / "bin"

    def has_stack(self) -> bool:
        """Return whether there is a stack, without running Pulumi."""
        return any(self._stacks.glob(f"*/{STACK}.json"))

    def with_stacks(self) -> list[Places]:
        """Return the paths of each example that has a stack."""
        examples = sorted(file.parent.name for file in self.root.glob("examples/*/Pulumi.yaml"))
        every = [replace(self, example=name) for name in examples]
        stack = f"{STACK}.json"
        return [
            one for one in every if (self._stacks / _project_name(one.program) / stack).is_file()
        ]

    @property
    def _stacks(self) -> Path:
        return self.state / ".pulumi" / "stacks"


def _project_name(folder: Path) -> str:
    settings = (folder / "Pulumi.yaml").read_text()
    return next(line[5:].strip() for line in settings.splitlines() if line[:5] == "name:")


def inherited(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the user's environment without variables that affect a local run."""
    return {
        name: value
        for name, value in environ.items()
        if not name.startswith(_PERSONAL) and name.upper() not in _PROXIES
    }


def pulumi_environment(
    places: Places, engine: Path, endpoint: str, environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return the environment for `pulumi`, with local state, home, account and API.

    For the provider, the environment takes precedence over the configuration of an earlier `up`.
    """
    kept = inherited(environ)
    # The virtual environment comes first, because a built language host finds its Python on PATH.
    # The engine beside the language host is next, because it warns about a host in another folder.
    path = [str(places.venv_bin), str(engine / "language"), str(engine), kept.get("PATH", "")]
    return kept | {
        "PATH": os.pathsep.join(path),
        "PULUMI_BACKEND_URL": f"file://{places.state}",
        "PULUMI_HOME": str(places.home),
        "PULUMI_CONFIG_PASSPHRASE": "local",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "ECI_ENDPOINT": endpoint,
        "ALIBABA_CLOUD_REGION_ID": REGION,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "testid",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret",
    }


def say(line: str) -> None:
    """Print one line at once, in order with Pulumi's output."""
    print(line, flush=True)


class Failure(Exception):  # noqa: N818 - a message for the person at the terminal
    """The command cannot continue. The text says why and what to do."""
