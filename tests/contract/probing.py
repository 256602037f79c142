"""A probe of a local API whose time is moved by hand."""

from __future__ import annotations

from collections.abc import Callable

from eci_emulator.server import RunningEmulator
from pulumi_eci.operations.waiter import Spacing
from pulumi_eci_cli.probe import session
from pulumi_eci_cli.probe.session import Outcome
from tests.contract.backends import local_connection
from tests.support.memory import REGION, ManualTime

FEW_LOOKS = Spacing(first=300.0, longest=300.0)  # a build takes a thousand seconds by hand


def probe(
    api: RunningEmulator,
    say: Callable[[str], None] = lambda _: None,
    **recipe: tuple[str, ...],
) -> Outcome:
    """Probe a local API whose time is moved by hand."""
    wanted = {"images": (), "vswitch_ids": ("vsw-1", "vsw-2"), **recipe}
    return session.probe(
        local_connection(api.url),
        session.make_recipe(REGION, security_group_id="sg-1", **wanted),
        ManualTime(api.emulator.clock),
        FEW_LOOKS,
        say,
    )
