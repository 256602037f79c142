"""Checks the output of commands with `--json` against its schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fastjsonschema

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


def checked(command: str, text: str) -> Any:  # noqa: ANN401 - JSON
    """Read what *command* printed.

    Raises:
        fastjsonschema.JsonSchemaException: It has another form than docs/schemas says.
    """
    found = json.loads(text)
    fastjsonschema.validate(json.loads((SCHEMAS / f"{command}.json").read_text()), found)
    return found
