"""Check files for `--policy-pack-config`: `python check_config.py FILE…`; exits 1 on a mistake."""

from __future__ import annotations

import sys
from pathlib import Path

from eci_policies.configuration import problems
from eci_policies.pack import policies


def main(files: list[str]) -> int:
    """Print the mistakes of each file; return the exit code."""
    if not files:
        sys.stderr.write(f"usage: {sys.argv[0]} FILE…\n")
        return 2
    wrong = 0
    for file in files:
        try:
            text = Path(file).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            found = [f"The file cannot be read: {error}."]
        else:
            found = problems(text, policies())
        wrong += len(found)
        sys.stdout.writelines(f"{file}: {line}\n" for line in found)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
