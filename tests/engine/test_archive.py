"""The plugin's archive, for users without Python."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support.pulumi_stack import PulumiStack
from tools import plugin

pytestmark = [
    pytest.mark.archive,
    pytest.mark.parametrize("stack", ["native"], indirect=True),
]


def test_the_archive_is_installed_and_serves_a_stack(stack: PulumiStack, tmp_path: Path) -> None:
    # the folder of an archive that `make plugin` has built
    built = os.environ.get("ECI_TEST_ARCHIVE")
    folder = Path(built).resolve() if built else tmp_path / "dist"
    archive = folder / plugin.archive_name() if built else plugin.build(folder)
    version = archive.name.split("-v")[1].split("-")[0]
    without_plugin(stack, tmp_path / "bin")
    stack.declare(images=["nginx:1"])
    assert not stack.try_up().ok
    installed = stack.run("plugin", "install", "resource", "eci", version, "--file", str(archive))
    assert installed.ok, installed.text
    stack.up()
    (before,) = stack.cloud()
    stack.edit(images=["nginx:2"], retention_days=3)
    stack.up()
    assert stack.ids() == {before["ImageCacheId"]}
    stack.up("--expect-no-changes")
    stack.destroy()
    assert stack.cloud() == []


def without_plugin(stack: PulumiStack, folder: Path) -> None:
    """Remove the plugin of this environment from PATH and from the project."""
    folder.mkdir()
    for name in ("python", "python3"):
        (folder / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        (folder / name).chmod(0o755)
    installed = str(Path(sys.executable).parent)
    path = stack.variables()["PATH"].split(os.pathsep)
    others = [each for each in path if each != installed]
    stack.environment["PATH"] = os.pathsep.join([str(folder), *others])
    (stack.project / "Pulumi.yaml").write_text("name: engine-test\nruntime: python\n")
