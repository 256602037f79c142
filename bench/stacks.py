"""Run many stacks at once, with one account, a service that throttles, and one state backend.

The backend is a real PostgreSQL on loopback (Debian's package `postgresql`).
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.floor import OURS
from bench.scale import PARALLEL
from eci_emulator.server import running
from eci_emulator.settings import Settings
from pulumi_eci.operations.budget import CREATES_PER_MINUTE, MINUTE
from tests.support.pulumi_stack import PulumiStack

_JOURNAL = 1_000_000  # requests; all are counted


def measure(stacks: int, caches: int, build_seconds: float, engine: Path) -> dict[str, Any]:
    """Run `pulumi up` of *stacks* stacks with *caches* caches each at the same time.

    The local ECI API refuses creations above 200 a minute, as the service does for an account.

    Args:
        stacks: Number of stacks.
        caches: Number of caches of each stack.
        build_seconds: Build time of a cache on the local ECI API.
        engine: The folder of the engine.

    Returns:
        `wall_s` of all stacks, `floor_s` (the time for the limit, for the builds, and for as many
        runs without changes), their ratio, and the share of refused calls.

    Raises:
        RuntimeError: A stack fails, or PostgreSQL is not installed.
    """
    limit = {"kind": "throttle", "action": "CreateImageCache", "per_minute": CREATES_PER_MINUTE}
    settings = Settings(
        build_seconds=build_seconds,
        quota=stacks * caches,
        journal_size=_JOURNAL,
        faults=(limit,),
    )
    with ExitStack() as context:
        backend = context.enter_context(postgresql())
        api = context.enter_context(running(settings))
        made = []
        for number in range(stacks):
            folder = Path(context.enter_context(tempfile.TemporaryDirectory()))
            stack = PulumiStack(folder, engine, api, name=f"stack-{number}", shortcuts=False)
            stack.environment |= {"PULUMI_BACKEND_URL": backend, "ECI_POLL_SECONDS": ""}
            stack.start()
            stack.program = OURS.replace("COUNT", str(caches)).replace("cache-", f"cache-{number}-")
            made.append(stack)
        wall_s = _all_up(made)
        entries = api.emulator.journal.entries()
        idle_s = _all_up(made)
        ready = sum(cache["status"] == "Ready" for cache in api.emulator.caches())
    if ready != stacks * caches:
        raise RuntimeError(f"{ready} of {stacks * caches} caches are Ready")
    refused = sum("Throttling" in str(entry.get("code") or "") for entry in entries)
    full_minutes = (stacks * caches - 1) // CREATES_PER_MINUTE
    floor_s = round(full_minutes * MINUTE + build_seconds + idle_s, 2)
    return {
        "stacks": stacks,
        "caches": caches,
        "build_seconds": build_seconds,
        "wall_s": wall_s,
        "floor_s": floor_s,
        "ratio": round(wall_s / floor_s, 3),
        "calls": dict(sorted(Counter(entry["action"] for entry in entries).items())),
        "refused_calls": refused,
        "refused_share": round(refused / len(entries), 3),
    }


def _all_up(stacks: list[PulumiStack]) -> float:
    began = time.perf_counter()
    runs = [
        stack.begin("up", "--yes", "--skip-preview", "--parallel", str(PARALLEL))
        for stack in stacks
    ]
    texts = [run.communicate()[0] for run in runs]
    seconds = round(time.perf_counter() - began, 2)
    for run, text in zip(runs, texts, strict=True):
        if run.returncode:
            raise RuntimeError(f"a stack failed:\n{text}")
    return seconds


@contextmanager
def postgresql() -> Iterator[str]:
    """Run a PostgreSQL with an empty database; yield its address for `pulumi login`.

    Raises:
        RuntimeError: PostgreSQL is not installed.
    """
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        raise RuntimeError(
            "PostgreSQL is missing: apt-get install --no-install-recommends postgresql"
        )
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "data")
        as_user = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
            as_user = ["runuser", "-u", "postgres", "--"]

        def run(program: str, *arguments: str) -> None:
            command = [*as_user, str(programs[-1] / program), *arguments]
            answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
            if answer.returncode:
                raise RuntimeError(f"{program} failed: {answer.stderr or answer.stdout}")

        port = _free_port()
        run("initdb", "--no-sync", "--auth=trust", "--username=bench", f"--pgdata={data}")
        options = f"-h 127.0.0.1 -p {port} -k {folder} -F -c max_connections=400"
        log = f"--log={folder}/log"
        run("pg_ctl", "start", "--wait", f"--pgdata={data}", log, f"--options={options}")
        try:
            run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "bench", "state")
            yield f"postgres://bench@127.0.0.1:{port}/state?sslmode=disable"
        finally:
            run("pg_ctl", "stop", "--mode=immediate", f"--pgdata={data}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
