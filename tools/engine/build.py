"""Builds the engine from its Go modules, in about four minutes on two cores.

`go/pulumi` and `go/language` are Go modules whose `go.mod` and `go.sum` pin all sources. The engine
needs two replaced modules; `go.mod` explains them. One line of the language host is changed, so
that it runs policy packs and other plugins (`go/language/host`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tools.engine import cache
from tools.engine.found import ask_version, missing_files, parse_version
from tools.engine.report import Progress, Unavailable, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERSION = "3.259.0"
LANGUAGE_VERSION = "3.79.0"  # the last sdk/v3 that has the Python language host in it

_SDK = "github.com/pulumi/pulumi/sdk/v3"
_ENGINE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
# Without symbols, like releases: 116 MB instead of 162, in 3.4 s instead of 5.3. The tags
# `osusergo,grpcnotrace` of releases gain 0.1 MB and no time.
_SMALL = "-s -w"
# Without the stamp the engine calls itself a development build, which the Automation API refuses.
_STAMP = f"-X {_SDK}/go/common/version.Version=v{VERSION}"
_RECIPES = Path(__file__).parent / "go"
_LIMIT_SECONDS = 45 * 60
_LAYOUT = 3  # increase it if the layout of the folder changes

_HOST = "python/cmd/pulumi-language-python/main.go"
# The arguments with which the host starts a plugin, and their replacement.
_PLUGIN = "args := []string{req.Program}\n\targs = append(args, req.Args...)"
_NAMED_PLUGIN = "args := pluginArguments(req)"


@dataclass(frozen=True)
class Shim:
    """A script that the engine starts, from the sources of the Pulumi SDK."""

    module: str  # the folder in go/ whose version of the SDK has it
    source: str
    target: str


SHIMS = (
    Shim("pulumi", "python/dist/pulumi-resource-pulumi-python", "pulumi-resource-pulumi-python"),
    Shim(
        "pulumi", "python/cmd/pulumi-language-python-exec", "language/pulumi-language-python-exec"
    ),
    Shim("language", "python/dist/pulumi-analyzer-policy-python", "pulumi-analyzer-policy-python"),
)


def recipe_hash() -> str:
    """Return a hash of everything that affects the result of the build."""
    digest = hashlib.sha256(repr((VERSION, _SMALL, _STAMP, SHIMS, _LAYOUT)).encode())
    digest.update(recipe_of("language") + recipe_of("pulumi"))
    return digest.hexdigest()[:12]


def recipe_of(module: str) -> bytes:
    """Return the content of a folder in `go/`."""
    files = sorted(file for file in (_RECIPES / module).rglob("*") if file.is_file())
    return b"".join(file.read_bytes() for file in files)


def entry() -> Path:
    """Return the folder of the built engine."""
    return cache.root() / cache.key(VERSION, recipe_hash())


def cached() -> Path:
    """Return the folder of an earlier build."""
    folder = entry()
    if missing_files(folder):
        raise Unavailable("not built yet")
    return folder


def build() -> Path:
    """Build the engine and the Python language host, and put the shims beside them."""
    go = find_go()
    say(f"building Pulumi {VERSION} from its Go modules into {entry()}")
    say("  this takes some minutes, and is done once")
    return cache.make(entry(), lambda folder: _fill(go, folder))


def find_go() -> Go:
    """Return the go command of this machine."""
    command = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if command is None:
        raise Unavailable("the build needs `go` on PATH")
    return Go(command)


class Go:
    """The go command. It runs on copies of the modules, so that it cannot edit the checkout."""

    def __init__(self, command: str) -> None:
        self._command = command

    def build(
        self,
        module: str,
        package: str,
        target: Path,
        *,
        stamp: str = "",
        files: Mapping[str, str] | None = None,
    ) -> None:
        """Compile *package* with the versions of *module*.

        Args:
            module: The folder in `go/`.
            package: The path of the package, or a folder of the module.
            target: The program to write.
            stamp: A linker flag.
            files: Additional files of the module's folder, by path.
        """
        flags = ["-mod=readonly", "-ldflags", f"{_SMALL} {stamp}"]
        self._run(module, ["build", *flags, "-o", str(target), package], files)

    def sources(self, module: str) -> Path:
        """Return the folder in the module cache with the sources of the Pulumi SDK."""
        answer = json.loads(self._run(module, ["mod", "download", "-json", _SDK]))
        return Path(answer["Dir"])

    def _run(
        self, module: str, arguments: Sequence[str], files: Mapping[str, str] | None = None
    ) -> str:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch, module)
            shutil.copytree(_RECIPES / module, folder)
            for name, text in (files or {}).items():
                (folder / name).write_text(text)
            # GOWORK and GOFLAGS of the user are for the user's own modules.
            environ = os.environ | {"GOWORK": "off", "GOFLAGS": "-buildvcs=false"}
            return _follow([self._command, *arguments], folder, environ, arguments[0])


def _fill(go: Go, folder: Path) -> None:
    (folder / "language").mkdir()
    say("  1/3 the engine")
    go.build("pulumi", _ENGINE, folder / "pulumi", stamp=_STAMP)
    say("  2/3 the Python language host")
    host = {"host/main.go": _host_source(go.sources("language") / _HOST)}
    go.build("language", "./host", folder / "language" / "pulumi-language-python", files=host)
    say("  3/3 the shims for programs, dynamic providers and policy packs")
    for shim in SHIMS:
        target = folder / shim.target
        shutil.copyfile(go.sources(shim.module) / shim.source, target)
        target.chmod(0o755)
    _complete(folder)
    built = ask_version(folder / "pulumi")
    if parse_version(built) != parse_version(VERSION) or missing_files(folder):
        raise Unavailable(f"the built engine is not usable: its version is {built!r}")


def _host_source(file: Path) -> str:
    """Return the language host's main file, changed to start plugins for current engines."""
    source = file.read_text()
    if source.count(_PLUGIN) != 1:
        raise Unavailable(f"{file} is not the file that tools/engine changes")
    return source.replace(_PLUGIN, _NAMED_PLUGIN)


