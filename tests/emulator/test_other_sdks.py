"""The vendor's SDKs for Node and Go can create, update and delete a cache.

The tests download the SDKs from their registries and need Node and Go, so they have the marker
`sdks`: `make test` omits them, CI runs them.
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
DEADLINE_SECONDS = 600  # seconds; the first build of the Go SDK takes long on a slow machine

pytestmark = pytest.mark.sdks


def run(*command: str, folder: Path) -> str:
    """Run a program and return its output."""
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    if command[0] in {"npm", "go"}:
        environment = dict(os.environ)  # the registry may only be reachable over a proxy
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
    """Let a client create, update and delete a cache; return the client's report."""
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
