"""How `make engine` finds an engine, and builds one; nothing here really builds."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.engine import build, found
from tools.engine.__main__ import on_path
from tools.engine.report import Unavailable


def script(file: Path, text: str = "") -> None:
    """Write an executable shell script."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


CURRENT = (*found.ENGINE_FILES, *found.LANGUAGE_FILES)
SHIM = "pulumi-analyzer-policy-python"  # in releases before 3.221


def scripts(folder: Path, *names: str, version: str = "v3.300.1") -> Path:
    """Make a folder with some executables."""
    for name in names:
        script(folder / name, f"echo {version}")
    return folder


@dataclass(frozen=True)
class Layout:
    """An installation: executables and links by folder, what is on PATH, and what is to be used."""

    folders: Mapping[str, Sequence[str]]
    links: Mapping[str, str]
    path: Sequence[str]
    used: str

    def install(self, root: Path) -> str:
        """Make it, and return PATH."""
        for folder, names in self.folders.items():
            scripts(root / folder, *names)
        for name, target in self.links.items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).symlink_to(root / target)
        return os.pathsep.join(str(root / folder) for folder in self.path)


LAYOUTS = {
    "old release": Layout({"bin": (*CURRENT, SHIM, "pulumi-watch")}, {}, ["bin"], "bin"),
    "current release": Layout({"bin": (*CURRENT, "pulumi-language-go")}, {}, ["bin"], "bin"),
    "every command linked": Layout(
        {"cellar": CURRENT}, {f"bin/{name}": f"cellar/{name}" for name in CURRENT}, ["bin"], "bin"
    ),
    "pulumi linked": Layout({"opt": CURRENT}, {"bin/pulumi": "opt/pulumi"}, ["bin"], "opt"),
    "a link to a link": Layout(
        {"opt": CURRENT},
        {"etc/pulumi": "opt/pulumi", "bin/pulumi": "etc/pulumi"},
        ["bin"],
        "opt",
    ),
    "a package for Python": Layout(
        {"bin": found.ENGINE_FILES, "python": found.LANGUAGE_FILES}, {}, ["bin", "python"], "bin"
    ),
    "built": Layout(
        {"built": (*found.ENGINE_FILES, SHIM), "built/language": found.LANGUAGE_FILES},
        {},
        ["built"],
        "built",
    ),
    "built, with language on PATH": Layout(
        {"built": (*found.ENGINE_FILES, SHIM), "built/language": CURRENT},
        {},
        ["built/language"],
        "built",
    ),
}


class TestFound:
    """An engine on PATH."""

    @pytest.mark.parametrize(
        ("text", "version"),
        [
            ("v3.216.0\n", (3, 216, 0)),
            ("3.259.12", (3, 259, 12)),
            ("v3.300.0-alpha.1+dirty", (3, 300, 0)),
        ],
    )
    def test_versions_are_numbers(self, text: str, version: found.Version) -> None:
        assert found.parse_version(text) == version

    def test_an_unreadable_version_is_refused(self) -> None:
        with pytest.raises(Unavailable, match="cannot read 'devel'"):
            found.parse_version("devel")

    def test_versions_compare_as_numbers(self) -> None:
        assert found.parse_version("v3.99.0") < found.MINIMUM

    @pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
    def test_what_is_installed_is_taken_as_it_is(self, tmp_path: Path, layout: Layout) -> None:
        assert found.on_path(layout.install(tmp_path)) == tmp_path / layout.used

    def test_an_old_engine_is_refused_with_both_versions(self, tmp_path: Path) -> None:
        scripts(tmp_path, *CURRENT, version="v3.100.0")
        with pytest.raises(Unavailable, match=r"is v3\.100\.0; 3\.216\.0 or newer is needed"):
            found.on_path(str(tmp_path))

    @pytest.mark.parametrize("lacking", CURRENT[1:])
    def test_an_engine_without_a_helper_is_refused_with_its_name(
        self, tmp_path: Path, lacking: str
    ) -> None:
        scripts(tmp_path, *(name for name in CURRENT if name != lacking))
        with pytest.raises(Unavailable, match=f"has no {lacking} beside it"):
            found.on_path(str(tmp_path))

    def test_pulumi_alone_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(Unavailable, match=", ".join(CURRENT[1:])):
            found.on_path(str(scripts(tmp_path, "pulumi")))

    def test_what_an_older_recipe_built_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        old = build.entry().with_name("v3.300.1-old")
        scripts(old / "language", *CURRENT)
        scripts(old, *found.ENGINE_FILES)
        monkeypatch.setenv("PATH", str(old / "language"))
        with pytest.raises(Unavailable, match="built by another version of this project"):
            on_path()

    def test_a_broken_engine_is_refused(self, tmp_path: Path) -> None:
        script(tmp_path / "pulumi", "exit 3")
        with pytest.raises(Unavailable, match="does not run"):
            found.on_path(str(tmp_path))

    def test_no_pulumi_on_path(self, tmp_path: Path) -> None:
        with pytest.raises(Unavailable, match="no `pulumi` on PATH"):
            found.on_path(str(tmp_path))

    def test_the_version_is_asked_away_from_the_users_home(self, tmp_path: Path) -> None:
        script(tmp_path / "pulumi", 'echo "$PULUMI_HOME $PULUMI_SKIP_UPDATE_CHECK"')
        home, update_check = found.ask_version(tmp_path / "pulumi").split()
        assert update_check == "true"
        assert not Path(home).is_relative_to(Path.home() / ".pulumi")


class TestBuild:
    """The build from Go modules."""

    def test_the_recipe_is_part_of_the_key(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before = build.recipe_hash()
        monkeypatch.setattr(build, "VERSION", "3.300.0")
        assert build.recipe_hash() != before

    def test_the_modules_pin_the_versions_that_are_built(self) -> None:
        recipes = Path(build.__file__).parent / "go"
        engine = (recipes / "pulumi" / "go.mod").read_text()
        language = (recipes / "language" / "go.mod").read_text()
        assert f"github.com/pulumi/pulumi/pkg/v3 v{build.VERSION}" in engine
        assert f"github.com/pulumi/pulumi/sdk/v3 v{build.VERSION}" in engine
        assert f"github.com/pulumi/pulumi/sdk/v3 v{build.LANGUAGE_VERSION}" in language

    def test_the_shims_make_the_folder_complete(self, tmp_path: Path) -> None:
        scripts(tmp_path, "pulumi", "language/pulumi-language-python")
        scripts(tmp_path, *(shim.target for shim in build.SHIMS))
        assert found.missing_files(tmp_path) == []

    def test_a_host_that_cannot_be_changed_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "main.go").write_text("package main\n")
        with pytest.raises(Unavailable, match=r"main\.go is not the file"):
            build._host_source(tmp_path / "main.go")

    def test_without_go_there_is_no_build(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("shutil.which", lambda *_, **__: None)
        with pytest.raises(Unavailable, match="no `go` on PATH"):
            build.build()

    def test_what_go_says_of_a_failure_is_kept(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        script(
            tmp_path / "go",
            "echo 'go: downloading x v1' >&2; echo 'module: 403 Forbidden' >&2; exit 1",
        )
        monkeypatch.setattr("shutil.which", lambda *_, **__: str(tmp_path / "go"))
        with pytest.raises(Unavailable) as caught:
            build.build()
        assert str(caught.value) == "go build failed:\n    module: 403 Forbidden"
        assert not build.entry().exists()