def _complete(folder: Path) -> None:
    """Link the engine and its provider shim beside the language host.

    In every run the engine warns of a language host on PATH that is in another folder.
    """
    for name in ("pulumi", "pulumi-resource-pulumi-python"):
        os.link(folder / name, folder / "language" / name)


def _follow(command: Sequence[str], folder: Path, environ: dict[str, str], what: str) -> str:
    """Run *command*, show progress, and return its output."""
    notes: list[str] = []
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None  # noqa: S101 - for the type checker
        reader = threading.Thread(target=_collect, args=(process.stderr, notes), daemon=True)
        reader.start()
        try:
            output = _await(process, Progress(f"go {what}"), notes)
        finally:
            process.kill()  # no effect on a process that has ended
        reader.join(timeout=5)
    if process.returncode != 0:
        told = "\n    ".join(line for line in notes if not _is_download(line)) or "no message"
        raise Unavailable(f"go {what} failed:\n    {told}")
    return output


def _await(process: subprocess.Popen[str], progress: Progress, notes: list[str]) -> str:
    while progress.elapsed < _LIMIT_SECONDS:
        try:
            process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            downloads = sum(map(_is_download, notes))
            progress.tick(f"{downloads} modules downloaded" if downloads else "")
            continue
        assert process.stdout is not None  # noqa: S101 - for the type checker
        return process.stdout.read()
    raise Unavailable(f"{progress.what} took longer than {_LIMIT_SECONDS // 60} minutes")


def _collect(stream: IO[str], notes: list[str]) -> None:
    notes.extend(line.rstrip() for line in stream)


def _is_download(line: str) -> bool:
    return line.startswith("go: downloading")
