"""The output of a run or a dry run: text, or one JSON object."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Any

from pulumi_eci.api.connection import Connection
from pulumi_eci_cli.probe.caches import LONGER_RETENTION_DAYS, MARK, Recipe
from pulumi_eci_cli.probe.experiments import EXPERIMENTS
from pulumi_eci_cli.probe.session import Outcome

COST = (
    "You pay for an ECI instance of 2 vCPU and 4 GiB with an ESSD for some minutes of each build "
    "and rebuild, and for the snapshot of each cache until its deletion."
)
_SWITCHES_PATH = "/_emulator/switches"
_SETTINGS_PATH = "/_emulator/settings"


def plan_lines(connection: Connection, recipe: Recipe) -> Iterator[str]:
    """Describe a run before it happens."""
    yield f"Experiments at {connection.endpoint} in {connection.region}, in this order:"
    for experiment in EXPERIMENTS:
        yield f"  {experiment.switch:24}{experiment.does}"
        if experiment.creates:
            yield f"  {'':24}creates: {experiment.creates}"
    yield ""
    yield f"Images: {', '.join(recipe.images)}"
    yield promise()
    yield COST


def promise() -> str:
    """Describe the deletion of the caches of a run."""
    return (
        f"All caches are named {MARK}-…, have the tag {MARK}, and are deleted at the end. If the "
        f"deletion fails, they expire within {LONGER_RETENTION_DAYS} days."
    )


def plan_json(connection: Connection, recipe: Recipe) -> str:
    """Describe a run before it happens, as one JSON object."""
    experiments = [
        {"switch": each.switch, "does": each.does, "creates": each.creates} for each in EXPERIMENTS
    ]
    return _json(
        {
            "endpoint": connection.endpoint,
            "region": connection.region,
            "images": recipe.images,
            "experiments": experiments,
            "cost": COST,
        }
    )


def outcome_lines(outcome: Outcome) -> Iterator[str]:
    """Describe the results of a run."""
    yield f"Results for {outcome.connection.endpoint} in {outcome.connection.region}:"
    for name, value in switches(outcome).items():
        yield f"  {name:24}{value:28}{outcome.findings[name].seen}"
    if undetermined := _undetermined(outcome):
        yield "Not determined:"
        for name, why in undetermined.items():
            yield f"  {name:24}{why}"
    yield ""
    yield "To start a local API that behaves the same:"
    yield f"  {command(outcome)}"
    yield "To change a running local API:"
    settings = shlex.quote(json.dumps(switches(outcome)))
    yield f"  curl -X PATCH http://127.0.0.1:PORT{_SWITCHES_PATH} -d {settings}"
    if page := _largest_page(outcome):
        settings = shlex.quote(json.dumps({"max_limit": page}))
        yield f"  curl -X PATCH http://127.0.0.1:PORT{_SETTINGS_PATH} -d {settings}"


def outcome_json(outcome: Outcome) -> str:
    """Describe the results of a run as one JSON object; the API accepts its `switches`."""
    return _json(
        {
            "endpoint": outcome.connection.endpoint,
            "region": outcome.connection.region,
            "switches": switches(outcome),
            "largest_page": _largest_page(outcome),
            "not_determined": _undetermined(outcome),
            "seen": {name: finding.seen for name, finding in outcome.findings.items()},
            "command": command(outcome),
            "interrupted": outcome.interrupted,
            "left": outcome.left,
        }
    )


def switches(outcome: Outcome) -> dict[str, str]:
    """Return the values that were found, by switch."""
    return {name: each.value for name, each in outcome.findings.items() if each.value is not None}


def command(outcome: Outcome) -> str:
    """Return the command that starts a local API with the values that were found."""
    options = [f"--switch {name}={value}" for name, value in switches(outcome).items()]
    if page := _largest_page(outcome):
        options.append(f"--max-limit {page}")
    return " ".join(["pulumi-eci emulator", *options])


def _largest_page(outcome: Outcome) -> int | None:
    pages = (finding.largest_page for finding in outcome.findings.values())
    return next(filter(None, pages), None)


def _undetermined(outcome: Outcome) -> dict[str, str]:
    return {name: each.seen for name, each in outcome.findings.items() if each.value is None}


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
