"""The vendor's SDKs for Node and Go, which none of us wrote, drive the life of a cache.

They are fetched from their registries and need Node and Go, so these tests have the marker `sdks`:
`make test` leaves them out, CI does not.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from eci_emulator.server import running
from eci_emulator.settings import Settings

CLIENTS = Path(__file__).parent / "clients"
DEADLINE_SECONDS = 600  # the first build of the Go SDK, on a slow machine

pytestmark = pytest.mark.sdks


def run(*command: str, folder: Path) -> str:
    """Run a program and return what it prints."""
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    if command[0] in {"npm", "go"}:
        environment = dict(os.environ)  # these may need a proxy to reach their registry
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def live(*command: str, folder: Path) -> dict[str, Any]:
    """Let a client live through the life of a cache; returns what it saw."""
    with running(Settings(build_seconds=0.2)) as server:
        seen: dict[str, Any] = json.loads(
            run(*command, server.url.removeprefix("http://"), folder=folder)
        )
        assert server.emulator.caches() == []
        codes = {entry["code"] for entry in server.emulator.journal.entries()}
        assert codes == {None, "SignatureDoesNotMatch"}
    return seen


def test_the_node_sdk(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(CLIENTS / "node", tmp_path / "node"))
    run("npm", "ci", "--no-audit", "--no-fund", folder=folder)
    assert live("node", "lifecycle.mjs", folder=folder) == {
        "tag": ["k 1", "v&=2*~+/ü"],
        "images": [["nginx:1.27", "redis:7"], ["nginx:1.28"]],
        "rebuilt": True,
        "left": 0,
        "refusal": "SignatureDoesNotMatch",
    }


def test_the_go_sdk(tmp_path: Path) -> None:
    program = tmp_path / "lifecycle"
    run("go", "build", "-o", str(program), ".", folder=CLIENTS / "go")
    assert live(str(program), folder=tmp_path) == {
        "images": [["nginx:1.27", "redis:7"], ["nginx:1.28"]],
        "rebuilt": True,
        "left": 0,
        "refusal": "SignatureDoesNotMatch, "
        "InvalidAccessKeySecret: Please check you AccessKeySecret",
    }
