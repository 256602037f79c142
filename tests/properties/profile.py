"""The number and choice of cases. Each run tries the same cases, so that a failure is reproducible.

A run tries a twentieth of the cases. With `ECI_TEST_CASES=100` (per cent), as in CI, it tries all.
`ECI_TEST_SEARCH=10` tries new cases instead, ten times as many, and prints how to reproduce a
failure.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, seed, settings

_FACTOR = int(os.environ.get("ECI_TEST_SEARCH") or 0)
_PERCENT = 100 * _FACTOR or int(os.environ.get("ECI_TEST_CASES") or 5)
_NAME = "properties"

settings.register_profile(
    _NAME,
    deadline=None,
    database=None,
    derandomize=not _FACTOR,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def cases(count: int, **others: Any) -> settings:  # noqa: ANN401 - settings of hypothesis
    """Return the settings of a property test with *count* cases."""
    tried = max(3, count * _PERCENT // 100)
    return settings(settings.get_profile(_NAME), max_examples=tried, **others)


def cases_of(label: str) -> Callable[[Any], Any]:
    """Give a property test with several labels different cases for each label."""
    return (lambda test: test) if _FACTOR else seed(zlib.crc32(label.encode()))
