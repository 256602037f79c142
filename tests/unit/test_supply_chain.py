"""The documented permissions and dependencies agree with the code."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from pulumi_eci.api.alicloud import AlibabaCloudGateway
from pulumi_eci.api.connection import Connection
from pulumi_eci.api.gateway import Gateway

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SAMPLES: dict[str, Any] = {"str": "imc-1", "Parameters": {}}


def called_operations(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the operations that the gateway calls, found by calling each of its methods."""
    called: set[str] = set()

    def note(_: object, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        called.add(operation)
        del parameters
        return {"RequestId": "R", "ImageCacheId": "imc-1", "ImageCaches": []}

    monkeypatch.setattr(AlibabaCloudGateway, "_call", note)
    gateway = AlibabaCloudGateway(Connection("cn-hangzhou", "127.0.0.1:1", "http"))
    for name, method in inspect.getmembers(Gateway, inspect.isfunction):
        if name.startswith("_"):
            continue
        wanted = list(inspect.signature(method).parameters.values())[1:]
        getattr(gateway, name)(*(sample(str(each.annotation)) for each in wanted))
    return called


def sample(annotation: str) -> Any:  # noqa: ANN401 - any argument
    """Return a value of a type."""
    if annotation.startswith("Mapping"):
        return {"a": "1"}
    return ["a"] if annotation.startswith("Sequence") else SAMPLES[annotation]


def test_the_ram_policy_allows_exactly_the_operations_of_the_provider(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (ROOT / "SECURITY.md").read_text()
    block = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert block
    (statement,) = json.loads(block[1])["Statement"]
    wanted = {f"eci:{operation}" for operation in called_operations(monkeypatch)}
    assert set(statement["Action"]) == wanted
    assert statement["Action"] == sorted(wanted)
    assert set(re.findall(r"^\| `(eci:\w+)` \|", text, re.MULTILINE)) == wanted
    assert "*" not in statement["Resource"].removesuffix("imagecache/*")


def _lock(name: str) -> str:
    return (ROOT / "locks" / f"{name}.txt").read_text()


def locked() -> dict[str, list[Version]]:
    """Return the locked versions, by package."""
    found: dict[str, list[Version]] = {}
    for path in (ROOT / "locks").glob("*.txt"):
        for name, version in re.findall(r"^([\w.-]+)==(\S+)", path.read_text(), re.MULTILINE):
            found.setdefault(canonical(name), []).append(Version(version))
    return found


def canonical(name: str) -> str:
    """Return a package's name in the form of package indexes."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(*names: str) -> list[Requirement]:
    """Return the requirements in lists of pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text()
    choice = "|".join(names)
    lists = re.findall(rf"^(?:{choice}) = \[(.*?)\]", text, re.MULTILINE | re.DOTALL)
    quoted: Sequence[str] = re.findall(r'"([^"]+)"', "\n".join(lists))
    return [Requirement(each) for each in quoted]


def test_every_dependency_is_locked_to_an_allowed_version() -> None:
    versions = locked()
    requirements = declared("dependencies", "emulator", "build", "dev", "release")
    assert len(requirements) > 10
    for requirement in requirements:
        found = versions.get(canonical(requirement.name), [])
        assert found, f"{requirement.name} is not locked: run `make locks`"
        assert all(version in requirement.specifier for version in found), requirement


def test_the_oldest_allowed_versions_are_locked() -> None:
    lowest = dict(re.findall(r"^([\w.-]+)==(\S+)", _lock("lowest"), re.MULTILINE))
    oldest = {
        canonical(each.name): spec.version
        for each in declared("dependencies", "emulator")
        for spec in each.specifier
        if spec.operator == ">="
    }
    assert len(oldest) > 8
    oldest.pop("typing-extensions")  # other packages require a newer version
    found = {name: Version(lowest[name]) for name in oldest}
    assert found == {name: Version(version) for name, version in oldest.items()}


@pytest.mark.parametrize("name", ["build", "dev", "lowest", "release"])
def test_every_locked_package_has_hashes_and_no_url(name: str) -> None:
    text = _lock(name)
    assert "://" not in text
    entries = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert entries
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


# A release writes to PyPI and Pages. A job that runs no code of the repository creates the release.
WRITES = {"release.yml": {"contents", "id-token", "pages"}}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_no_other_permissions(path: Path) -> None:
    text = path.read_text()
    assert "permissions:\n  contents: read\n" in text
    assert set(re.findall(r"(\S+): write", text)) == WRITES.get(path.name, set())
    assert text.count("persist-credentials: false") == text.count("uses: actions/checkout@")
