"""Try the ways of getting an engine in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.engine.report import Unavailable, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

VARIABLE = "PULUMI_ECI_ENGINE"
AUTO = "auto"


class NoEngine(Exception):  # noqa: N818 - it reads better at the place that catches it
    """No way of getting an engine works. The text has the attempts and advice."""


def _nothing_ready() -> Path:
    raise Unavailable("nothing is kept")


@dataclass(frozen=True)
class Source:
    """One way of getting an engine; both calls return its folder or raise Unavailable."""

    name: str
    obtain: Callable[[], Path]
    ready: Callable[[], Path] = _nothing_ready  # an earlier result, without the network
    describe: Callable[[Path], str] = str


def choose(sources: Sequence[Source], mode: str = AUTO) -> Path:
    """Return the folder of the first available engine, or only try *mode*.

    One line on standard error names the engine, and says why earlier ways failed.
    """
    names = [source.name for source in sources]
    if mode not in (AUTO, *names):
        raise NoEngine(f"{VARIABLE} is {mode!r}; allowed: {AUTO}, {', '.join(names)}")
    allowed = [source for source in sources if mode in (AUTO, source.name)]
    refused = [] if mode == AUTO else [f"{VARIABLE}={mode}"]
    # Use the result of an earlier run before any download, without the network.
    for source in allowed:
        folder, reason = _attempt(source.ready)
        if folder:
            return _use(source, folder, refused)
        refused.append(f"{source.name}: {reason}")
    tried: list[str] = []
    for source in allowed:
        folder, reason = _attempt(source.obtain)
        if folder:
            return _use(source, folder, tried)
        say(reason)
        tried.append(f"{source.name}: {reason}")
    raise NoEngine(_advice(tried))


def _use(source: Source, folder: Path, refused: Sequence[str]) -> Path:
    why = f" ({'; '.join(refused)})" if refused else ""
    say(f"using {source.name}: {source.describe(folder)}{why}")
    return folder


def _attempt(way: Callable[[], Path]) -> tuple[Path | None, str]:
    try:
        return way(), ""
    except Unavailable as reason:
        return None, str(reason)


def _advice(tried: Sequence[str]) -> str:
    return "\n".join(
        [
            "there is no usable Pulumi engine. Tried:",
            *(f"  {reason}" for reason in tried),
            "Do one of these, then run the same command again:",
            "  - install Pulumi (https://www.pulumi.com/docs/install/) and have it on PATH;",
            "  - allow this machine to download Pulumi;",
            "  - install Go (https://go.dev/dl/) to build the engine on this machine.",
        ]
    )
