"""The servers that are compared. Each is a separate process with a hundred resources."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from bench.load import Client, http_request
from eci_emulator.settings import DEFAULT_ACCESS_KEYS
from eci_emulator.signature import ACS3, Message, acs3_signature, acs3_string_to_sign

START_SECONDS = 60.0
VERSION = "2018-08-08"
_KEY, _SECRET = next(iter(DEFAULT_ACCESS_KEYS.items()))
_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        address: Host and port.
        start_seconds: From the start of the process to the first reply.
    """

    address: tuple[str, int]
    start_seconds: float


class Contestant(Protocol):
    """A kind of server, and the measured requests."""

    def command(self, port: int) -> list[str]:
        """Return the command that starts the server."""

    def listing(self, address: tuple[str, int]) -> bytes:
        """Return a request that lists all resources."""

    def creation(self, address: tuple[str, int], name: str) -> bytes:
        """Return a request that creates a resource."""

    def count(self, body: bytes) -> int:
        """Return the number of resources in the reply to a listing."""


class Ours(Contestant):
    """The local ECI API: CreateImageCache and DescribeImageCaches, signed unless it is loose."""

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict

    def command(self, port: int) -> list[str]:
        """See `Contestant.command`."""
        strictness = "--verify-signatures" if self._strict else "--no-verify-signatures"
        options = ["--port", str(port), "--build-seconds", "0", strictness]
        return [sys.executable, "-m", "eci_emulator", *options]

    def listing(self, address: tuple[str, int]) -> bytes:
        """See `Contestant.listing`."""
        return self._call(address, "DescribeImageCaches", {"Limit": "100"})

    def creation(self, address: tuple[str, int], name: str) -> bytes:
        """See `Contestant.creation`."""
        return self._call(address, "CreateImageCache", {"ImageCacheName": name, "Image.1": "nginx"})

    def count(self, body: bytes) -> int:
        """See `Contestant.count`."""
        return len(json.loads(body)["ImageCaches"])

    def _call(self, address: tuple[str, int], action: str, params: dict[str, str]) -> bytes:
        query = {"RegionId": "cn-hangzhou", **params}
        headers = {"x-acs-action": action, "x-acs-version": VERSION}
        if self._strict:
            headers = _signed(address, query, headers)
        return http_request(address, f"/?{urlencode(query)}", headers, "")


class Moto(Contestant):
    """moto's server: CreateRepository and DescribeRepositories of ECR, without verification.

    Args:
        python: An interpreter that has `moto[server]`.
    """

    def __init__(self, python: str) -> None:
        self._python = python

    def version(self) -> str | None:
        """Return the installed version; None if moto is not installed."""
        code = "import moto, moto.server; print(moto.__version__)"
        answer = subprocess.run(
            [self._python, "-c", code], capture_output=True, text=True, check=False
        )
        return answer.stdout.strip() if answer.returncode == 0 else None

    def command(self, port: int) -> list[str]:
        """See `Contestant.command`."""
        return [self._python, "-m", "moto.server", "-H", _HOST, "-p", str(port)]

    def listing(self, address: tuple[str, int]) -> bytes:
        """See `Contestant.listing`."""
        return self._call(address, "DescribeRepositories", {})

    def creation(self, address: tuple[str, int], name: str) -> bytes:
        """See `Contestant.creation`."""
        return self._call(address, "CreateRepository", {"repositoryName": name})

    def count(self, body: bytes) -> int:
        """See `Contestant.count`."""
        return len(json.loads(body)["repositories"])

    def _call(self, address: tuple[str, int], action: str, params: dict[str, Any]) -> bytes:
        scope = "Credential=testid/20260101/us-east-1/ecr/aws4_request"
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": f"AmazonEC2ContainerRegistry_V20150921.{action}",
            "authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
        }
        return http_request(address, "/", headers, json.dumps(params))


@contextmanager
def serving(contestant: Contestant, resources: int) -> Iterator[Server]:
    """Run a server with some resources in it.

    Raises:
        RuntimeError: The server does not start, or does not list the created resources.
    """
    address = (_HOST, _free_port())
    environment = {name: v for name, v in os.environ.items() if not name.startswith("ECI_")}
    began = time.perf_counter()
    process = subprocess.Popen(
        contestant.command(address[1]),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    client = Client(address)
    try:
        _first_answer(client, contestant, address, process)
        started = time.perf_counter() - began
        for number in range(resources):
            client.send(contestant.creation(address, f"bench-{number}"))
        listed = contestant.count(client.send(contestant.listing(address)))
        if listed != resources:
            raise RuntimeError(f"{listed} of {resources} resources are listed")
        yield Server(address, started)
    finally:
        client.close()
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _first_answer(
    client: Client,
    contestant: Contestant,
    address: tuple[str, int],
    process: subprocess.Popen[bytes],
) -> None:
    deadline = time.perf_counter() + START_SECONDS
    while not _answers(client, contestant.listing(address)):
        if process.poll() is not None or time.perf_counter() > deadline:
            raise RuntimeError(f"the server did not start: {process.args!r}")
        time.sleep(0.005)


def _answers(client: Client, request: bytes) -> bool:
    try:
        client.send(request)
    except OSError:
        client.close()
        return False
    return True


def _free_port() -> int:
    with socket.create_server((_HOST, 0)) as listener:
        return int(listener.getsockname()[1])


def _signed(
    address: tuple[str, int], query: dict[str, str], headers: dict[str, str]
) -> dict[str, str]:
    """Sign like the vendor's SDKs, with a new nonce for each request."""
    signed = {
        **headers,
        "host": urlsplit(f"//{address[0]}:{address[1]}").netloc,
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "x-acs-signature-nonce": uuid.uuid4().hex,
    }
    names = sorted(signed)
    message = Message(
        "POST", "/", {name: [value] for name, value in signed.items()}, query, {}, b""
    )
    signature = acs3_signature(_SECRET, acs3_string_to_sign(message, names))
    scheme = f"{ACS3} Credential={_KEY},SignedHeaders={';'.join(names)},Signature={signature}"
    return {**signed, "authorization": scheme}
