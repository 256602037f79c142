"""The identity of a stack among stacks of the same name: its backend, or its state."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from pulumi_eci.dynamic.identity import find_backend, identify_stack, stack_of

STACK = "urn:pulumi:dev::shop::pulumi-python:dynamic/eci:ImageCache::web"
CLOUD = "https://api.pulumi.com"


@pytest.mark.parametrize(
    ("environ", "project", "login", "expected"),
    [
        ({"PULUMI_BACKEND_URL": "s3://one"}, "s3://two", "s3://three", "s3://one"),
        ({}, "s3://two", "s3://three", "s3://two"),
        ({}, None, "s3://three", "s3://three"),
        ({"PULUMI_API": "https://pulumi.example.com"}, None, None, "https://pulumi.example.com"),
        ({"PULUMI_ACCESS_TOKEN": "pul-1"}, None, None, CLOUD),
        ({}, None, None, ""),
    ],
)
def test_the_backend_is_found_as_the_engine_finds_it(
    tmp_path: Path, environ: dict[str, str], project: str | None, login: str | None, expected: str
) -> None:
    (tmp_path / "program").mkdir()
    backend = f"backend: {{url: {project}}}" if project else ""
    (tmp_path / "Pulumi.yaml").write_text(f"name: shop\nruntime: python\n{backend}\n")
    if login:
        (tmp_path / "credentials.json").write_text(json.dumps({"current": login}))
    environ = {"PULUMI_HOME": str(tmp_path), **environ}
    assert find_backend(environ, tmp_path / "program") == expected


@pytest.mark.parametrize("project", ["shop", "pulumi", "pulumi-eci-quickstart"])
def test_resources_share_the_stack_and_project_of_their_urns(project: str) -> None:
    stack = f"urn:pulumi:dev::{project}"
    assert stack_of(f"{stack}::pulumi-python:dynamic/eci:ImageCache::web") == stack
    assert stack_of(f"{stack}::my:Shop$pulumi-python:dynamic/eci:ImageCache::a::b") == stack


def identify(url: str, organization: str = "organization", folder: Path | None = None) -> str:
    """Return the identity of the stack on the backend *url*."""
    return identify_stack(STACK, organization, {"PULUMI_BACKEND_URL": url}, folder or Path("/"))


def test_backends_and_organizations_distinguish_stacks() -> None:
    found = {
        identify(CLOUD, "acme"),
        identify(CLOUD, "globex"),
        identify("https://pulumi.example.com", "acme"),
        identify("s3://states?region=eu-west-1"),
        identify("s3://states/team"),
        identify("postgres://u:p@db.example.com/one"),
        identify("postgres://u:p@db.example.com/two"),
    }
    assert len(found) == 7
    assert "" not in found


def test_spelling_and_password_of_a_login_do_not_matter() -> None:
    assert identify(f"{CLOUD}/", "acme") == identify(CLOUD, "acme")
    assert identify("postgres://u:p@db/one") == identify("postgres://u:other@db/one")


@pytest.mark.parametrize("url", ["postgres://127.0.0.1:5432/db", "s3://a?endpoint=localhost:9000"])
def test_an_address_of_this_machine_is_only_unique_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    here = identify(url)
    monkeypatch.setattr("socket.gethostname", lambda: "another")
    assert identify(url) != here


def provider(name: str, id_: str) -> dict[str, Any]:
    """A provider of dynamic resources, as state has it."""
    kind = "pulumi:providers:pulumi-python"
    return {"urn": f"urn:pulumi:dev::shop::{kind}::{name}", "type": kind, "id": id_}


def write_state(file: Path, *resources: object) -> None:
    """Write a state as the engine does."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"version": 3, "checkpoint": {"latest": {"resources": resources}}}).encode()
    file.write_bytes(gzip.compress(text) if file.suffix == ".gz" else text)


@pytest.mark.parametrize("name", ["shop/dev.json", "shop/dev.json.gz", "dev.json"])
@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("file://{root}/a state", "a state"),
        ("file://{root}/a%20state", "a state"),
        ("file://{root}/state?no_tmp_dir=true", "state"),
        ("file://~", "home"),
        ("file://~/state", "home/state"),
        ("file://./state", "project/state"),
        ("file://state", "project/main/state"),
    ],
)
def test_a_file_backend_is_identified_by_the_contents_of_its_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, place: str, name: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    state = tmp_path / place / ".pulumi" / "stacks" / name
    write_state(
        state, {"type": "pulumi:pulumi:Stack"}, provider("b", "2"), provider("default", "1")
    )
    assert identify(url.format(root=tmp_path), folder=tmp_path / "project" / "main") == "1"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"checkpoint": {"latest": null}}'])
def test_an_unreadable_state_identifies_nothing(tmp_path: Path, content: str) -> None:
    file = tmp_path / ".pulumi" / "stacks" / "shop" / "dev.json"
    file.parent.mkdir(parents=True)
    file.write_text(content)
    assert identify(f"file://{tmp_path}") == ""
    file.unlink()
    assert identify(f"file://{tmp_path}") == ""
