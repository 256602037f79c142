"""The commands in docs/emulator.md work."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from tests.emulator.client import control, send

if TYPE_CHECKING:
    from eci_emulator.server import RunningEmulator

TEXT = (Path(__file__).parents[2] / "docs" / "emulator.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^curl .*$", TEXT, re.MULTILINE)
OPTIONS = {"-X": "method", "-d": "body"}


def request(command: str) -> dict[str, str]:
    """Read a curl command: method, path and body."""
    words = iter(shlex.split(command)[1:])
    read = {"path": ""}
    for word in words:
        if word in OPTIONS:
            read[OPTIONS[word]] = next(words)
        else:
            read["path"] = word.removeprefix("$ECI")
    return {"method": "POST" if "body" in read else "GET", **read}


def test_every_command_succeeds(loose: RunningEmulator) -> None:
    for command in COMMANDS:
        wanted = request(command)
        body = wanted["body"].encode() if "body" in wanted else None
        answer = send(loose.url, wanted["method"], wanted["path"], body=body)
        assert answer.status == 200, (command, answer.body)


def test_every_control_request_is_shown(loose: RunningEmulator) -> None:
    shown = {request(command)["path"] for command in COMMANDS}
    for each in control(loose.url, "GET", "/").json:
        path = "/_emulator" + each["path"].replace("{id}", "")
        assert any(example.startswith(path) for example in shown), path
