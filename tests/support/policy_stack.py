"""A stack that runs with the policy pack, through the Automation API."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.pulumi_stack import PulumiStack

ROOT = Path(__file__).parents[2]
PACK = ROOT / "policies"
PRESETS = PACK / "presets"
STAND_IN = Path(__file__).parent / "alicloud"
BRIDGED = "alicloud:eci/imageCache:ImageCache"


@dataclass(frozen=True)
class Violation:
    """A violation that the engine reported.

    *resource* is the last part of the URN, and *message* the text after the policy's description.
    """

    policy: str
    level: str
    resource: str
    message: str


@dataclass(frozen=True)
class Judged:
    """The result of a run with policies."""

    ok: bool
    text: str
    violations: tuple[Violation, ...]

    def of(self, resource: str) -> set[str]:
        """Return the policies that a resource violates."""
        return {found.policy for found in self.violations if found.resource == resource}

    def messages(self, policy: str) -> list[str]:
        """Return the messages of a policy."""
        return [found.message for found in self.violations if found.policy == policy]


class PolicyStack(PulumiStack):
    """A stack with resources of both types; *caches* are those that the program declares."""

    def bridge(self, name: str, *, region: str = "cn-hangzhou", **args: Any) -> None:  # noqa: ANN401
        """Add an image cache of pulumi-alicloud to the program; arguments in camelCase."""
        self.caches[name] = {"type": BRIDGED, "args": args, "region": region}

    def judge(
        self,
        command: str = "preview",
        config: Mapping[str, Any] | Path | None = None,
        pack: Path = PACK,
    ) -> Judged:
        """Run `preview` or `up` with a policy pack, and its configuration if there is any."""
        job = {
            "command": command,
            "project": "engine-test",
            "folder": str(self.project),
            "resources": self.caches,
            "packs": [str(pack)],
            "configs": self._configs(config),
        }
        answer = self._command([sys.executable, "-m", "tests.support.automation"], json.dumps(job))
        outcome = json.loads(answer.stdout)
        events = (_violation(event) for event in outcome["events"])
        return Judged(outcome["ok"], outcome["text"], tuple(events))

    def analyze(
        self,
        state: Path,
        config: Mapping[str, Any] | Path | None = None,
        *,
        with_passphrase: bool = True,
    ) -> Judged:
        """Run `pulumi policy analyze` on a state file, without a login."""
        command = ["pulumi", "policy", "analyze", "--file", str(state), "--policy-pack", str(PACK)]
        for file in self._configs(config):
            command += ["--policy-pack-config", file]
        answer = self._command([*command, "--json"], with_passphrase=with_passphrase)
        events = _policy_events(answer.stdout)
        text = answer.stdout + answer.stderr
        return Judged(answer.returncode == 0, text, tuple(events))

    def export(self) -> Path:
        """Write the state to a file, as `pulumi stack export` does, and return it."""
        file = self.folder / "exported.json"
        assert self.run("stack", "export", "--file", str(file)).ok
        return file

    def _configs(self, config: Mapping[str, Any] | Path | None) -> list[str]:
        if config is None or isinstance(config, Path):
            return [str(config)] if config else []
        file = self.folder / "policy-config.json"
        file.write_text(json.dumps(config))
        return [str(file)]

    def _command(
        self, command: list[str], stdin: str = "", *, with_passphrase: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a command with a stand-in for pulumi-alicloud's plugin on the engine's path.

        A released engine starts policy packs through its language host. So does an engine that was
        built here (see test_ci_example.py). Without a host, as here, that engine uses a shim.
        """
        environment = self.variables()
        built_host = str(self.engine / "language")
        path = [each for each in environment["PATH"].split(os.pathsep) if each != built_host]
        environment["PATH"] = os.pathsep.join([str(STAND_IN), *path])
        if not with_passphrase:
            del environment["PULUMI_CONFIG_PASSPHRASE"]
        done = subprocess.run(
            command,
            cwd=self.project,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout, done.stderr
        return done


def _policy_events(printed: str) -> Iterator[Violation]:
    for line in printed.splitlines():
        event = json.loads(line).get("policyEvent") if line.startswith("{") else None
        if event:
            yield _violation(
                {
                    "policy": event["policyName"],
                    "level": event["enforcementLevel"],
                    "urn": event.get("resourceUrn", ""),
                    "message": event["message"],
                }
            )


def _violation(event: Mapping[str, str]) -> Violation:
    resource = event["urn"].split("::")[-1]
    _description, _, message = event["message"].partition("\n")
    return Violation(event["policy"], event["level"], resource, message.strip())
