"""Run an example on a local ECI API, and remove everything afterwards."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.local import api
from tools.local.settings import QUICKSTART, STACK, Failure, Places, say
from tools.local.stack import Stack, find_engine

if TYPE_CHECKING:
    from collections.abc import Sequence


def up(places: Places, port: int | None) -> None:
    """Start the API and run `pulumi up`."""
    _stack(places, places.project, port).up()
    say("`make up` again changes nothing; `make down` removes everything.")


def shell(places: Places, port: int | None) -> int:
    """Start the API and open a shell in the folder of the example."""
    program = places.program
    stack = _stack(places, program, port)
    pack = os.path.relpath(places.root / "policies", program)
    say(f"shell in {program}; `exit` leaves the shell, `make down` removes everything")
    say(f"to use the policy pack: pulumi preview --policy-pack {pack}")
    return stack.shell()


def down(places: Places) -> None:
    """Destroy all stacks, and stop the API."""
    if places.has_stack():
        endpoint = api.ensure(places)
        try:
            engine = find_engine(places)
            for one in places.with_stacks():
                Stack(one, engine, one.project, endpoint).destroy()
                # The quickstart's shell is in another folder than its project.
                (one.program / f"Pulumi.{STACK}.yaml").unlink(missing_ok=True)
        except Failure as failure:
            raise Failure(
                f"{failure}\nThe local ECI API still runs. Correct the problem and run `make down` "
                "again, or run `make clean` to drop the stack and the API."
            ) from None
        say("all stacks are destroyed")
    else:
        say("no stack to destroy")
    stop(places)


def pulumi(places: Places, arguments: Sequence[str]) -> int:
    """Run a Pulumi command on the example's stack. Only the command writes to standard output."""
    project = places.project
    with contextlib.redirect_stdout(sys.stderr):
        stack = _stack(places, project, None)
    return stack.run(arguments)


def _stack(places: Places, project: Path, port: int | None) -> Stack:
    """Return the stack of *project*, with an engine and the API."""
    engine = find_engine(places)
    endpoint = api.ensure(places, port)
    say(f"local ECI API: {endpoint} (its log: {places.log})")
    return Stack(places, engine, project, endpoint)


def stop(places: Places) -> None:
    """Stop the local ECI API if it runs."""
    stopped = api.stop(places)
    say("the local ECI API is stopped" if stopped else "the local ECI API is not running")


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.local", description=__doc__)
    parser.add_argument("--port", type=int, help="port of the local ECI API")
    parser.add_argument("--example", default=QUICKSTART, help="a folder of examples/")
    parser.add_argument("command", choices=["up", "down", "shell", "stop", "pulumi"])
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="arguments of pulumi")
    options = parser.parse_args()
    places = Places(Path(__file__).resolve().parents[2], options.example)
    try:
        if options.command == "pulumi":
            return pulumi(places, options.arguments)
        if options.command == "shell":
            return shell(places, options.port or None)
        if options.command == "up":
            up(places, options.port or None)
        else:
            {"down": down, "stop": stop}[options.command](places)
    except Failure as failure:
        print(f"make {options.command}: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
