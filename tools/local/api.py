"""Runs the local ECI API as a background process, whose id and port are kept in a file."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.local.settings import Failure, Places, inherited, say

PORT = 8642  # the first choice
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Record:
    """The process of an earlier run."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        """The address of the API."""
        return base_url(self.port)


def base_url(port: int) -> str:
    """Return the address of the API on *port*."""
    return f"http://127.0.0.1:{port}"


def ensure(places: Places, port: int | None = None) -> str:
    """Return the URL of the running API; start the API if it is not running.

    Args:
        places: The paths.
        port: The port. By default the port of the running API, else its last port, else any free
            port.
    """
    record = running(places)
    if record and port not in (None, record.port):
        say(f"the local ECI API is on port {record.port}; moving it to {port}")
        stop(places)
        record = None
    if record is None:
        return _start(places, port or _choose_port(places))
    if not _healthy(record.url):
        raise Failure(
            f"the local ECI API runs but does not answer on {record.url}: see {places.log}"
        )
    return record.url


def _choose_port(places: Places) -> int:
    record = recorded(places)
    wanted = record.port if record else PORT
    if not _is_taken(wanted):
        return wanted
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found: int = free.getsockname()[1]
    say(f"another program uses port {wanted}; the local ECI API uses {found}")
    return found


def recorded(places: Places) -> Record | None:
    """Return the record of the last start, whether or not the process still runs."""
    try:
        return Record(**json.loads(places.record.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def running(places: Places) -> Record | None:
    """Return the record if its process still runs."""
    record = recorded(places)
    # The system reuses process ids. The API has this checkout's database in its command line.
    if record and str(places.data) in _command_line(record.pid):
        return record
    return None


def stop(places: Places) -> bool:
    """Stop the API if it runs. Return whether it ran."""
    record = running(places)
    if record:
        os.kill(record.pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while running(places):
            if time.monotonic() > deadline:
                os.kill(record.pid, signal.SIGKILL)
            time.sleep(0.05)
    places.record.unlink(missing_ok=True)
    return record is not None


def _start(places: Places, port: int) -> str:
    if _is_taken(port):
        raise Failure(
            f"the local ECI API cannot use port {port}, because another program uses it.\n"
            "Stop that program, or choose another port: make up ECI_PORT=8643"
        )
    places.folder.mkdir(parents=True, exist_ok=True)
    command: list[str | Path] = [places.venv_bin / "pulumi-eci", "emulator"]
    command += ["--port", str(port), "--data", places.data]
    with places.log.open("w") as log:
        process = subprocess.Popen(
            command,
            cwd=places.root,
            env=inherited() | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # the API continues after this command and its Ctrl-C
        )
    places.record.write_text(json.dumps(asdict(Record(process.pid, port))))
    _await_health(places, process, base_url(port))
    process.returncode = 0  # prevents subprocess's warning about a running process
    return base_url(port)


def _await_health(places: Places, process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _healthy(url):
        if process.poll() is not None:
            places.record.unlink()
            raise Failure(f"the local ECI API exited at once. Its log:\n{_tail(places.log)}")
        if time.monotonic() > deadline:
            raise Failure(f"the local ECI API does not answer on {url}: see {places.log}")
        time.sleep(0.05)


def _healthy(url: str) -> bool:
    """Return whether the API answers, without using a proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/_emulator/health", timeout=2):
            return True
    except (OSError, http.client.HTTPException):
        return False


def _is_taken(port: int) -> bool:
    """Return whether a program accepts connections on *port*."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return True
    except OSError:
        return False


def _command_line(pid: int) -> str:
    """Return the command line of a process, "" if there is no such process."""
    file = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self/cmdline").exists():
        try:
            return file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    answer = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout


def _tail(file: Path, lines: int = 15) -> str:
    return "\n".join(file.read_text(errors="replace").splitlines()[-lines:])
