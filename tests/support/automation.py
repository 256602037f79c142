"""Run one command of the Automation API, with an inline program and policy packs.

Each run is a new process, like a user's script. The process reads the command from standard input
as JSON, and writes the result to standard output.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi import automation

import pulumi_eci

BRIDGED = "alicloud:eci/imageCache:ImageCache"

_SOURCE: dict[str, Any] = {
    "images": ["registry-vpc.cn-hangzhou.aliyuncs.com/eci_open/source:1"],
    "elimination_strategy": "LRU",
    "retention_days": 7,
}


def main() -> None:
    """Run the command."""
    job: dict[str, Any] = json.load(sys.stdin)
    stack = automation.select_stack(
        "test",
        job["project"],
        lambda: declare(job["resources"]),
        opts=automation.LocalWorkspaceOptions(work_dir=job["folder"]),
    )
    events: list[dict[str, Any] | None] = []
    printed: list[str] = []
    ok = True
    try:
        getattr(stack, job["command"])(
            policy_packs=job["packs"],
            policy_pack_configs=job["configs"] or None,
            on_event=lambda event: events.append(_policy_event(event)),
            on_output=printed.append,
            on_error=printed.append,
        )
    except automation.CommandError:
        ok = False  # the program's own output was already printed
    text = "\n".join(printed)
    json.dump({"ok": ok, "text": text, "events": [e for e in events if e]}, sys.stdout)


def declare(resources: Mapping[str, Mapping[str, Any]]) -> None:
    """Declare resources: `{name: {"type": …, "args": …, "provider": …}}`.

    In arguments, `{"$unknown": true}` is an output that is unknown in a preview, and `{"$secret":
    value}` a secret.
    """
    unknown = pulumi.Output.from_input("")
    if "$unknown" in json.dumps(resources):
        unknown = pulumi_eci.ImageCache("source", **_SOURCE).id
    providers: dict[str, pulumi.ProviderResource] = {}
    for name, declared in resources.items():
        args = _inputs(declared["args"], unknown)
        if declared.get("type") != BRIDGED:
            pulumi_eci.ImageCache(name, **args)
            continue
        region = declared.get("region", "cn-hangzhou")
        if region not in providers:
            providers[region] = pulumi.ProviderResource("alicloud", region, {"region": region})
        options = pulumi.ResourceOptions(provider=providers[region])
        pulumi.CustomResource(BRIDGED, name, args, options)


def _inputs(value: Any, unknown: pulumi.Output[str]) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, list):
        return [_inputs(item, unknown) for item in value]
    if not isinstance(value, dict):
        return value
    if "$unknown" in value:
        return unknown
    if "$secret" in value:
        return pulumi.Output.secret(_inputs(value["$secret"], unknown))
    return {key: _inputs(item, unknown) for key, item in value.items()}


def _policy_event(event: automation.EngineEvent) -> dict[str, Any] | None:
    found = event.policy_event
    if found is None:
        return None
    return {
        "policy": found.policy_name,
        "level": found.enforcement_level,
        "urn": found.resource_urn or "",
        "message": found.message,
    }


if __name__ == "__main__":
    main()
