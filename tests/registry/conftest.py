"""Real registries, one of each kind for all tests of a process. Each test uses its own
repositories.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pulumi_eci.model.reference import parse_reference
from pulumi_eci.registry.access import Login, Target
from pulumi_eci.registry.answer import Answer
from pulumi_eci.registry.lookup import Lookup, Query
from tests.support.registry import PASSWORD, USER, DockerRegistry, docker_registry, with_htpasswd
from tests.support.token_service import TokenService, with_tokens

LOGIN = Login(USER, PASSWORD)
Look = Callable[..., list[Answer]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder as one that needs Debian's docker-registry."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.registry)


@pytest.fixture(autouse=True)
def _proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a proxy that fails: the provider must not use a proxy for this machine."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerRegistry]:
    """A registry without a login."""
    with docker_registry(tmp_path_factory.mktemp("open")) as found:
        yield found


@pytest.fixture(scope="session")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerRegistry]:
    """A registry that requires a login, by htpasswd."""
    with with_htpasswd(tmp_path_factory.mktemp("htpasswd")) as found:
        yield found


@pytest.fixture(scope="session")
def tokens(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[DockerRegistry, TokenService]]:
    """A registry that requires tokens, and its token service."""
    with with_tokens(tmp_path_factory.mktemp("tokens")) as found:
        yield found


def resolve(
    target: Target, *names: str, known: str = "", lookup: Lookup | None = None
) -> list[Answer]:
    """Look up images of one registry by names without the host. Check each answer's message."""
    queries = [Query(target, parse_reference(f"{target.host}/{name}"), known) for name in names]
    answers = (lookup or Lookup()).find(queries)
    for answer in answers:
        assert len(answer.problem.splitlines()) <= 1
        assert not any(part in answer.problem for part in (PASSWORD, PASSWORD[:6], "Bearer", "://"))
        assert (answer.failure is None) == (answer.problem == "")
    return answers


def silent_server() -> str:
    """Return a host of this machine on which no server listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"
