"""How `make engine` finds an engine, and builds one; nothing here really builds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.engine import build, found
from tools.engine.report import Unavailable


def script(file: Path, text: str = "") -> None:
    """Write an executable shell script."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


def engine_folder(folder: Path, version: str = "v3.300.1", language: str = ".") -> Path:
    """Make a folder that looks like an installed engine."""
    for name in found.ENGINE_FILES:
        script(folder / name, f"echo {version}")
    for name in found.LANGUAGE_FILES:
        script(folder / language / name)
    return folder


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
        """A version is read with or without `v`, and without what follows the numbers."""
        assert found.parse_version(text) == version

    def test_an_unreadable_version_is_refused(self) -> None:
        """An engine that does not tell its version is not used."""
        with pytest.raises(Unavailable, match="cannot read 'devel'"):
            found.parse_version("devel")

    def test_versions_compare_as_numbers(self) -> None:
        """3.99 is older than 3.216."""
        assert found.parse_version("v3.99.0") < found.MINIMUM

    def test_a_complete_engine_on_path_is_taken(self, tmp_path: Path) -> None:
        """A new enough `pulumi` with its helpers beside it is used as it is."""
        folder = engine_folder(tmp_path / "bin")
        assert found.on_path(str(folder)) == folder

    def test_a_built_engine_on_path_is_taken(self, tmp_path: Path) -> None:
        """The language host may lie in the subfolder `language`."""
        folder = engine_folder(tmp_path / "bin", language="language")
        assert found.on_path(str(folder)) == folder

    def test_a_link_leads_to_the_helpers(self, tmp_path: Path) -> None:
        """Where a package manager linked `pulumi` alone, the folder it links to is used."""
        folder = engine_folder(tmp_path / "cellar")
        linked = tmp_path / "bin" / "pulumi"
        linked.parent.mkdir()
        linked.symlink_to(folder / "pulumi")
        assert found.on_path(str(linked.parent)) == folder

    def test_an_old_engine_is_refused_with_both_versions(self, tmp_path: Path) -> None:
        """The message names the version that is there and the one that is needed."""
        folder = engine_folder(tmp_path / "bin", version="v3.100.0")
        with pytest.raises(Unavailable, match=r"is v3\.100\.0; 3\.216\.0 or newer is needed"):
            found.on_path(str(folder))

    def test_an_engine_without_helpers_is_refused_with_their_names(self, tmp_path: Path) -> None:
        """A lone `pulumi` cannot run dynamic providers."""
        script(tmp_path / "pulumi", "echo v3.300.0")
        with pytest.raises(Unavailable, match="pulumi-resource-pulumi-python"):
            found.on_path(str(tmp_path))

    def test_a_broken_engine_is_refused(self, tmp_path: Path) -> None:
        """A `pulumi` that ends with an error is passed over, not fatal."""
        script(tmp_path / "pulumi", "exit 3")
        with pytest.raises(Unavailable, match="does not run"):
            found.on_path(str(tmp_path))

    def test_no_pulumi_on_path(self, tmp_path: Path) -> None:
        """An empty PATH is an ordinary answer."""
        with pytest.raises(Unavailable, match="no `pulumi` on PATH"):
            found.on_path(str(tmp_path))

    def test_the_version_is_asked_away_from_the_users_home(self, tmp_path: Path) -> None:
        """`pulumi version` gets a Pulumi folder of its own and makes no update check."""
        script(tmp_path / "pulumi", 'echo "$PULUMI_HOME $PULUMI_SKIP_UPDATE_CHECK"')
        home, update_check = found.ask_version(tmp_path / "pulumi").split()
        assert update_check == "true"
        assert not Path(home).is_relative_to(Path.home() / ".pulumi")


class TestBuild:
    """The build from Go modules."""

    def test_the_recipe_is_part_of_the_key(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Another version makes another entry, so that a stale engine is never taken."""
        before = build.recipe_hash()
        monkeypatch.setattr(build, "VERSION", "3.300.0")
        assert build.recipe_hash() != before

    def test_the_modules_pin_the_versions_that_are_built(self) -> None:
        """`go.mod` and the version stamp name the same release."""
        recipes = Path(build.__file__).parent / "go"
        engine = (recipes / "pulumi" / "go.mod").read_text()
        language = (recipes / "language" / "go.mod").read_text()
        assert f"github.com/pulumi/pulumi/pkg/v3 v{build.VERSION}" in engine
        assert f"github.com/pulumi/pulumi/sdk/v3 v{build.VERSION}" in engine
        assert f"github.com/pulumi/pulumi/sdk/v3 v{build.LANGUAGE_VERSION}" in language

    def test_the_shims_make_the_folder_complete(self, tmp_path: Path) -> None:
        """The two programs and the shims are all that an engine folder needs."""
        for name in ("pulumi", "language/pulumi-language-python"):
            script(tmp_path / name)
        for shim in build.SHIMS:
            script(tmp_path / shim.target)
        assert found.missing_files(tmp_path) == []

    def test_without_go_there_is_no_build(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A machine without Go gets a reason."""
        monkeypatch.setattr("shutil.which", lambda *_, **__: None)
        with pytest.raises(Unavailable, match="no `go` on PATH"):
            build.build()

    def test_what_go_says_of_a_failure_is_kept(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The message holds the words of go, less its list of downloads, and nothing is cached."""
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
