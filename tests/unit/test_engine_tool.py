"""How `make engine` decides; nothing here builds, downloads or asks the network."""

from __future__ import annotations

import importlib.metadata
import stat
import threading
from pathlib import Path

import pytest

from tools.engine import build, cache, download, found
from tools.engine.choose import AUTO, NoEngine, Source, choose
from tools.engine.report import Progress, Unavailable


def give(folder: str) -> Path:
    """Stand in for a source that works."""
    return Path(folder)


def refuse(reason: str) -> Path:
    """Stand in for a source that does not."""
    raise Unavailable(reason)


def source(name: str, *, ready: str = "", obtain: str = "") -> Source:
    """Return a source with the folders it has ready and can obtain, if any."""
    return Source(
        name,
        ready=lambda: give(ready) if ready else refuse("nothing yet"),
        obtain=lambda: give(obtain) if obtain else refuse(f"{name} is out of order"),
    )


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


class TestChoose:
    """The order of the sources."""

    def test_the_first_source_that_works_wins(self) -> None:
        """Sources are tried in their order, and a refusal leads to the next one."""
        sources = [source("path"), source("download", obtain="/d"), source("build", obtain="/b")]
        assert choose(sources) == Path("/d")

    def test_an_earlier_result_wins_over_fetching(self) -> None:
        """A build that is kept is taken before a download is tried."""
        sources = [source("download", obtain="/d"), source("build", ready="/b", obtain="/b2")]
        assert choose(sources) == Path("/b")

    def test_a_named_way_is_the_only_one(self) -> None:
        """PULUMI_ECI_ENGINE=build passes over a `pulumi` on PATH."""
        sources = [source("path", ready="/p", obtain="/p"), source("build", obtain="/b")]
        assert choose(sources, "build") == Path("/b")

    def test_a_named_way_has_no_fallback(self) -> None:
        """PULUMI_ECI_ENGINE=path fails where PATH has no engine, though a build would work."""
        with pytest.raises(NoEngine, match="path is out of order"):
            choose([source("path"), source("build", obtain="/b")], "path")

    def test_an_unknown_way_is_named_with_the_known_ones(self) -> None:
        """A misspelt PULUMI_ECI_ENGINE is answered with what it can be."""
        with pytest.raises(NoEngine, match="'buidl'; it can be auto, path or build"):
            choose([source("path"), source("build")], "buidl")

    def test_failure_says_what_was_tried_and_what_to_do(self) -> None:
        """One message holds every reason and the three ways out."""
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


class TestCache:
    """The folder that keeps engines."""

    def test_the_key_names_what_the_entry_depends_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Version, system, architecture and recipe are in the name, in the usual words."""
        monkeypatch.setattr("platform.system", lambda: "Linux")
        monkeypatch.setattr("platform.machine", lambda: "x86_64")
        assert cache.key("3.259.0", "abc") == "v3.259.0-linux-amd64-abc"
        assert cache.key("3.259.0") == "v3.259.0-linux-amd64"

    @pytest.mark.parametrize("value", ["", "relative"])
    def test_the_default_folder(self, value: str) -> None:
        """Without a usable XDG_CACHE_HOME, `~/.cache` is the place."""
        expected = Path.home() / ".cache" / "pulumi-eci" / "engine"
        assert cache.root({"XDG_CACHE_HOME": value}) == expected

    def test_the_configured_folder(self) -> None:
        """XDG_CACHE_HOME is honoured."""
        assert cache.root({"XDG_CACHE_HOME": "/c"}) == Path("/c/pulumi-eci/engine")

    def test_an_entry_is_made_once(self, tmp_path: Path) -> None:
        """A second run finds what the first one made."""
        runs: list[Path] = []
        for _ in range(2):
            entry = cache.make(tmp_path / "entry", runs.append)
            assert entry.is_dir()
        assert len(runs) == 1

    def test_a_failure_leaves_nothing(self, tmp_path: Path) -> None:
        """An entry that could not be finished does not exist, nor do its remains."""

        def fail(folder: Path) -> None:
            (folder / "half").touch()
            refuse("no")

        with pytest.raises(Unavailable):
            cache.make(tmp_path / "entry", fail)
        assert [file.name for file in tmp_path.iterdir()] == [".entry.lock"]

    def test_remains_of_a_killed_run_are_removed(self, tmp_path: Path) -> None:
        """What a killed run left is cleared by the next one."""
        (tmp_path / ".entry.tmp-dead").mkdir()
        cache.make(tmp_path / "entry", lambda _: None)
        assert not (tmp_path / ".entry.tmp-dead").exists()

    def test_two_runs_at_once_make_one_entry(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The second run says that it waits, and then uses what the first one made."""
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

    def test_others_may_use_the_entry(self, tmp_path: Path) -> None:
        """The entry does not keep the closed mode of a temporary folder."""
        entry = cache.make(tmp_path / "entry", lambda _: None)
        assert stat.S_IMODE(entry.stat().st_mode) == 0o755


class TestDownload:
    """The installer of the Pulumi SDK."""

    @pytest.fixture(autouse=True)
    def _own_cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def test_a_refused_network_is_told_before_anything_is_fetched(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What the probe says is the reason; the installer is not started."""
        monkeypatch.setattr(download, "probe", lambda _: "connection refused")
        with pytest.raises(Unavailable, match="not reachable: connection refused"):
            download.fetch()

    def test_the_probe_tells_a_closed_port(self) -> None:
        """A refused connection is a reason, not an exception."""
        assert "refused" in download.probe("http://127.0.0.1:1/")

    def test_the_probe_does_not_wait_for_a_hanging_lookup(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A look-up that cannot be interrupted is given up after the time allowed."""
        release = threading.Event()

        def hang(*_: object, **__: object) -> None:
            release.wait(10)
            raise OSError("too late")

        monkeypatch.setattr("urllib.request.urlopen", hang)
        assert download.probe("http://hangs.invalid/", 0.01) == "no answer within 0.01 s"
        release.set()

    def test_what_the_installer_brings_is_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A complete download is moved into place and found by the next run."""
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

    def test_a_failed_installer_is_told_in_one_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The last line of the installer's traceback is the reason."""
        monkeypatch.setattr(download, "_INSTALL", "raise OSError('HTTP 403')")
        monkeypatch.setattr(download, "probe", lambda _: "")
        with pytest.raises(Unavailable, match="installer failed: OSError: HTTP 403"):
            download.fetch()
        assert not download.entry().exists()

    def test_without_the_sdk_there_is_no_installer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The step passes when the Pulumi SDK is not installed."""

        def missing(name: str) -> str:
            raise importlib.metadata.PackageNotFoundError(name)

        monkeypatch.setattr("importlib.metadata.version", missing)
        with pytest.raises(Unavailable, match="SDK is not installed"):
            download.cached()


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


def test_progress_is_told_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    """A tick is silent until the next report is due."""
    now = iter([0.0, 5.0, 21.0, 25.0, 42.0])
    progress = Progress("go build", every=20, clock=lambda: next(now))
    for _ in range(4):
        progress.tick("3 modules downloaded")
    assert capsys.readouterr().err.splitlines() == [
        "engine:   go build: 21 s so far, 3 modules downloaded",
        "engine:   go build: 42 s so far, 3 modules downloaded",
    ]
