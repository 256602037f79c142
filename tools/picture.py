"""Draw the picture of the README from a real run of the quickstart and an edit: `make picture`.

The commands run in a pseudoterminal with the real engine and the local ECI API. pyte renders their
output, and rich draws the last screen as SVG.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import time
from itertools import groupby
from pathlib import Path

import pyte
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from eci_emulator.server import running
from eci_emulator.settings import Settings
from tests.support.pulumi_stack import PulumiStack

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "run.svg"
COLUMNS, ROWS = 112, 58
BUILD_SECONDS = 6.0
STEPS = (
    "pulumi up --yes --skip-preview",
    "sed -i 's/nginx:1.15.10-perl/nginx:1.27/' __main__.py",
    "pulumi up --yes --skip-preview",
    "pulumi-eci list",
)
_NAMES = {"brown": "yellow"}  # colour names of pyte that differ from rich's


def main() -> int:
    """Run the steps and write the picture."""
    command = [sys.executable, "-m", "tools.engine"]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    settings = Settings(build_seconds=BUILD_SECONDS)
    with tempfile.TemporaryDirectory() as folder, running(settings) as api:
        engine = Path(answer.stdout.splitlines()[-1])
        quickstart = ROOT / "examples" / "quickstart"
        stack = PulumiStack(Path(folder), engine, api, source=quickstart)
        stack.environment["ECI_ENDPOINT"] = api.url
        stack.start()
        for step in STEPS:
            stream.feed(f"\x1b[1m$ {step}\x1b[0m\r\n".encode())
            if run(step, stack, stream) != 0:
                raise SystemExit("\n".join([*screen.display, f"`{step}` failed"]))
        stack.destroy()
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(draw(screen))
    print(f"{PICTURE.relative_to(ROOT)} is drawn")
    return 0


def run(step: str, stack: PulumiStack, stream: pyte.ByteStream) -> int:
    """Run a command in a terminal, feed its output to *stream*, and return the exit code."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = stack.variables() | {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
    with subprocess.Popen(
        ["bash", "-c", step],
        cwd=stack.project,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        while chunk := read(ours):
            stream.feed(chunk)
    os.close(ours)
    return process.returncode


def read(terminal: int) -> bytes:
    """Read new output; empty at the end, which Linux reports as an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def draw(screen: pyte.Screen) -> str:
    """Convert a screen to an SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    last = max(number for number, line in enumerate(screen.display) if line.strip())
    for number in range(last + 1):
        console.print(line_of(screen, number), soft_wrap=True)
    when = time.strftime("%Y-%m-%d", time.gmtime())
    # Without rich's fonts, which a browser would download.
    plain = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    title = f"the quickstart, run on {when}"
    return console.export_svg(title=title, code_format=plain, unique_id="run") + "\n"


def line_of(screen: pyte.Screen, number: int) -> Text:
    """Return a line of the screen with its colours."""
    chars = [screen.buffer[number][column] for column in range(COLUMNS)]
    text = Text()
    for style, run_of in groupby(chars, style_of):
        text.append("".join(char.data for char in run_of), style=style)
    text.rstrip()
    return text


def style_of(char: pyte.screens.Char) -> str:
    """Name the style of a character as rich does."""
    colour = _NAMES.get(char.fg, char.fg)
    named = colour if colour.isalpha() else f"#{colour}"
    return f"bold {named}" if char.bold else named


if __name__ == "__main__":
    sys.exit(main())
