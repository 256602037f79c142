"""How `make engine` chooses a source, and keeps what it got; nothing here asks the network."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from tools.engine import cache
from tools.engine.choose import AUTO, NoEngine, Source, choose
from tools.engine.report import Unavailable


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


class TestChoose:
    """The order of the sources."""

    def test_the_first_source_that_works_wins(self, capsys: pytest.CaptureFixture[str]) -> None:
        sources = [source("path"), source("download", obtain="/d"), source("build", obtain="/b")]
        assert choose(sources) == Path("/d")
        last = capsys.readouterr().err.splitlines()[-1]
        assert last == "engine: using download: /d (path: path is out of order)"

    def test_an_earlier_result_wins_over_fetching(self, capsys: pytest.CaptureFixture[str]) -> None:
        sources = [source("download", obtain="/d"), source("build", ready="/b", obtain="/b2")]
        assert choose(sources) == Path("/b")
        assert capsys.readouterr().err == "engine: using build: /b (download: nothing yet)\n"

    def test_a_named_way_is_the_only_one(self) -> None:
        sources = [source("path", ready="/p", obtain="/p"), source("build", obtain="/b")]
        assert choose(sources, "build") == Path("/b")

    def test_a_named_way_has_no_fallback(self) -> None:
        with pytest.raises(NoEngine, match="path is out of order"):
            choose([source("path"), source("build", obtain="/b")], "path")

    def test_an_unknown_way_is_named_with_the_known_ones(self) -> None:
        with pytest.raises(NoEngine, match="'buidl'; it can be auto, path or build"):
            choose([source("path"), source("build")], "buidl")

    def test_failure_says_what_was_tried_and_what_to_do(self) -> None:
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

    def test_the_key_names_what_the_entry_depends_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("platform.system", lambda: "Linux")
        monkeypatch.setattr("platform.machine", lambda: "x86_64")
        assert cache.key("3.259.0", "abc") == "v3.259.0-linux-amd64-abc"
        assert cache.key("3.259.0") == "v3.259.0-linux-amd64"

    @pytest.mark.parametrize("value", ["", "relative"])
    def test_the_default_folder(self, value: str) -> None:
        expected = Path.home() / ".cache" / "pulumi-eci" / "engine"
        assert cache.root({"XDG_CACHE_HOME": value}) == expected

    def test_the_configured_folder(self) -> None:
        assert cache.root({"XDG_CACHE_HOME": "/c"}) == Path("/c/pulumi-eci/engine")

    def test_an_entry_is_made_once(self, tmp_path: Path) -> None:
        runs: list[Path] = []
        for _ in range(2):
            entry = cache.make(tmp_path / "entry", runs.append)
            assert entry.is_dir()
        assert len(runs) == 1

    def test_a_failure_leaves_nothing(self, tmp_path: Path) -> None:
        def fail(folder: Path) -> None:
            (folder / "half").touch()
            refuse("no")

        with pytest.raises(Unavailable):
            cache.make(tmp_path / "entry", fail)
        assert [file.name for file in tmp_path.iterdir()] == [".entry.lock"]

    def test_remains_of_a_killed_run_are_removed(self, tmp_path: Path) -> None:
        (tmp_path / ".entry.tmp-dead").mkdir()
        cache.make(tmp_path / "entry", lambda _: None)
        assert not (tmp_path / ".entry.tmp-dead").exists()

    def test_two_runs_at_once_make_one_entry(
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

    def test_others_may_use_the_entry(self, tmp_path: Path) -> None:
        entry = cache.make(tmp_path / "entry", lambda _: None)
        assert stat.S_IMODE(entry.stat().st_mode) == 0o755
