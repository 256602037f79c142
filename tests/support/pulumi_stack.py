"""A stack for an engine test, with program, state, login and local ECI API in one folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from eci_emulator.core import Emulator
from eci_emulator.server import RunningEmulator

REGION = "cn-hangzhou"
_ROOT = Path(__file__).parents[2]
TYPE = "pulumi-python:dynamic/eci:ImageCache"
NATIVE_TYPE = "eci:index:ImageCache"

# A program that reads its resources from a file, so that a test edits data instead of code.
_PROGRAM = """\
import json, pathlib
import pulumi
import pulumi_eci as eci

for name, declared in json.loads(pathlib.Path("caches.json").read_text()).items():
    options = pulumi.ResourceOptions(**declared["options"])
    cache = eci.ImageCache(name, options, **declared["args"])
    pulumi.export(name, {"id": cache.id, "status": cache.status, "snapshot": cache.snapshot_id,
                         "size": cache.image_cache_size, "name": cache.image_cache_name})
"""

_FOREIGN = ("PULUMI_", "ALIBABA_CLOUD_", "ALICLOUD_", "ECI_")
_PROXIES = {"http_proxy", "https_proxy", "all_proxy"}
_FRAME = re.compile(r'File "[^"]*/(?:pulumi_eci/[^"]*|pulumi/dynamic/__main__\.py)", line \d+.*')


_MADE: dict[tuple[Path, str], dict[Path, bytes]] = {}
"""The files of a stack without resources, by engine and name."""


@cache
def _installed() -> str:
    command = [sys.executable, "-m", "pip", "list", "-v", "--format", "json"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _stand_in_for_pip(folder: Path) -> None:
    """Write a module that answers the language host's only question to pip."""
    folder.mkdir()
    (folder / "pip.py").write_text(f"print({_installed()!r})\n")


@dataclass(frozen=True)
class Run:
    """The output of a command of the engine, and whether the command succeeded."""

    text: str
    ok: bool

    @property
    def tracebacks(self) -> list[str]:
        """Return the frames of tracebacks of the provider and of its process.

        Other tracebacks are possible: the present language host interrupts the program after a
        failed update, and then Pulumi's runner sometimes prints a traceback, with any provider.
        """
        return _FRAME.findall(self.text)


