"""Where things of the local run lie, and the environment that Pulumi runs in."""

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

# These would lead Pulumi to another backend or Python, the provider to another API or account, and
# the local API to other settings than the provider's.
_PERSONAL = ("PULUMI_", "ECI_", "ALIBABA_CLOUD_", "ALICLOUD_", "PYTHONHOME", "PYTHONPATH")
# The vendor's SDK sends even loopback requests through a proxy; it does not know NO_PROXY.
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@dataclass(frozen=True)
class Places:
    """The files of one checkout, and the example that is run."""

    root: Path
    example: str = QUICKSTART

    @property
    def program(self) -> Path:
        """The folder of the example, where the steps of its README are done."""
        program = self.root / "examples" / self.example
        if not (program / "Pulumi.yaml").is_file():
            known = sorted(file.parent.name for file in self.root.glob("examples/*/Pulumi.yaml"))
            raise Failure(f"no example {self.example}; there are {', '.join(known)}")
        return program

    @property
    def project(self) -> Path:
        """The folder of the Pulumi project: the root for the quickstart, under the same name."""
        return self.root if self.example == QUICKSTART else self.program

    @property
    def folder(self) -> Path:
        """Everything that a local run writes, except the stacks' ignored `Pulumi.local.yaml`."""
        return self.root / ".local"

    @property
    def state(self) -> Path:
        """The state that Pulumi keeps."""
        return self.folder / "state"

    @property
    def home(self) -> Path:
        """What Pulumi would otherwise keep in the user's home."""
        return self.folder / "home"

    @property
    def data(self) -> Path:
        """The database of the local API, kept between runs."""
        return self.folder / "eci.sqlite"

    @property
    def log(self) -> Path:
        """What the local API printed since it was started."""
        return self.folder / "api.log"

    @property
    def record(self) -> Path:
        """Which process the local API is."""
        return self.folder / "api.json"

    @property
    def venv_bin(self) -> Path:
        """The commands of the virtual environment."""
        return self.root / ".venv" / "bin"

    def has_stack(self) -> bool:
        """Tell whether an earlier `make up` left a stack, without asking Pulumi."""
        return any(self._stacks.glob(f"*/{STACK}.json"))

    def with_stacks(self) -> list[Places]:
        """Return the places of each example that an earlier run left a stack of."""
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
    """Return the user's environment without what has no business in a local run."""
    return {
        name: value
        for name, value in environ.items()
        if not name.startswith(_PERSONAL) and name.upper() not in _PROXIES
    }


def pulumi_environment(
    places: Places, engine: Path, endpoint: str, environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return the environment for `pulumi` itself, with state, home, account and API all local.

    To the provider, the environment comes before the configuration of any earlier `up`.
    """
    kept = inherited(environ)
    # The virtual environment comes first: a built language host takes its Python from PATH.
    # The engine beside the language host comes next: it warns of a host from elsewhere.
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
    """Print one line at once, in order with what Pulumi prints."""
    print(line, flush=True)


class Failure(Exception):  # noqa: N818 - a message for the person at the terminal
    """The command cannot go on; the text says why and what to do."""
