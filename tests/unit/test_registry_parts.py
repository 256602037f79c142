"""Parts of the registry client that need no registry: hosts, challenges, and odd manifests."""

from __future__ import annotations

import json

import pytest

from pulumi_eci.api.connection import Connection
from pulumi_eci.model.reference import registry_host
from pulumi_eci.registry.access import Access, Instance, Login
from pulumi_eci.registry.answer import RegistryError
from pulumi_eci.registry.challenge import bearer, read_challenge
from pulumi_eci.registry.hosts import is_loopback, may_log_in, public_host
from pulumi_eci.registry.manifest import read_manifest

CN = "cn-hangzhou"


@pytest.mark.parametrize(
    ("host", "public"),
    [
        (f"registry-vpc.{CN}.aliyuncs.com", f"registry.{CN}.aliyuncs.com"),
        (f"registry-internal.{CN}.aliyuncs.com", f"registry.{CN}.aliyuncs.com"),
        (f"shop-registry-vpc.{CN}.cr.aliyuncs.com", f"shop-registry.{CN}.cr.aliyuncs.com"),
        (f"a-vpc-registry-vpc.{CN}.cr.aliyuncs.com", f"a-vpc-registry.{CN}.cr.aliyuncs.com"),
        (f"crpi-x1-vpc.{CN}.personal.cr.aliyuncs.com", f"crpi-x1.{CN}.personal.cr.aliyuncs.com"),
        (f"registry.{CN}.aliyuncs.com", ""),
        (f"registry-vpc.{CN}.aliyuncs.com.evil.example", ""),
        ("registry-vpc.example.com", ""),
        ("docker.io", ""),
    ],
)
def test_the_public_host_of_a_registry_in_a_vpc(host: str, public: str) -> None:
    assert public_host(host) == public


@pytest.mark.parametrize(
    ("registry", "realm", "allowed"),
    [
        ("https://registry-1.docker.io", "https://auth.docker.io/token", True),
        ("https://ghcr.io", "https://ghcr.io/token", True),
        (f"https://registry.{CN}.aliyuncs.com", f"https://dockerauth.{CN}.aliyuncs.com/auth", True),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5001/token", True),
        ("https://registry.example.com", "https://example.com.evil.org/token", False),
        ("https://registry.example.com", "https://registry.example.com@evil.org/token", False),
        ("https://10.0.0.1", "https://10.1.0.1/token", False),
        ("http://localhost:5000", "http://127.0.0.1:5000/token", False),
        ("http://registry", "http://other/token", False),
        ("https://ghcr.io", "https://[::bad/token", False),
    ],
)
def test_which_hosts_may_get_a_password(registry: str, realm: str, allowed: bool) -> None:
    assert may_log_in(registry, realm) is allowed


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost:5000", True),
        ("127.1.2.3", True),
        ("[::1]:5000", True),
        ("localhost.example.com", False),
        ("10.0.0.1:5000", False),
    ],
)
def test_which_registries_are_on_this_machine(host: str, here: bool) -> None:
    assert is_loopback(host) is here


@pytest.mark.parametrize(
    ("header", "scheme", "parameters"),
    [
        (None, "", {}),
        ("", "", {}),
        ('Basic realm="a, b"', "basic", {"realm": "a, b"}),
        ("bearer Realm=https://a/b,Service=c", "bearer", {"realm": "https://a/b", "service": "c"}),
        (
            'Basic realm="x", Bearer realm="https://a/?b=c", scope="repository:a:pull,push"',
            "bearer",
            {"realm": "https://a/?b=c", "scope": "repository:a:pull,push"},
        ),
        ("Negotiate", "", {}),
    ],
)
def test_challenges_are_read(header: str | None, scheme: str, parameters: dict[str, str]) -> None:
    challenge = read_challenge(header)
    assert (challenge.scheme, challenge.parameters) == (scheme, parameters)


@pytest.mark.parametrize("body", [{}, {"token": 1}, {"token": "a\r\nb"}, {"token": ""}, []])
def test_an_invalid_token_is_rejected(body: object) -> None:
    with pytest.raises(RegistryError):
        bearer(json.dumps(body).encode())


def test_invalid_sizes_do_not_count() -> None:
    layers = [{"digest": str(n), "size": size} for n, size in enumerate([True, -1, 2.5, "9", None])]
    body = json.dumps({"layers": [*layers, {"digest": "a", "size": 7}, 3, {}]}).encode()
    assert sum((read_manifest(body, "").layers or {}).values()) == 7


@pytest.mark.parametrize(
    ("name", "host"),
    [
        (" Registry.Example.com ", "registry.example.com"),
        ("index.docker.io", "docker.io"),
        ("docker.io", "docker.io"),
        ("registry.example.com:5000/team", "registry.example.com:5000"),
    ],
)
def test_the_host_of_an_image_name(name: str, host: str) -> None:
    assert registry_host(name) == host


SHOP = Instance("cri-shop", Connection(CN, "cr"))


@pytest.mark.parametrize(
    ("instance", "host", "found"),
    [
        (SHOP, f"shop-registry-vpc.{CN}.cr.aliyuncs.com", True),
        (SHOP, f"shop-registry.{CN}.cr.aliyuncs.com", True),
        (SHOP, "shop-registry.cn-beijing.cr.aliyuncs.com", False),
        (SHOP, f"registry-vpc.{CN}.aliyuncs.com", False),
        (Instance("i", SHOP.connection, "other"), f"shop-registry.{CN}.cr.aliyuncs.com", False),
        (Instance("i", SHOP.connection, "", ("r.example.com",)), "r.example.com", True),
    ],
)
def test_the_hosts_of_an_instance(instance: Instance, host: str, found: bool) -> None:
    assert (Access(instances=(instance,)).target(host).instance is instance) is found


def test_a_login_does_not_show_its_password() -> None:
    way = Access({"a.example.com": Login("u", "hunter2")}).target("a.example.com")
    assert way.login.password == "hunter2"
    assert "hunter2" not in repr(way)
