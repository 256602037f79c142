"""The present version refreshes, updates and destroys the state of every earlier release.

`states/<version>.json` is the output of `pulumi stack export` with that release: one cache with
images, tags, a trigger and a registry login. A file is added with each release, never changed.
`-python3.14` is the same state with the pickle of that Python, so that two instances of the
provider serve it: one for the state, and one for the program.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.pulumi_stack import TYPE, PulumiStack

pytestmark = pytest.mark.parametrize("stack", ["dynamic"], indirect=True)
STATES = sorted((Path(__file__).parent / "states").glob("*.json"))


def bring_back(stack: PulumiStack, file: Path) -> dict[str, Any]:
    """Import a state, and recreate its cache in the service."""
    deployment = json.loads(file.read_text())["deployment"]
    (cache,) = (r for r in deployment["resources"] if r["urn"].endswith(f"{TYPE}::web"))
    outputs = cache["outputs"]
    stack.service.seed(
        {
            "id": cache["id"],
            "region": outputs["region"],
            "name": outputs["imageCacheName"],
            "images": outputs["images"],
            "tags": outputs["tags"],
            "retention_days": outputs["retentionDays"],
            "elimination_strategy": outputs["eliminationStrategy"],
            "snapshot_id": outputs["snapshotId"],
            "status": "Ready",
        }
    )
    # The state contains the endpoint of that time; the environment takes precedence.
    stack.environment["ECI_ENDPOINT"] = stack.api.url
    assert stack.run("stack", "import", "--file", str(file)).ok
    found: dict[str, Any] = cache
    return found


def declare(stack: PulumiStack, **changes: Any) -> None:  # noqa: ANN401 - any argument
    """Write the program of the state, with some changes."""
    args: dict[str, Any] = {
        "images": ["nginx:1.27", "redis:7"],
        "tags": {"team": "web"},
        "retention_days": 7,
        "elimination_strategy": "LRU",
        "rebuild_triggers": {"week": 1},
        "image_registry_credentials": [
            {"server": "r.example.com", "user_name": "me", "password": "old-password"}
        ],
    }
    stack.declare(**(args | changes))


@pytest.mark.parametrize("file", STATES, ids=lambda file: file.stem)
def test_old_state_causes_no_changes(stack: PulumiStack, file: Path) -> None:
    bring_back(stack, file)
    declare(stack)
    stack.refresh("--expect-no-changes")
    stack.up("--expect-no-changes")


@pytest.mark.parametrize("file", STATES, ids=lambda file: file.stem)
def test_old_state_is_updated_in_place_and_destroyed(stack: PulumiStack, file: Path) -> None:
    cache = bring_back(stack, file)
    declare(stack, tags={"team": "api"}, rebuild_triggers={"week": 2})
    stack.up()
    (found,) = stack.cloud()
    assert found["ImageCacheId"] == stack.resource()["id"] == cache["id"]
    assert found["SnapshotId"] != cache["outputs"]["snapshotId"]
    stack.destroy()
    assert stack.cloud() == []


@pytest.mark.parametrize("file", STATES, ids=lambda file: file.stem)
def test_old_state_is_destroyed_without_a_program(stack: PulumiStack, file: Path) -> None:
    bring_back(stack, file)
    stack.program = "raise SystemExit('not to be run')"
    stack.destroy()
    assert stack.cloud() == []


@pytest.mark.parametrize("file", STATES, ids=lambda file: file.stem)
def test_old_state_is_replaced(stack: PulumiStack, file: Path) -> None:
    cache = bring_back(stack, file)
    declare(stack, insecure_registry="r.example.com")
    stack.up()
    (found,) = stack.cloud()
    assert found["ImageCacheId"] == stack.resource()["id"] != cache["id"]
    stack.up("--refresh", "--expect-no-changes")
