"""Measures the speed of the local ECI API, against moto's server with a similar operation.

DescribeImageCaches with a hundred caches is compared with ECR's DescribeRepositories with a hundred
repositories. Both servers are processes on loopback, and one client calls them in turn. moto does
not verify signatures by default. The local ECI API does, and the ratio is for this mode; the mode
without verification is measured too. The client keeps connections alive if the server allows it.
moto's server closes each connection after the answer, as `moto_connections` shows.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from bench.load import Load, load
from bench.servers import Contestant, Moto, Ours, Server, serving

RESOURCES = 100
CONNECTIONS = 8
WARM_UP = 40


@dataclass
class Run:
    """A server and its rounds."""

    contestant: Contestant
    server: Server
    rounds: list[Load] = field(default_factory=list)

    def play(self, requests: int, seconds: float) -> None:
        """Measure one round."""
        self.rounds.append(self._load(requests, seconds))

    def warm_up(self) -> None:
        """Let the server load modules and fill caches."""
        self._load(WARM_UP, 10.0)

    @property
    def rate(self) -> float:
        """The requests per second of the best round."""
        return max(each.rate for each in self.rounds)

    @property
    def answer_bytes(self) -> int:
        """The size of an answer in bytes."""
        return self.rounds[-1].bytes // self.rounds[-1].answers

    @property
    def connections(self) -> int:
        """The largest number of connections in a round."""
        return max(each.connections for each in self.rounds)

    def _load(self, requests: int, seconds: float) -> Load:
        address = self.server.address
        prepared = [self.contestant.listing(address) for _ in range(requests)]
        return load(address, prepared, CONNECTIONS, seconds)


def measure(requests: int, seconds: float, rounds: int, moto_python: str) -> dict[str, Any]:
    """Measure all servers in turn and compare their best rounds.

    Args:
        requests: Most requests in a round.
        seconds: Longest duration of a round.
        rounds: Number of rounds of each server.
        moto_python: Python interpreter with `moto[server]`.

    Returns:
        Requests per second of each server, the ratios ours / moto, the seconds from the start of
        each process to its first answer, the size of an answer, and the connections of a round (8
        if the server keeps them alive).

    Raises:
        RuntimeError: moto's server is not installed, or a server fails.
    """
    moto = Moto(moto_python)
    version = moto.version()
    if version is None:
        raise RuntimeError(
            f"moto's server is not installed for {moto_python}: run pip install 'moto[server]' "
            "there, or name an interpreter that has it with --moto-python"
        )
    contestants = {"moto": moto, "strict": Ours(strict=True), "loose": Ours(strict=False)}
    with ExitStack() as stack:
        runs = {
            name: Run(each, stack.enter_context(serving(each, RESOURCES)))
            for name, each in contestants.items()
        }
        for run in runs.values():
            run.warm_up()
        for _ in range(rounds):
            for run in runs.values():
                run.play(requests, seconds)
    return _result(runs, version)


def _result(runs: dict[str, Run], version: str) -> dict[str, Any]:
    moto, strict, loose = (runs[name] for name in ("moto", "strict", "loose"))
    return {
        "resources": RESOURCES,
        "connections": CONNECTIONS,
        "moto_version": version,
        "ours_rps": round(strict.rate, 1),
        "ours_loose_rps": round(loose.rate, 1),
        "moto_rps": round(moto.rate, 1),
        "ratio": round(strict.rate / moto.rate, 2),
        "loose_ratio": round(loose.rate / moto.rate, 2),
        "start_s": round(strict.server.start_seconds, 2),
        "moto_start_s": round(moto.server.start_seconds, 2),
        "ours_answer_bytes": strict.answer_bytes,
        "moto_answer_bytes": moto.answer_bytes,
        "ours_connections": strict.connections,
        "moto_connections": moto.connections,
    }
