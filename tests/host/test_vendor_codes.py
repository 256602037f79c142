"""Every vendor code in the answer to every operation: one clean line, or a success.

The line has the vendor's words, the RequestId, and what a person can do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from eci_emulator.core import Emulator
from tests.support.provider_process import CallFailedError, Properties, Provider, inputs
from tests.support.vendor_codes import VENDOR_CODES, VendorCode

PATIENCE = 0.4
"""Seconds until what is retried is given up; the provider's pauses are short here."""

NAME = "web-0123abc"


@dataclass(frozen=True)
class Operation:
    """An operation of the API, and what makes the provider call it.

    Attributes:
        action: Its name.
        make: Calls the provider for a cache that is there, with a timeout.
        tags: The tags of that cache.
    """

    action: str
    make: Callable[[Provider, str, float], object]
    tags: tuple[str, ...] = ()


def state(**changes: object) -> Properties:
    """The outputs of a cache that is Ready."""
    return inputs(status="Ready", snapshotId="s-1", **changes)


OPERATIONS = {
    "create": Operation(
        "CreateImageCache", lambda provider, _, timeout: provider.create(inputs(), timeout=timeout)
    ),
    "metadata": Operation(
        "UpdateImageCache",
        lambda provider, cache_id, timeout: provider.update(
            cache_id, state(), inputs(retentionDays=9), timeout=timeout
        ),
    ),
    "rebuild": Operation(
        "UpdateImageCache",
        lambda provider, cache_id, timeout: provider.update(
            cache_id, state(), inputs(images=["nginx:1.28"]), timeout=timeout
        ),
    ),
    "look": Operation(
        "DescribeImageCaches",
        lambda provider, cache_id, timeout: provider.delete(cache_id, state(), timeout=timeout),
    ),
    "delete": Operation(
        "DeleteImageCache",
        lambda provider, cache_id, timeout: provider.delete(cache_id, state(), timeout=timeout),
    ),
    "tag": Operation(
        "TagResources",
        lambda provider, cache_id, timeout: provider.create(
            inputs(adopt=cache_id), timeout=timeout
        ),
    ),
    "untag": Operation(
        "UntagResources",
        lambda provider, cache_id, timeout: provider.update(
            cache_id, state(tags={"a": "1"}), inputs(), timeout=timeout
        ),
        tags=("a",),
    ),
}

SUCCESSES = {
    ("metadata", "NoNeedUpdate"),  # it is as wanted already
    ("look", "InvalidParameter.NotFound"),  # to a deletion: it is gone already
}


@pytest.mark.parametrize("code", VENDOR_CODES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_code_is_one_clean_line(provider: Provider, eci: Emulator, name: str, code: str) -> None:
    operation, row = OPERATIONS[name], VENDOR_CODES[code]
    (cache_id,) = eci.seed(
        {"name": NAME, "images": ["nginx:1.27"], "snapshot_id": "s-1", "status": "Ready"}
        | {"tags": dict.fromkeys(operation.tags, "1")}
    )
    eci.faults.add(
        {"kind": "error", "action": operation.action, "code": code}
        | {"status": row.status, "message": row.message}
    )
    if (name, code) in SUCCESSES:
        operation.make(provider, cache_id, PATIENCE)
        return
    with pytest.raises(CallFailedError) as caught:
        operation.make(provider, cache_id, PATIENCE)
    message = caught.value.message
    assert message.isprintable()
    assert "Traceback" not in message
    if (name, code) == ("rebuild", "NoNeedUpdate"):
        assert f"{cache_id} was not rebuilt: the service declines (NoNeedUpdate: " in message
        assert "replace_on_changes" in message
    else:
        assert_told(message, operation.action, row)


def assert_told(message: str, action: str, row: VendorCode) -> None:
    """The parts of the line, in their order."""
    words = row.message.rstrip(".")
    pattern = (
        rf"{action} answered {re.escape(row.code)}: {re.escape(words)}\. "
        rf"\(RequestId [0-9A-F-]{{36}}\) .*{re.escape(row.advice)}"
    )
    assert re.search(pattern, message), message


@pytest.mark.parametrize("code", ["IncorrectStatus", "ImageCache.IncorrectStatus"])
@pytest.mark.parametrize("name", ["metadata", "rebuild", "delete", "tag", "untag"])
def test_another_status_is_waited_out(
    provider: Provider, eci: Emulator, name: str, code: str
) -> None:
    operation = OPERATIONS[name]
    (cache_id,) = eci.seed(
        {"name": NAME, "images": ["nginx:1.27"], "snapshot_id": "s-1", "status": "Ready"}
        | {"tags": dict.fromkeys(operation.tags, "1")}
    )
    eci.faults.add(
        {"kind": "error", "action": operation.action, "code": code, "status": 400, "count": 1}
    )
    operation.make(provider, cache_id, 20.0)
    actions = [entry["action"] for entry in eci.journal.entries()]
    assert actions.count(operation.action) == 2


@pytest.mark.parametrize(
    "code",
    ["Throttling.User", "InternalError", "OperationConflict", "LastTokenProcessing"],
)
@pytest.mark.parametrize("name", OPERATIONS)
def test_what_passes_is_waited_out(provider: Provider, eci: Emulator, name: str, code: str) -> None:
    operation, row = OPERATIONS[name], VENDOR_CODES[code]
    (cache_id,) = eci.seed(
        {"name": NAME, "images": ["nginx:1.27"], "snapshot_id": "s-1", "status": "Ready"}
        | {"tags": dict.fromkeys(operation.tags, "1")}
    )
    eci.faults.add(
        {"kind": "error", "action": operation.action, "code": code}
        | {"status": row.status, "count": 2}
    )
    operation.make(provider, cache_id, 20.0)
