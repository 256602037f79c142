"""One run of the probe: every experiment in turn, and always the deletion at the end."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import uuid4

from pulumi_eci.api.connection import Connection
from pulumi_eci.api.errors import EciError
from pulumi_eci.operations.clock import Clock
from pulumi_eci.operations.connections import read_poll_interval
from pulumi_eci.operations.waiter import PollInterval
from pulumi_eci_cli.connection import no_configuration
from pulumi_eci_cli.probe.caches import Caches, Recipe
from pulumi_eci_cli.probe.decide import Finding, undetermined
from pulumi_eci_cli.probe.experiments import EXPERIMENTS
from pulumi_eci_cli.probe.lab import Lab, ProbeGateway

# Small images that the vendor's own examples use, from the region's own network.
_IMAGES = ("busybox:1.30", "nginx:1.15.10-perl")
_REPOSITORY = "registry-vpc.{region}.aliyuncs.com/eci_open"


@dataclass
class Outcome:
    """The results of a run, and remaining caches.

    Attributes:
        connection: The endpoint.
        findings: Findings by switch; an interrupted run does not have all.
        left: A line for each cache that may remain.
        interrupted: Whether the run was interrupted.
    """

    connection: Connection
    findings: dict[str, Finding] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    interrupted: bool = False


def find_poll_interval(environ: Mapping[str, str]) -> PollInterval:
    """Return the pauses between two looks, as ECI_POLL_SECONDS sets them for the provider too.

    Raises:
        ConfigurationError: It is not a number of seconds.
    """
    return read_poll_interval(no_configuration, environ)


def make_recipe(
    region: str, images: tuple[str, ...], vswitch_ids: tuple[str, ...], security_group_id: str
) -> Recipe:
    """Return the recipe of a new run."""
    repository = _REPOSITORY.format(region=region)
    return Recipe(
        run=uuid4().hex[:8],
        images=images or tuple(f"{repository}/{image}" for image in _IMAGES),
        vswitch_ids=vswitch_ids,
        security_group_id=security_group_id,
    )


def is_loopback(connection: Connection) -> bool:
    """Tell whether an endpoint is on this machine, where caches are free."""
    host = urlsplit(connection.endpoint).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def probe(
    connection: Connection,
    recipe: Recipe,
    clock: Clock,
    interval: PollInterval,
    say: Callable[[str], None],
) -> Outcome:
    """Run all experiments and delete their caches, also after an interruption.

    Args:
        connection: The endpoint and the account.
        recipe: What caches are made of.
        clock: The time.
        interval: The pauses between two looks at a cache.
        say: Takes lines for the person who waits.

    Raises:
        EciError: The endpoint does not let us in; nothing was made.
    """
    gateway = ProbeGateway(connection)
    gateway.list_page()
    caches = Caches(gateway, clock, interval, recipe, say)
    outcome = Outcome(connection)
    try:
        _experiment(Lab(gateway, caches, clock), outcome.findings, say)
    except KeyboardInterrupt:
        outcome.interrupted = True
        say("interrupted: deleting the caches")
    finally:
        outcome.left = caches.remove_all()
        for line in outcome.left:
            say(f"NOT DELETED {line}")
    return outcome


def _experiment(lab: Lab, findings: dict[str, Finding], say: Callable[[str], None]) -> None:
    for experiment in EXPERIMENTS:
        say(f"{experiment.switch}: {experiment.does}")
        try:
            finding = experiment.run(lab)
        except EciError as error:
            finding = undetermined(str(error))
        findings[experiment.switch] = finding
        say(f"  {finding.value or 'not determined'}: {finding.seen}")
