"""Language hosts for other languages than Python, which releases have, for a built engine.

Each host is built once from its Go module, stored in the user's cache folder, and linked into the
engine's folder `language`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tools.engine import build, cache
from tools.engine.choose import NoEngine
from tools.engine.report import Unavailable, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Host:
    """A language host, and the module in `go/` that pins its sources."""

    module: str
    package: str
    version: str
    stamp: str = ""

    @property
    def program(self) -> str:
        """The name that the engine searches for."""
        return f"pulumi-language-{self.module}"

    def entry(self) -> Path:
        """Return where the built program belongs."""
        digest = hashlib.sha256(repr(self).encode() + build.recipe_of(self.module))
        key = cache.key(self.version, digest.hexdigest()[:12])
        return cache.root() / f"{self.program}-{key}"


_YAML = "github.com/pulumi/pulumi-yaml"
HOSTS = (
    Host("nodejs", "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs", "3.68.0"),
    Host(
        "yaml",
        f"{_YAML}/cmd/pulumi-language-yaml",
        "1.25.0",
        stamp=f"-X {_YAML}/pkg/version.Version=v1.25.0",
    ),
)


def add(folder: Path, names: Sequence[str]) -> None:
    """Make sure that an engine's folder has the hosts of some languages.

    Raises:
        NoEngine: A language is unknown, or its host is missing and cannot be built.
    """
    known = {host.module: host for host in HOSTS}
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise NoEngine(f"no language host for {', '.join(unknown)}; allowed: {', '.join(known)}")
    for host in (known[name] for name in names):
        if not (folder / "language").is_dir():
            if not (folder / host.program).exists():
                raise NoEngine(f"{folder} has no {host.program}; install a complete Pulumi release")
            continue
        try:
            made = cache.make(host.entry(), partial(_build, host))
        except Unavailable as reason:
            raise NoEngine(f"{host.program}: {reason}") from None
        _link(made / host.program, folder / "language" / host.program)


def _build(host: Host, folder: Path) -> None:
    say(f"building {host.program} {host.version} (some minutes, once)")
    build.find_go().build(host.module, host.package, folder / host.program, stamp=host.stamp)


def _link(program: Path, place: Path) -> None:
    """Put *program* at *place*, and replace another program atomically."""
    if place.exists() and place.samefile(program):
        return
    scratch = place.with_name(f".{place.name}-{os.getpid()}")
    try:
        os.link(program, scratch)
    except OSError:  # on another disk
        shutil.copy(program, scratch)
    scratch.replace(place)
