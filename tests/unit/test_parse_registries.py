"""Registry credentials, and instances of Container Registry."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.inputs import paths, problems


@pytest.mark.parametrize("missing", ["server", "userName", "password"])
@pytest.mark.parametrize("how", ["absent", "null", "empty"])
def test_a_credential_must_be_complete(missing: str, how: str) -> None:
    credential: dict[str, Any] = {"server": "s", "userName": "u", "password": "p"}
    credential |= {missing: None if how == "null" else ""}
    if how == "absent":
        del credential[missing]
    assert problems(imageRegistryCredentials=[credential]) == [
        (f"imageRegistryCredentials[0].{missing}", "required")
    ]


def test_a_registry_server_has_no_scheme() -> None:
    credential = {"server": "https://s", "userName": "u", "password": "p"}
    ((path, reason),) = problems(imageRegistryCredentials=[credential])
    assert path == "imageRegistryCredentials[0].server"
    assert "scheme" in reason


@pytest.mark.parametrize(("count", "expected"), [(10, []), (11, ["imageRegistryCredentials"])])
def test_a_cache_may_have_10_credentials(count: int, expected: list[str]) -> None:
    credentials = [{"server": f"s{n}", "userName": "u", "password": "p"} for n in range(count)]
    assert paths(imageRegistryCredentials=credentials) == expected


def test_an_unknown_member_of_a_credential_is_named() -> None:
    credential = {"server": "s", "userName": "u", "password": "p", "user": "u"}
    assert problems(imageRegistryCredentials=[credential]) == [
        ("imageRegistryCredentials[0].user", "unknown argument")
    ]


def test_a_credential_that_is_not_an_object_is_reported() -> None:
    assert problems(imageRegistryCredentials=["s"]) == [
        ("imageRegistryCredentials[0]", "must be an object with server, userName, password")
    ]


def test_a_registry_instance_needs_its_id() -> None:
    assert problems(acrRegistryInfos=[{"instanceName": "main"}]) == [
        ("acrRegistryInfos[0].instanceId", "required: the id of the instance, cri-…")
    ]


def test_a_domain_that_is_not_a_string_is_reported_with_its_path() -> None:
    assert problems(acrRegistryInfos=[{"instanceId": "cri-1", "domains": ["a", []]}]) == [
        ("acrRegistryInfos[0].domains[1]", "must be a string")
    ]
