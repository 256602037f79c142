"""Starts the provider process of `provider_process`."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from tests.support.provider_process import Door, Provider

START_SECONDS = 60.0  # starting takes one second, and longer on a busy machine


CREDENTIALS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "testid",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret",
}


@contextmanager
def running_provider(
    folder: Path, engine_address: str, config: Mapping[str, str], **environment: str
) -> Iterator[Provider]:
    """Run a configured process of the dynamic host for the duration of the context; see below."""
    with running_door(Door.DYNAMIC, folder, engine_address, config, **environment) as provider:
        yield provider


@contextmanager
def running_door(
    door: Door, folder: Path, engine_address: str, config: Mapping[str, str], **environment: str
) -> Iterator[Provider]:
    """Run a configured provider process for the duration of the context.

    Args:
        door: The kind of provider.
        folder: An empty folder for its home and its output.
        engine_address: The address of the engine.
        config: The stack's configuration.
        environment: Environment variables besides the test credentials; an empty one is omitted.
    """
    with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", door.module, engine_address],
            cwd=folder,
            env=_environment(folder, environment),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
        )
    try:
        port = _port(process, folder)
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            provider = Provider(stub, folder, [], threading.Lock(), process.pid, door)
            provider.configure(config)
            yield provider
    finally:
        process.kill()
        process.wait()


def _environment(folder: Path, extra: Mapping[str, str]) -> dict[str, str]:
    # A new environment, without the user's home, proxies and real credentials.
    variables = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "PULUMI_BACKEND_URL": "https://pulumi.example.com",
        "ECI_POLL_SECONDS": "0.05",
        "ECI_CREATES_PER_MINUTE": "6000",
        **CREDENTIALS,
        **extra,
    }
    return {name: value for name, value in variables.items() if value}


def _port(process: subprocess.Popen[bytes], folder: Path) -> int:
    """Read the port from the first line of standard output."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        line, newline, _ = (folder / "stdout").read_text().partition("\n")
        if newline:
            return int(line)
        time.sleep(0.02)
    raise RuntimeError(f"the provider process did not start: {(folder / 'stderr').read_text()}")
