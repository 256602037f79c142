"""How fast the local ECI API answers, against moto's server with a like operation.

DescribeImageCaches with a hundred caches against ECR's DescribeRepositories with a hundred
repositories: both servers are processes of their own on loopback, and take turns under one client.
moto does not verify signatures by default. Ours does, and the ratio is that of this strict mode;
the loose one is measured beside it. The client keeps connections alive where the server lets it:
moto's closes each after its answer, which `moto_connections` shows.
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
    """A contestant's server and its rounds."""

    contestant: Contestant
    server: Server
    rounds: list[Load] = field(default_factory=list)

    def play(self, requests: int, seconds: float) -> None:
        """Measure one round."""
        self.rounds.append(self._load(requests, seconds))

    def warm_up(self) -> None:
        """Let the server load and cache what it does only once."""
        self._load(WARM_UP, 10.0)

    @property
    def rate(self) -> float:
        """The requests per second of the best round."""
        return max(each.rate for each in self.rounds)

    @property
    def answer_bytes(self) -> int:
        """How long an answer is."""
        return self.rounds[-1].bytes // self.rounds[-1].answers

    @property
    def connections(self) -> int:
        """The most connections that a round took."""
        return max(each.connections for each in self.rounds)

    def _load(self, requests: int, seconds: float) -> Load:
        address = self.server.address
        prepared = [self.contestant.listing(address) for _ in range(requests)]
        return load(address, prepared, CONNECTIONS, seconds)


def measure(requests: int, seconds: float, rounds: int, moto_python: str) -> dict[str, Any]:
    """Let all servers take turns and compare their best rounds.

    Args:
        requests: How many requests a round has at most.
        seconds: How long a round takes at most.
        rounds: How many rounds each has.
        moto_python: An interpreter that has `moto[server]`.

    Returns:
        Requests per second of each, the ratios ours / moto, how long each took from the start of
        its process to its first answer, how long an answer is, and how many connections a round
        needed (8 if the server keeps them alive).

    Raises:
        RuntimeError: moto's server is not installed, or a server does not do as it should.
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
