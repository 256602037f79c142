"""Download the official release with the installer of the Pulumi SDK."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import queue
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from tools.engine import cache
from tools.engine.found import missing_files
from tools.engine.report import Progress, Unavailable, say

if TYPE_CHECKING:
    from pathlib import Path

_INSTALLER = "https://get.pulumi.com/install.sh"
_PROBE_SECONDS = 5.0
_INSTALL_SECONDS = 600.0
_INSTALL = """
import sys
from pulumi.automation import PulumiCommand
from semver import VersionInfo
PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))
"""


def entry() -> Path:
    """Return where the download for the installed SDK belongs."""
    return cache.root() / cache.key(_sdk_version())


def cached() -> Path:
    """Return the folder of an earlier download."""
    folder = entry() / "bin"
    if missing_files(folder):
        raise Unavailable("not downloaded yet")
    return folder


def fetch() -> Path:
    """Download the release for the installed SDK."""
    version = _sdk_version()
    refusal = probe(_INSTALLER)
    if refusal:
        raise Unavailable(f"the download of Pulumi {version} is not reachable: {refusal}")
    say(f"downloading Pulumi {version} into {entry()}")
    return cache.make(entry(), lambda folder: _install(folder, version)) / "bin"


def probe(url: str, seconds: float = _PROBE_SECONDS) -> str:
    """Return why *url* cannot be reached, or an empty result.

    The lookup of a host name cannot be interrupted and takes half a minute without DNS, so the
    attempt runs in a thread that is abandoned after a timeout.
    """
    answers: queue.Queue[str] = queue.Queue()

    def attempt() -> None:
        try:
            request = urllib.request.Request(url, method="HEAD")  # noqa: S310 - a constant
            with urllib.request.urlopen(request, timeout=seconds):  # noqa: S310
                answers.put("")
        except urllib.error.URLError as error:
            answers.put(str(error.reason))
        except (OSError, ValueError) as error:
            answers.put(str(error) or type(error).__name__)

    threading.Thread(target=attempt, daemon=True).start()
    try:
        return answers.get(timeout=seconds)
    except queue.Empty:
        return f"no answer within {seconds:g} s"


def _sdk_version() -> str:
    try:
        return importlib.metadata.version("pulumi")
    except importlib.metadata.PackageNotFoundError:
        raise Unavailable("the Pulumi SDK is not installed for this Python") from None


def _install(folder: Path, version: str) -> None:
    """Run the SDK's installer in a new process group, because it can hang and has children."""
    with subprocess.Popen(
        [sys.executable, "-c", _INSTALL, folder, version],
        env=os.environ | {"PULUMI_HOME": str(folder), "PULUMI_SKIP_UPDATE_CHECK": "true"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as installer:
        try:
            errors = _await(installer)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(installer.pid, signal.SIGKILL)
    if installer.returncode != 0:
        last = errors.strip().rpartition("\n")[2]
        raise Unavailable(f"the Pulumi installer failed: {last}")
    lacking = missing_files(folder / "bin")
    if lacking:
        raise Unavailable(f"the download lacks {', '.join(lacking)}")


def _await(installer: subprocess.Popen[str]) -> str:
    """Return the installer's standard error."""
    progress = Progress("downloading")
    while progress.elapsed < _INSTALL_SECONDS:
        try:
            return installer.communicate(timeout=1)[1]
        except subprocess.TimeoutExpired:  # noqa: PERF203 - the waiting is the point
            progress.tick()
    raise Unavailable(f"the download took longer than {_INSTALL_SECONDS:.0f} s")
