"""Faults for the local ECI API: a share of all requests fails, with every kind of failure."""

from __future__ import annotations

from typing import Any

_KINDS: tuple[dict[str, Any], ...] = (
    {"kind": "error", "code": "Throttling.User", "status": 400},
    {"kind": "error", "code": "Throttling", "status": 400, "retry_after": 20},
    {"kind": "error", "code": "InternalError", "status": 500},
    {"kind": "error", "code": "ServiceUnavailable", "status": 503, "after_effect": True},
    {"kind": "error", "code": "OperationConflict", "status": 400},
    {"kind": "error", "code": "LastTokenProcessing", "status": 403},
    {"kind": "reset"},
    {"kind": "reset", "after_effect": True},
    {"kind": "malformed", "status": 200, "message": "{"},
    {"kind": "malformed", "status": 502, "message": "Bad Gateway"},
    {"kind": "truncated"},
)


def storm(share: float, seed: int) -> list[dict[str, Any]]:
    """Return faults that hit a *share* of all requests, all kinds alike, and delay some others."""
    each = share / len(_KINDS)
    faults = [
        # The n-th fault only sees the requests that the first n - 1 faults have not hit.
        {**kind, "probability": each / (1 - number * each), "seed": seed + number}
        for number, kind in enumerate(_KINDS)
    ]
    late = {"kind": "latency", "latency_seconds": 0.05, "probability": share / 5, "seed": seed}
    return [*faults, late]
