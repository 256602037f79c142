"""How `make engine` chooses a source, downloads or builds an engine, and keeps it. No network."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.engine import build, cache, download, found, languages
from tools.engine.__main__ import on_path
from tools.engine.choose import AUTO, NoEngine, Source, choose
from tools.engine.report import Unavailable


def give(folder: str) -> Path:
    """Return the folder of a source that works."""
    return Path(folder)


def refuse(reason: str) -> Path:
    """Raise the exception of a source that does not work."""
    raise Unavailable(reason)


def source(name: str, *, ready: str = "", obtain: str = "") -> Source:
    """Return a source with the folders that are ready and that it can obtain, if any."""
    return Source(
        name,
        ready=lambda: give(ready) if ready else refuse("nothing yet"),
        obtain=lambda: give(obtain) if obtain else refuse(f"{name} is out of order"),
    )


class TestChoose:
    """The order of the sources."""

    def test_the_first_working_source_is_used(self, capsys: pytest.CaptureFixture[str]) -> None:
        sources = [source("path"), source("download", obtain="/d"), source("build", obtain="/b")]
        assert choose(sources) == Path("/d")
        last = capsys.readouterr().err.splitlines()[-1]
        assert last == "engine: using download: /d (path: path is out of order)"

    def test_a_ready_engine_is_preferred_to_a_download(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        sources = [source("download", obtain="/d"), source("build", ready="/b", obtain="/b2")]
        assert choose(sources) == Path("/b")
        assert capsys.readouterr().err == "engine: using build: /b (download: nothing yet)\n"

    def test_a_selected_source_has_no_fallback(self) -> None:
        with pytest.raises(NoEngine, match="path is out of order"):
            choose([source("path"), source("build", obtain="/b")], "path")

    def test_the_failure_names_the_tried_sources_and_the_advice(self) -> None:
        with pytest.raises(NoEngine) as caught:
            choose([source("path"), source("download"), source("build")], AUTO)
        message = str(caught.value)
        for expected in (
            "path: path is out of order",
            "download: download is out of order",
            "build: build is out of order",
            "install Pulumi",
            "install Go",
        ):
            assert expected in message


class TestCache:
    """The folder that keeps engines."""

    def test_an_entry_is_created_once(self, tmp_path: Path) -> None:
        runs: list[Path] = []
        for _ in range(2):
            entry = cache.make(tmp_path / "entry", runs.append)
            assert entry.is_dir()
        assert len(runs) == 1

    def test_a_failed_creation_leaves_no_entry(self, tmp_path: Path) -> None:
        def fail(folder: Path) -> None:
            (folder / "half").touch()
            refuse("no")

        with pytest.raises(Unavailable):
            cache.make(tmp_path / "entry", fail)
        assert [file.name for file in tmp_path.iterdir()] == [".entry.lock"]

    def test_two_runs_at_the_same_time_create_one_entry(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        began, waits, runs = threading.Event(), threading.Event(), []
        monkeypatch.setattr(cache, "say", lambda _: waits.set())

        def slow(folder: Path) -> None:
            runs.append(folder)
            began.set()
            assert waits.wait(10)

        first = threading.Thread(target=cache.make, args=(tmp_path / "entry", slow))
        second = threading.Thread(target=cache.make, args=(tmp_path / "entry", slow))
        first.start()
        assert began.wait(10)
        second.start()
        first.join(10)
        second.join(10)
        assert len(runs) == 1


class TestDownload:
    """The installer of the Pulumi SDK."""

    @pytest.fixture(autouse=True)
    def _own_cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def test_an_unreachable_network_is_reported_before_the_download(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(download, "probe", lambda _: "connection refused")
        with pytest.raises(Unavailable, match="not reachable: connection refused"):
            download.fetch()

    def test_the_files_of_the_installer_are_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        installer = (
            "import pathlib, sys\n"
            "bin = pathlib.Path(sys.argv[1], 'bin')\n"
            "bin.mkdir()\n"
            f"for name in {(*found.ENGINE_FILES, *found.LANGUAGE_FILES)}:\n"
            "    (bin / name).touch(mode=0o755)\n"
        )
        monkeypatch.setattr(download, "_INSTALL", installer)
        monkeypatch.setattr(download, "probe", lambda _: "")
        assert download.fetch() == download.cached() == download.entry() / "bin"

    def test_a_failed_installer_is_reported_in_one_line(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(download, "_INSTALL", "raise OSError('HTTP 403')")
        monkeypatch.setattr(download, "probe", lambda _: "")
        with pytest.raises(Unavailable, match="installer failed: OSError: HTTP 403"):
            download.fetch()
        assert not download.entry().exists()


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
    """An installation: executables and links by folder, folders on PATH, and the folder to use."""

    folders: Mapping[str, Sequence[str]]
    links: Mapping[str, str]
    path: Sequence[str]
    used: str

    def install(self, root: Path) -> str:
        """Create the installation, and return PATH."""
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

    @pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
    def test_an_installed_engine_is_used(self, tmp_path: Path, layout: Layout) -> None:
        assert found.on_path(layout.install(tmp_path)) == tmp_path / layout.used

    def test_an_old_engine_is_rejected_with_both_versions(self, tmp_path: Path) -> None:
        scripts(tmp_path, *CURRENT, version="v3.100.0")
        with pytest.raises(Unavailable, match=r"is v3\.100\.0.*3\.216\.0"):
            found.on_path(str(tmp_path))

    @pytest.mark.parametrize("lacking", CURRENT[1:])
    def test_an_engine_without_a_helper_is_rejected_with_the_name_of_the_helper(
        self, tmp_path: Path, lacking: str
    ) -> None:
        scripts(tmp_path, *(name for name in CURRENT if name != lacking))
        with pytest.raises(Unavailable, match=f"{lacking} is missing"):
            found.on_path(str(tmp_path))

    def test_an_engine_of_an_older_recipe_is_rejected(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        old = build.entry().with_name("v3.300.1-old")
        scripts(old / "language", *CURRENT)
        scripts(old, *found.ENGINE_FILES)
        monkeypatch.setenv("PATH", str(old / "language"))
        with pytest.raises(Unavailable, match="built by another version of this project"):
            on_path()

    def test_a_broken_engine_is_rejected(self, tmp_path: Path) -> None:
        script(tmp_path / "pulumi", "exit 3")
        with pytest.raises(Unavailable, match="does not run"):
            found.on_path(str(tmp_path))


class TestBuild:
    """The build from Go modules."""

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

    def test_the_error_output_of_go_is_kept(
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


class Builder:
    """Replaces Go, and writes the executables instead of building them."""

    def __init__(self) -> None:
        self.built: list[str] = []

    def build(self, module: str, _package: str, target: Path, *, stamp: str) -> None:
        self.built.append(module)
        target.write_text(stamp)


@pytest.fixture
def builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builder:
    """A builder and an empty cache folder."""
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


def test_a_release_must_contain_the_hosts(builder: Builder, tmp_path: Path) -> None:
    with pytest.raises(NoEngine, match="has no pulumi-language-yaml"):
        languages.add(tmp_path, ["yaml"])
    (tmp_path / "pulumi-language-yaml").touch()
    languages.add(tmp_path, ["yaml"])
    assert builder.built == []


@pytest.mark.parametrize("host", languages.HOSTS, ids=lambda host: host.module)
def test_the_modules_pin_the_versions_that_are_built(host: languages.Host) -> None:
    module = build.recipe_of(host.module).decode()
    assert f"tool {host.package}\n" in module
    assert f" v{host.version} " in module
