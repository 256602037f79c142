"""How `make engine` checks a download, and tells its progress; without the network."""

from __future__ import annotations

import importlib.metadata
import threading
from pathlib import Path

import pytest

from tools.engine import download, found
from tools.engine.report import Progress, Unavailable


class TestDownload:
    """The installer of the Pulumi SDK."""

    @pytest.fixture(autouse=True)
    def _own_cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def test_a_refused_network_is_told_before_anything_is_fetched(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(download, "probe", lambda _: "connection refused")
        with pytest.raises(Unavailable, match="not reachable: connection refused"):
            download.fetch()

    def test_the_probe_tells_a_closed_port(self) -> None:
        assert "refused" in download.probe("http://127.0.0.1:1/")

    def test_the_probe_does_not_wait_for_a_hanging_lookup(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        release = threading.Event()

        def hang(*_: object, **__: object) -> None:
            release.wait(10)
            raise OSError("too late")

        monkeypatch.setattr("urllib.request.urlopen", hang)
        assert download.probe("http://hangs.invalid/", 0.01) == "no answer within 0.01 s"
        release.set()

    def test_what_the_installer_brings_is_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
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
        monkeypatch.setattr(download, "_INSTALL", "raise OSError('HTTP 403')")
        monkeypatch.setattr(download, "probe", lambda _: "")
        with pytest.raises(Unavailable, match="installer failed: OSError: HTTP 403"):
            download.fetch()
        assert not download.entry().exists()

    def test_without_the_sdk_there_is_no_installer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def missing(name: str) -> str:
            raise importlib.metadata.PackageNotFoundError(name)

        monkeypatch.setattr("importlib.metadata.version", missing)
        with pytest.raises(Unavailable, match="SDK is not installed"):
            download.cached()


def test_progress_is_told_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    now = iter([0.0, 5.0, 21.0, 25.0, 42.0])
    progress = Progress("go build", every=20, clock=lambda: next(now))
    for _ in range(4):
        progress.tick("3 modules downloaded")
    assert capsys.readouterr().err.splitlines() == [
        "engine:   go build: 21 s so far, 3 modules downloaded",
        "engine:   go build: 42 s so far, 3 modules downloaded",
    ]
