"""`make up`, `make shell` and `make down` on a machine with a release of Pulumi and without Go."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The executables of a release since 3.221 that this project needs.
RELEASE = (
    "pulumi",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
)
COMMANDS = ("bash", "env", "make", "ps", "sh")
# The environment of a developer who also uses other services.
SHELL = {
    "ECI_ENDPOINT": "http://127.0.0.1:1",
    "ECI_EMULATOR_ACCESS_KEY": "mine",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "mine",
    "ALIBABA_CLOUD_REGION_ID": "cn-beijing",
    "ALICLOUD_PROFILE": "mine",
    "PULUMI_BACKEND_URL": "https://127.0.0.1:1",
}


@dataclass
class Checkout:
    """A clone of the project with the virtual environment of the tests."""

    folder: Path
    environment: dict[str, str]

    def make(self, *arguments: str, stdin: str = "", **variables: str) -> str:
        """Run make, which must succeed, and return its output."""
        run = subprocess.run(
            ["make", "--assume-old=.venv/.stamp", *arguments],
            cwd=self.folder,
            env=self.environment | variables,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout
        return run.stdout


@pytest.fixture
def checkout(tmp_path: Path, engine: Path) -> Iterator[Checkout]:
    """A clone on a machine with a release of Pulumi on PATH."""
    folder = tmp_path / "clone"
    unwanted = shutil.ignore_patterns("Pulumi.local.yaml", "__pycache__")
    for name in ("examples", "policies", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=unwanted)
    for name in ("Makefile", "Pulumi.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / ".venv").symlink_to(sys.prefix)
    release, commands = tmp_path / "release", tmp_path / "commands"
    release.mkdir()
    commands.mkdir()
    places = os.pathsep.join([str(engine / "language"), str(engine)])
    for name in RELEASE:
        shutil.copy(str(shutil.which(name, path=places)), release)
    for name in COMMANDS:
        (commands / name).symlink_to(str(shutil.which(name)))
    made = Checkout(
        folder,
        {
            "PATH": os.pathsep.join([str(release), str(commands)]),
            "HOME": str(tmp_path),
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
            **SHELL,
        },
    )
    yield made
    subprocess.run([sys.executable, "-m", "tools.local", "stop"], cwd=folder, check=True)


def free_port() -> str:
    """Return a port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


def test_a_release_is_used_at_once(checkout: Checkout, tmp_path: Path) -> None:
    printed = checkout.make("up", ECI_PORT=free_port())
    assert f"using path: {tmp_path / 'release'}" in printed
    assert "Ready after" in printed
    assert "2 unchanged" in checkout.make("up")
    checkout.make("down")
    assert not (tmp_path / "cache").exists()


def test_a_running_local_api_is_used(checkout: Checkout) -> None:
    first, second = free_port(), free_port()
    checkout.make("up", ECI_PORT=first)
    steps = 'echo "at $ECI_ENDPOINT"; pulumi preview --policy-pack ../../policies </dev/null\n'
    printed = checkout.make("shell", stdin=steps)
    assert "pulumi preview --policy-pack ../../policies" in printed
    assert f"at http://127.0.0.1:{first}" in printed
    assert "eci@v" in printed  # the policy pack
    checkout.make("up", "EXAMPLE=fleet", ECI_PORT=second)
    printed = checkout.make("pulumi", "ARGS=refresh --yes --skip-preview")
    assert f"http://127.0.0.1:{second}" in printed
    assert "all stacks are destroyed" in checkout.make("down", ECI_PORT=first)
    for left in ("local.json", "Pulumi.local.yaml"):
        assert list(checkout.folder.rglob(left)) == []
