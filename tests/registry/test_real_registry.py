"""The answers of a real registry about images."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pulumi_eci.registry import session
from pulumi_eci.registry.access import Login, Target
from pulumi_eci.registry.answer import Failure, compressed_bytes
from pulumi_eci.registry.lookup import Lookup
from tests.registry.conftest import LOGIN, resolve
from tests.support.certificates import make_certificate
from tests.support.registry import DOCKER_MANIFEST, USER, DockerRegistry, docker_registry
from tests.support.token_service import TokenService

GIB = 2**30


@pytest.mark.parametrize("kind", ["OCI", "Docker"])
def test_an_image_of_one_platform(registry: DockerRegistry, kind: str) -> None:
    options = {"kind": DOCKER_MANIFEST} if kind == "Docker" else {}
    digest = registry.push(f"one/{kind.lower()}:1", b"a", (b"b", 12 * GIB), **options)
    (answer,) = resolve(Target(registry.host), f"one/{kind.lower()}:1")
    assert (answer.digest, answer.platforms) == (digest, ("linux/amd64",))
    assert compressed_bytes([answer]) == 12 * GIB + 1


def test_an_index_counts_the_layers_of_our_platform(registry: DockerRegistry) -> None:
    digest = registry.push_index("index/two:1", "linux/arm64/v8", "linux/amd64", layers=[b"12345"])
    (answer,) = resolve(Target(registry.host), "index/two:1")
    assert (answer.digest, answer.platforms) == (digest, ("linux/amd64", "linux/arm64/v8"))
    assert compressed_bytes([answer]) == len(b"12345") + len(b"linux/amd64")


def test_shared_layers_count_once(registry: DockerRegistry) -> None:
    for name in ("shared/one:1", "shared/two:1"):
        registry.push(name, (b"base", GIB), (name.encode(), 7))
    answers = resolve(Target(registry.host), "shared/one:1", "shared/two:1")
    assert compressed_bytes(answers) == GIB + 14


def test_an_image_by_digest(registry: DockerRegistry) -> None:
    digest = registry.push("pinned/app:1", b"a")
    (answer,) = resolve(Target(registry.host), f"pinned/app@{digest}")
    assert answer.digest == digest


@pytest.mark.parametrize("name", ["missing/app:2", "missing/other:1"])
def test_a_missing_tag_or_repository(registry: DockerRegistry, name: str) -> None:
    registry.push("missing/app:1", b"a")
    (answer,) = resolve(Target(registry.host), name)
    assert answer.failure is Failure.MISSING
    assert "MANIFEST_UNKNOWN: manifest unknown" in answer.message


@pytest.mark.parametrize("kind", ["index", "image"])
def test_no_manifest_for_our_platform(registry: DockerRegistry, kind: str) -> None:
    name = f"arm/{kind}:1"
    if kind == "index":
        digest = registry.push_index(name, "linux/arm64/v8", "windows/amd64")
    else:
        digest = registry.push(name, b"a", platform="linux/arm64")
    (answer,) = resolve(Target(registry.host), name)
    assert (answer.failure, answer.digest) == (Failure.PLATFORM, digest)
    assert "linux/arm64" in answer.problem


# -- requests


def test_a_lookup_takes_two_requests_or_one_if_the_digest_is_known(
    registry: DockerRegistry,
) -> None:
    names = ["count/index:1", "count/image:1"]
    old = [registry.push_index(names[0], "linux/amd64"), registry.push(names[1], b"a")]
    before = len(registry.asked())
    resolve(Target(registry.host), *names)
    # one request for the registry's way to log in
    assert len(registry.asked()) - before == 1 + 2 * 2
    before = len(registry.asked())
    for name, known in zip(names, old, strict=True):
        assert resolve(Target(registry.host), name, known=known)[0].digest == known
    assert len(registry.asked()) - before == 2 + 2
    moved = registry.push(names[1], b"b")
    before = len(registry.asked())
    (answer,) = resolve(Target(registry.host), names[1], known=old[1])
    assert (answer.digest, compressed_bytes([answer])) == (moved, 1)
    assert len(registry.asked()) - before == 1 + 2


def test_an_image_is_looked_up_once_for_any_number_of_caches(registry: DockerRegistry) -> None:
    registry.push("once/app:1", b"a")
    lookup, before = Lookup(), len(registry.asked())
    for _ in range(3):
        answers = resolve(Target(registry.host), *["once/app:1"] * 50, lookup=lookup)
    assert len({answer.digest for answer in answers}) == 1
    assert len(registry.asked()) - before == 1 + 2


# -- logins


def test_a_login_by_password(closed: DockerRegistry) -> None:
    digest = closed.push("team/app:1", b"a")
    (answer,) = resolve(Target(closed.host, LOGIN), "team/app:1")
    assert answer.digest == digest


@pytest.mark.parametrize(("login", "who"), [(Login(), "without a login"), (Login(USER, "x"), USER)])
@pytest.mark.parametrize("kind", ["password", "token"])
def test_a_refused_login_is_reported_with_the_user_and_tried_once(
    closed: DockerRegistry,
    tokens: tuple[DockerRegistry, TokenService],
    kind: str,
    login: Login,
    who: str,
) -> None:
    registry = closed if kind == "password" else tokens[0]
    names = [f"team/refused-{number}:1" for number in range(20)]
    asked = len(tokens[1].asked)
    answers = resolve(Target(registry.host, login), *names)
    assert {answer.failure for answer in answers} == {Failure.DENIED}
    assert all(who in answer.message for answer in answers)
    if login.user and kind == "token":
        assert len(tokens[1].asked) - asked == 1


def test_one_token_is_used_for_all_repositories(
    tokens: tuple[DockerRegistry, TokenService],
) -> None:
    registry, service = tokens
    names = [f"team/many-{number}:1" for number in range(20)]
    digests = [registry.push(name, name.encode()) for name in names[:1]]
    asked = len(service.asked)
    answers = resolve(Target(registry.host, LOGIN), *names)
    assert answers[0].digest == digests[0]
    assert {answer.failure for answer in answers[1:]} == {Failure.MISSING}
    assert [len(repositories) for repositories in service.asked[asked:]] == [20]


def test_a_token_without_a_login_reads_public_images(
    tokens: tuple[DockerRegistry, TokenService],
) -> None:
    registry, _ = tokens
    digest = registry.push("library/public:1", b"a")
    registry.push("team/private:1", b"a")
    public, private = resolve(Target(registry.host), "library/public:1", "team/private:1")
    assert (public.digest, private.failure) == (digest, Failure.DENIED)


# -- TLS and hosts


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerRegistry]:
    """A registry with a self-signed certificate."""
    folder = tmp_path_factory.mktemp("tls")
    with docker_registry(folder, certificate=make_certificate(folder).file) as found:
        yield found


def test_an_untrusted_certificate_is_reported_unless_the_registry_is_insecure(
    encrypted: DockerRegistry,
) -> None:
    digest = encrypted.push("team/app:1", b"a")
    (answer,) = resolve(Target(encrypted.host), "team/app:1")
    assert answer.failure is Failure.UNKNOWN
    assert "certificate" in answer.message
    (answer,) = resolve(Target(encrypted.host, insecure=frozenset({encrypted.host})), "team/app:1")
    assert answer.digest == digest


def test_a_plain_http_registry_is_read_without_tls(registry: DockerRegistry) -> None:
    digest = registry.push("plain/app:1", b"a")
    (answer,) = resolve(Target(registry.host, is_plain_http=True), "plain/app:1")
    assert answer.digest == digest


@pytest.mark.parametrize("name", ["app:1", "app:2"])
def test_an_unreachable_vpc_host_is_replaced_by_its_public_host(
    encrypted: DockerRegistry, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    digest = encrypted.push("detour/app:1", b"a")
    monkeypatch.setattr(session, "public_host", lambda _: encrypted.host)
    target = Target("registry-vpc.invalid", LOGIN, insecure=frozenset({encrypted.host}))
    (answer,) = resolve(target, f"detour/{name}")
    if name == "app:1":
        assert answer.digest == digest
    else:
        assert answer.failure is Failure.MISSING


def test_if_neither_host_is_reachable_the_failure_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "public_host", lambda _: "registry.invalid")
    (answer,) = resolve(Target("registry-vpc.invalid"), "app:1")
    assert answer.failure is Failure.UNKNOWN
    assert "registry.invalid" in answer.message
