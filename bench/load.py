"""A small HTTP client that keeps a server busy, the same for all servers.

The requests are built and signed beforehand, so that only the server is measured.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_TIMEOUT_SECONDS = 30.0
_CHUNK = 1 << 18


@dataclass(frozen=True)
class Load:
    """The result of one round.

    Attributes:
        answers: Number of answers with status 200.
        seconds: Duration of the round.
        connections: Number of connections, including those that replaced closed ones.
        bytes: Size of all bodies.
    """

    answers: int
    seconds: float
    connections: int
    bytes: int

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.answers / self.seconds


class Client:
    """One kept-alive connection."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._socket: socket.socket | None = None
        self._rest = b""
        self.opened = 0

    def send(self, request: bytes) -> bytes:
        """Send a request and return the body of the reply.

        Raises:
            OSError: The server does not answer.
            RuntimeError: The server answers with another status than 200.
        """
        connection = self._connected()
        connection.sendall(request)
        head = self._read_head(connection)
        status, headers = _parse(head)
        body = self._read(connection, int(headers["content-length"]))
        if headers.get("connection", "").lower() == "close":
            self.close()
        if status != 200:  # noqa: PLR2004 - HTTP's own number
            raise RuntimeError(f"the server answered {status}: {body[:300].decode()}")
        return body

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._rest = None, b""

    def _connected(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, _TIMEOUT_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.opened += 1
        return self._socket

    def _read_head(self, connection: socket.socket) -> bytes:
        while b"\r\n\r\n" not in self._rest:
            self._rest += _received(connection)
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        return head

    def _read(self, connection: socket.socket, length: int) -> bytes:
        parts, missing = [self._rest], length - len(self._rest)
        while missing > 0:
            parts.append(_received(connection))
            missing -= len(parts[-1])
        whole = b"".join(parts)
        self._rest = whole[length:]
        return whole[:length]


def load(
    address: tuple[str, int], requests: Sequence[bytes], connections: int, seconds: float
) -> Load:
    """Send each of *requests* once, over parallel *connections*, for at most *seconds*.

    Raises:
        RuntimeError: A request was not answered with 200.
    """
    queue = iter(requests)
    lock = threading.Lock()
    clients = [Client(address) for _ in range(connections)]
    lengths: list[int] = []
    failures: list[Exception] = []
    began = time.perf_counter()
    deadline = began + seconds

    def work(client: Client) -> None:
        try:
            for request in _shared(queue, lock):
                lengths.append(len(client.send(request)))
                if time.perf_counter() >= deadline:
                    break
        except (OSError, RuntimeError) as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - began
    for client in clients:
        client.close()
    if failures:
        raise RuntimeError(f"the load ended early: {failures[0]}")
    opened = sum(client.opened for client in clients)
    return Load(len(lengths), elapsed, opened, sum(lengths))


def http_request(
    address: tuple[str, int], target: str, headers: dict[str, str], body: str
) -> bytes:
    """Return the bytes of a POST request."""
    lines = {"host": f"{address[0]}:{address[1]}", "content-length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {target} HTTP/1.1\r\n{head}\r\n{body}".encode()


def _shared(queue: Iterator[bytes], lock: threading.Lock) -> Iterator[bytes]:
    while True:
        with lock:
            request = next(queue, None)
        if request is None:
            return
        yield request


def _received(connection: socket.socket) -> bytes:
    data = connection.recv(_CHUNK)
    if not data:
        raise OSError("the server closed the connection within an answer")
    return data


def _parse(head: bytes) -> tuple[int, dict[str, str]]:
    status_line, *lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return int(status_line.split(" ")[1]), headers
