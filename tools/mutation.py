"""Mutate the pure modules and see which mutants no test notices: `make mutants`.

mutmut finds modules in `src` alone, so it works on a copy of the project, in `.local/mutants`,
where `provider` is called so. It is fetched for the run, since nothing else needs it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPY = ROOT / ".local" / "mutants"
MODULES = ("fields", "spec", "state", "plan")
TESTS = ("fields", "parse", "state", "plan", "request", "lifecycle")

_SETTINGS = """
[tool.mutmut]
source_paths = ["src/pulumi_eci"]
only_mutate = {modules}
pytest_add_cli_args_test_selection = {tests}
also_copy = ["tests", "emulator", "cli", "pyproject.toml"]
"""


def main() -> int:
    """Copy the project, run mutmut there, and print every mutant that survived."""
    shutil.rmtree(COPY, ignore_errors=True)
    ignore = shutil.ignore_patterns(".*", "__pycache__")
    shutil.copytree(ROOT, COPY, ignore=ignore)
    (COPY / "provider").rename(COPY / "src")
    settings = (COPY / "pyproject.toml").read_text()
    settings = settings.replace('pythonpath = ["."]', 'pythonpath = [".", "emulator", "cli"]')
    settings += _SETTINGS.format(
        modules=[f"src/pulumi_eci/{name}.py" for name in MODULES],
        tests=[f"tests/unit/test_{name}.py" for name in TESTS],
    )
    (COPY / "pyproject.toml").write_text(settings)
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "mutmut>=3.8"], check=True)
    _mutmut("run")
    survivors = [line.split(":")[0].strip() for line in _results() if "killed" not in line]
    for name in survivors:
        _mutmut("show", name)
    print(f"{len(survivors)} mutants survived")
    return 1 if survivors else 0


def _results() -> list[str]:
    done = subprocess.run(
        [_command(), "results"], cwd=COPY, stdout=subprocess.PIPE, text=True, check=True
    )
    return [line for line in done.stdout.splitlines() if ":" in line]


def _mutmut(*arguments: str) -> None:
    subprocess.run([_command(), *arguments], cwd=COPY, check=True)


def _command() -> str:
    return str(Path(sys.executable).with_name("mutmut"))


if __name__ == "__main__":
    sys.exit(main())
