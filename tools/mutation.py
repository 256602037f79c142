"""Mutate the pure modules and print the mutants that no test kills: `make mutants`.

mutmut mutates only functions. `tests/unit/test_fields.py` and `test_plan.py` repeat the rows of the
field table.

mutmut finds modules only in a folder `src`. So it works on a copy of the project in
`.local/mutants`, where `provider` is renamed to `src`. mutmut is installed for the run.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPY = ROOT / ".local" / "mutants"
MODULES = ("fields", "spec", "decode", "parse", "state", "plan", "request", "naming")
TESTS = ("fields", "parse", "state", "plan", "request", "naming", "lifecycle")

EQUIVALENT = {
    "json.dumps(value, allow_nan=None)": "None is as false as False",
    "random = seed or secrets.token_bytes(None)": "as random",
    "random = seed or secrets.token_bytes(17)": "as random",
}
"""Lines of mutants that no test can kill, and why."""

_SETTINGS = """
[tool.mutmut]
source_paths = ["src/pulumi_eci"]
only_mutate = {modules}
pytest_add_cli_args_test_selection = {tests}
also_copy = ["tests", "emulator", "cli", "pyproject.toml"]
"""


def main() -> int:
    """Copy the project, run mutmut on the copy, and print the mutants that survived."""
    shutil.rmtree(COPY, ignore_errors=True)
    ignore = shutil.ignore_patterns(".*", "__pycache__")
    shutil.copytree(ROOT, COPY, ignore=ignore)
    (COPY / "provider").rename(COPY / "src")
    settings = (COPY / "pyproject.toml").read_text()
    settings = settings.replace('pythonpath = ["."]', 'pythonpath = [".", "emulator", "cli"]')
    settings += _SETTINGS.format(
        modules=[f"src/pulumi_eci/model/{name}.py" for name in MODULES],
        tests=_tests(),
    )
    (COPY / "pyproject.toml").write_text(settings)
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "mutmut>=3.8"], check=True)
    _mutmut("run")
    results = [line for line in _output("results").splitlines() if ":" in line]
    alive = [line.split(":")[0].strip() for line in results if "killed" not in line]
    survivors = [text for text in map(_diff, alive) if not _is_equivalent(text)]
    print("\n".join(survivors))
    print(f"{len(survivors)} mutants survived; {len(alive) - len(survivors)} are equivalent")
    return 1 if survivors else 0


def _tests() -> list[str]:
    """Return the test files for all names in TESTS."""
    files = [file for name in TESTS for file in sorted(COPY.glob(f"tests/unit/test_{name}*.py"))]
    return [str(file.relative_to(COPY)) for file in files]


def _diff(name: str) -> str:
    return _output("show", name)


def _is_equivalent(diff: str) -> bool:
    return any(line[1:].strip() in EQUIVALENT for line in diff.splitlines() if line[:1] == "+")


def _output(*arguments: str) -> str:
    done = subprocess.run(
        [_command(), *arguments], cwd=COPY, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def _mutmut(*arguments: str) -> None:
    subprocess.run([_command(), *arguments], cwd=COPY, check=True)


def _command() -> str:
    return str(Path(sys.executable).with_name("mutmut"))


if __name__ == "__main__":
    sys.exit(main())
