"""The program that the README shows is one that runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.component.conftest import Registered, Run

ROOT = Path(__file__).parents[2]
MANIFESTS = ROOT / "examples" / "fleet" / "deploy"


def test_the_program_of_the_readme_runs(
    run: Run, registered: Registered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = (ROOT / "README.md").read_text()
    program = readme.partition("```python\n")[2].partition("```\n")[0]
    (tmp_path / "deploy").symlink_to(MANIFESTS)
    monkeypatch.chdir(tmp_path)
    run(lambda: exec(compile(program, "README.md", "exec"), {}))  # noqa: S102 - our own text
    assert {"apps-cn-hangzhou-1", "apps-cn-beijing-1", "web"} <= set(registered.resources)
    assert "nginx:1.27" in registered.inputs("apps-cn-beijing-1")["images"]