@dataclass
class PulumiStack:
    """A project with one stack, used through the CLI."""

    folder: Path
    engine: Path
    api: RunningEmulator
    caches: dict[str, dict[str, Any]] = field(default_factory=dict)
    program: str = _PROGRAM
    native: bool = False
    """Whether caches are resources of the plugin instead of the dynamic provider."""
    environment: dict[str, str] = field(default_factory=dict)
    name: str = "test"
    source: Path | None = None
    """The folder of a whole project to copy unchanged, instead of *program*."""
    shortcuts: bool = True
    """Whether to skip steps that run nothing of this project; benchmarks skip none."""

    def start(self) -> PulumiStack:
        """Write the project and create the stack."""
        for name in ("state", "home"):
            (self.folder / name).mkdir()
        if self.source:
            unwanted = shutil.ignore_patterns(
                "Pulumi.*.yaml", "__pycache__", "node_modules", "bin", "package-lock.json"
            )
            shutil.copytree(self.source, self.project, ignore=unwanted)
        else:
            self.project.mkdir()
            self._write_project()
        if self.source or not self.shortcuts:
            assert self.run("stack", "init", self.name).ok
            assert self.run("config", "set", "eci:endpoint", self.api.url).ok
        else:
            self._copy_of_the_first()
            _stand_in_for_pip(self.folder / "pip")
        return self

    def _copy_of_the_first(self) -> None:
        """Copy the first stack of this process, which saves the second that the engine needs for
        one.
        """
        key = (self.engine, self.name)
        if key not in _MADE:
            assert self.run("stack", "init", self.name).ok
            files = [self._settings, *(self.folder / "state").rglob("*")]
            _MADE[key] = {
                file.relative_to(self.folder): file.read_bytes() for file in files if file.is_file()
            }
        for name, content in _MADE[key].items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(content)
        with self._settings.open("a") as file:
            file.write(f"config:\n  eci:endpoint: {self.api.url}\n")

    @property
    def _settings(self) -> Path:
        return self.project / f"Pulumi.{self.name}.yaml"

    def _write_project(self) -> None:
        project: dict[str, Any] = {"name": "engine-test", "runtime": "python"}
        if self.native:
            plugin = {"name": "eci", "path": str(Path(sys.executable).parent)}
            project["plugins"] = {"providers": [plugin]}
        (self.project / "Pulumi.yaml").write_text(json.dumps(project))

    @property
    def type(self) -> str:
        """The type of image caches in this stack."""
        return NATIVE_TYPE if self.native else TYPE

    @property
    def project(self) -> Path:
        """The folder of the program."""
        return self.folder / "project"

    @property
    def service(self) -> Emulator:
        """The local ECI API, to inspect and change without the provider."""
        return self.api.emulator

    def declare(self, name: str = "web", *, options: Any = None, **args: Any) -> None:  # noqa: ANN401
        """Declare an image cache in the program, or replace its declaration."""
        self.caches[name] = {"args": args, "options": options or {}}

    def edit(self, name: str = "web", **args: Any) -> None:  # noqa: ANN401 - any argument
        """Change arguments of a declared cache; None removes an argument."""
        merged = {**self.caches[name]["args"], **args}
        self.caches[name]["args"] = {key: val for key, val in merged.items() if val is not None}

    def up(self, *flags: str) -> Run:
        """Run `pulumi up`, which must succeed."""
        return self._succeed(self.try_up(*flags))

    def try_up(self, *flags: str) -> Run:
        """Run `pulumi up`."""
        return self.run("up", "--yes", "--skip-preview", *flags)

    def preview(self, *flags: str) -> Run:
        """Run `pulumi preview`, which must succeed."""
        return self._succeed(self.run("preview", *flags))

    def refresh(self, *flags: str) -> Run:
        """Run `pulumi refresh`, which must succeed."""
        return self._succeed(self.run("refresh", "--yes", "--skip-preview", *flags))

    def destroy(self, *flags: str) -> Run:
        """Run `pulumi destroy`, which must succeed."""
        return self._succeed(self.run("destroy", "--yes", "--skip-preview", *flags))

    def run(self, *arguments: str) -> Run:
        """Run a command of the engine on this stack."""
        if not self.source:
            self._write_program()
        return self._call("pulumi", *arguments, "--non-interactive")

    def shell(self, script: str) -> Run:
        """Run a bash script in the project's folder; it stops at the first failure."""
        return self._call("bash", "-euo", "pipefail", "-c", script)

    def _write_program(self) -> None:
        program = self.program
        if self.native:
            program = program.replace("import pulumi_eci as", "import tests.support.native_eci as")
        (self.project / "__main__.py").write_text(program)
        (self.project / "caches.json").write_text(json.dumps(self.caches))

    def _call(self, *command: str) -> Run:
        with self._popen(*command) as process:
            text, _ = process.communicate()
        return Run(text, process.returncode == 0)

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command of the engine on this stack, without waiting for it."""
        self._write_program()
        return self._popen("pulumi", *arguments, "--non-interactive")

    def _popen(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            cwd=self.project,
            env=self.variables(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def resource(self, name: str = "web") -> dict[str, Any]:
        """Return a resource from the state, with id, inputs and outputs."""
        found = [r for r in self._resources() if r["urn"].endswith(f"{self.type}::{name}")]
        assert len(found) == 1, f"{len(found)} resources {name} in state"
        return found[0]

    def has_resource(self, name: str = "web") -> bool:
        """Tell whether the state holds the resource."""
        return any(r["urn"].endswith(f"{self.type}::{name}") for r in self._resources())

    def ids(self) -> set[str]:
        """Return the ids of all image caches in state."""
        return {r["id"] for r in self._resources() if r["type"] == self.type}

    def outputs(self, name: str = "web") -> dict[str, Any]:
        """Return the outputs of a resource in state."""
        outputs: dict[str, Any] = self.resource(name)["outputs"]
        return outputs

    def cloud(self) -> list[dict[str, Any]]:
        """Return all caches of the service, as DescribeImageCaches shows them."""
        caches: list[dict[str, Any]] = []
        token = ""
        while True:
            asked = {"RegionId": REGION, "NextToken": token}
            page = self.service.call("DescribeImageCaches", asked)
            caches += page["ImageCaches"]
            token = page.get("NextToken", "")
            if not token:
                return caches

    def calls(self, action: str) -> list[dict[str, str]]:
        """Return the parameters of every call of *action*."""
        return [e["params"] for e in self.service.journal.entries() if e["action"] == action]

    def _resources(self) -> list[dict[str, Any]]:
        # Read the file without the engine, which takes a third of a second.
        (file,) = (self.folder / "state").glob(f".pulumi/stacks/**/{self.name}.json")
        latest = json.loads(file.read_text())["checkpoint"].get("latest") or {}
        found: list[dict[str, Any]] = latest.get("resources") or []
        return found

    def _succeed(self, run: Run) -> Run:
        assert run.ok, run.text
        return run

    def variables(self) -> dict[str, str]:
        """Return the environment that commands run in."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_FOREIGN) and name.lower() not in _PROXIES
        }
        python = Path(sys.executable).parent
        path = [str(python), str(self.engine / "language"), str(self.engine), kept["PATH"]]
        return kept | {
            "PATH": os.pathsep.join(path),
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "testid",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret",
            "ALIBABA_CLOUD_REGION_ID": REGION,
            "ECI_POLL_SECONDS": "0.1",
            "PYTHONPATH": os.pathsep.join([str(self.folder / "pip"), str(_ROOT)]),
            **({} if self.source else {"PULUMI_STACK": self.name}),
            **self.environment,
        }
