"""What happens to a cache of the soak: edits of the program, and the hands of others."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from eci_emulator.core import Emulator
from tests.support.provider_process import BROKEN, REGION, Properties

IMAGES = ("nginx:1.27", "nginx:1.28", "redis:7", "registry.example.com/shop:1", "busybox:1")
BY_HAND = "by-hand"
"""The key of a tag that is not the program's."""

Edit = Callable[[random.Random, Properties], None]


def first_inputs(chance: random.Random) -> Properties:
    """Return the arguments of a new cache."""
    inputs: Properties = {"region": REGION, "securityGroupId": "sg-1", "vswitchId": "vsw-1"}
    for edit in (_images, _tags):
        edit(chance, inputs)
    return _without_absent(inputs)


def edited(chance: random.Random, inputs: Properties) -> Properties:
    """Return the arguments after one random edit."""
    changed = dict(inputs)
    chance.choices(_EDITS, _WEIGHTS)[0](chance, changed)
    return _without_absent(changed)


def meddle(chance: random.Random, eci: Emulator, cache_id: str) -> None:
    """Change or remove a cache behind the provider's back, if it is there."""
    changes: list[dict[str, Any]] = [
        {"name": "by-hand"},
        {"images": ["by/hand:1"]},
        {"elimination_strategy": "LRU"},
        {"tags": {BY_HAND: "1"}},
        {"status": "UpdateFailed"},
        {"status": "Failed"},
    ]
    with suppress(KeyError):
        if chance.random() < 1 / (len(changes) + 1):
            eci.remove(cache_id)
        else:
            eci.edit(cache_id, chance.choice(changes))


def _without_absent(inputs: Properties) -> Properties:
    return {name: value for name, value in inputs.items() if value is not None}


def _images(chance: random.Random, inputs: Properties) -> None:
    inputs["images"] = sorted(chance.sample(IMAGES, chance.randint(1, 3)))


def _broken(_: random.Random, inputs: Properties) -> None:
    inputs["images"] = [BROKEN]


def _tags(chance: random.Random, inputs: Properties) -> None:
    keys = chance.sample(["team", "stage", "cost", "owner"], chance.randint(0, 3))
    inputs["tags"] = {key: str(chance.randint(0, 9)) for key in keys} or None


def _retention(chance: random.Random, inputs: Properties) -> None:
    inputs["retentionDays"] = chance.choice([None, 3000, 6000])


def _elimination(chance: random.Random, inputs: Properties) -> None:
    inputs["eliminationStrategy"] = chance.choice([None, "LRU"])


def _size(chance: random.Random, inputs: Properties) -> None:
    inputs["imageCacheSize"] = chance.choice([None, 40, 60])


def _triggers(chance: random.Random, inputs: Properties) -> None:
    inputs["rebuildTriggers"] = chance.randint(0, 9)


def _zone(chance: random.Random, inputs: Properties) -> None:
    inputs["zoneId"] = chance.choice(["cn-hangzhou-h", "cn-hangzhou-i", "cn-hangzhou-j"])


def _name(chance: random.Random, inputs: Properties) -> None:
    inputs["imageCacheName"] = chance.choice([None, f"named-{chance.randint(0, 99)}"])


_TABLE: tuple[tuple[Edit, float], ...] = (
    (_images, 3),
    (_broken, 0.5),
    (_tags, 3),
    (_retention, 1),
    (_elimination, 1),
    (_size, 1),
    (_triggers, 2),
    (_zone, 1),
    (_name, 1),
)
_EDITS = [edit for edit, _ in _TABLE]
_WEIGHTS = [weight for _, weight in _TABLE]
