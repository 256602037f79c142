"""How `make engine LANGUAGES=…` comes by language hosts; nothing here really builds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.engine import build, languages
from tools.engine.choose import NoEngine


class Builder:
    """Stands in for Go, and writes what it is told to build."""

    def __init__(self) -> None:
        self.built: list[str] = []

    def build(self, module: str, _package: str, target: Path, *, stamp: str) -> None:
        self.built.append(module)
        target.write_text(stamp)


@pytest.fixture
def builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builder:
    """A builder, and an empty cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Builder()
    monkeypatch.setattr(build, "find_go", lambda: made)
    return made


def test_a_built_engine_gets_each_host_once(builder: Builder, tmp_path: Path) -> None:
    for engine in (tmp_path / "one", tmp_path / "two"):
        (engine / "language").mkdir(parents=True)
        for _ in range(2):
            languages.add(engine, ["yaml", "nodejs"])
        host = engine / "language" / "pulumi-language-yaml"
        assert "Version=v1.25.0" in host.read_text()
    assert builder.built == ["yaml", "nodejs"]


def test_a_host_of_another_recipe_is_replaced(builder: Builder, tmp_path: Path) -> None:
    host = tmp_path / "language" / "pulumi-language-yaml"
    host.parent.mkdir()
    host.write_text("old")
    languages.add(tmp_path, ["yaml"])
    assert host.read_text() != "old"
    assert builder.built == ["yaml"]
    assert list(host.parent.iterdir()) == [host]


def test_a_release_has_its_own(builder: Builder, tmp_path: Path) -> None:
    with pytest.raises(NoEngine, match="has no pulumi-language-yaml"):
        languages.add(tmp_path, ["yaml"])
    (tmp_path / "pulumi-language-yaml").touch()
    languages.add(tmp_path, ["yaml"])
    assert builder.built == []


def test_an_unknown_language_is_told_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(NoEngine, match="no language host for cobol; there are nodejs, yaml"):
        languages.add(tmp_path, ["yaml", "cobol"])


@pytest.mark.parametrize("host", languages.HOSTS, ids=lambda host: host.module)
def test_the_modules_pin_the_versions_that_are_built(host: languages.Host) -> None:
    module = build.recipe_of(host.module).decode()
    assert f"tool {host.package}\n" in module
    assert f" v{host.version} " in module
