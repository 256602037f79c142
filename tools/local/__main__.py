"""Run an example on a local ECI API, and take it away again."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.local import api
from tools.local.settings import QUICKSTART, Failure, Places, say
from tools.local.stack import Stack, find_engine


def up(places: Places, port: int) -> None:
    """Start what is needed and bring the stack up."""
    project = places.project  # an unknown example is told before anything is started
    engine = find_engine(places)
    Stack(places, engine, project).up(api.ensure(places, port))
    say("`make up` again changes nothing; `make down` takes everything away.")


def shell(places: Places, port: int) -> int:
    """Start what is needed and open a shell in the folder of the example."""
    program = places.program
    engine = find_engine(places)
    endpoint = api.ensure(places, port)
    say(f"a shell in {program}; `exit` leaves it, and `make down` takes everything away")
    return Stack(places, engine, program).shell(endpoint)


def down(places: Places, port: int) -> None:
    """Destroy the stacks that there are, and stop the API if it runs."""
    if places.has_stack():
        # Destroy has the configuration of the last `up`, so the API has to be where it was then.
        record = api.recorded(places)
        api.ensure(places, record.port if record else port)
        try:
            engine = find_engine(places)
            for one in places.with_stacks():
                Stack(one, engine, one.project).destroy()
        except Failure as failure:
            raise Failure(
                f"{failure}\nThe local ECI API still runs. Run `make down` again when the reason "
                "is mended, or `make clean` to drop the stack and its API together."
            ) from None
        say("nothing is left of the stacks")
    else:
        say("no stack to destroy")
    stop(places)


def stop(places: Places) -> None:
    """Stop the local ECI API if it runs."""
    say("the local ECI API is stopped" if api.stop(places) else "the local ECI API does not run")


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.local", description=__doc__)
    parser.add_argument("--port", type=int, default=8642, help="of the local ECI API")
    parser.add_argument("--example", default=QUICKSTART, help="a folder of examples/")
    parser.add_argument("command", choices=["up", "down", "shell", "stop", "pulumi"])
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="for the command pulumi")
    options = parser.parse_args()
    places = Places(Path(__file__).resolve().parents[2], options.example)
    try:
        if options.command == "pulumi":
            return Stack(places, find_engine(places), places.project).run(options.arguments)
        if options.command == "shell":
            return shell(places, options.port)
        if options.command == "stop":
            stop(places)
        else:
            {"up": up, "down": down}[options.command](places, options.port)
    except Failure as failure:
        print(f"make {options.command}: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
