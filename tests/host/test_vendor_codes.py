"""A vendor code of each reaction as the answer to every operation: one line, or a success.

The line has the vendor's words, the RequestId and advice. `tests/unit/test_codes.py` checks that
every code has a reaction and advice.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from eci_emulator.core import Emulator
from tests.host.conftest import Setup
from tests.support.provider_process import REGION, CallFailedError, Properties, Provider, inputs
from tests.support.provider_start import running_provider
from tests.support.vendor_codes import VENDOR_CODES, VendorCode

ENOUGH, LITTLE = 20.0, 0.5  # seconds; the provider's pauses are short here

NAME = "web-0123abc"


@dataclass(frozen=True)
class Operation:
    """An operation of the API, and what makes the provider call it.

    Attributes:
        action: Its name.
        make: Calls the provider for an existing cache, with a timeout.
        tags: The tags of that cache.
    """

    action: str
    make: Callable[[Provider, str, float], object]
    tags: tuple[str, ...] = ()


def state(**changes: object) -> Properties:
    """Return the outputs of a Ready cache."""
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

UNTIL_THE_DEADLINE = {"Throttling.User", "OperationConflict", "ImageCache.IncorrectStatus"}
# One code of each reaction: retry for a while, retry until the deadline, already done, not found,
# and final.
CASES = [
    *itertools.product(
        OPERATIONS,
        ["InternalError", "NoNeedUpdate", "InvalidParameter.NotFound", "QuotaExceeded"],
    ),
    *((name, "Throttling.User") for name in ("rebuild", "look", "untag")),
    *((name, "ImageCache.IncorrectStatus") for name in ("delete", "tag")),
    ("create", "OperationConflict"),
]
SUCCESSES = {
    ("metadata", "NoNeedUpdate"),  # the cache is already as wanted
    ("look", "InvalidParameter.NotFound"),  # the cache is already deleted
}


def refused(eci: Emulator, operation: Operation, row: VendorCode, **fault: object) -> str:
    """Let an operation on a cache be refused; return the cache's id."""
    (cache_id,) = eci.seed(
        {"name": NAME, "images": ["nginx:1.27"], "snapshot_id": "s-1", "status": "Ready"}
        | {"tags": dict.fromkeys(operation.tags, "1")}
    )
    eci.faults.add(
        {"kind": "error", "action": operation.action, "code": row.code}
        | {"status": row.status, "message": row.message, **fault}
    )
    return cache_id


@pytest.mark.parametrize(("name", "code"), CASES)
def test_a_code_is_one_clean_line(provider: Provider, eci: Emulator, name: str, code: str) -> None:
    operation, row = OPERATIONS[name], VENDOR_CODES[code]
    cache_id = refused(eci, operation, row)
    timeout = LITTLE if code in UNTIL_THE_DEADLINE else ENOUGH
    if (name, code) in SUCCESSES:
        operation.make(provider, cache_id, timeout)
        return
    with pytest.raises(CallFailedError) as caught:
        operation.make(provider, cache_id, timeout)
    message = caught.value.message
    assert message.isprintable()
    assert "Traceback" not in message
    if (name, code) == ("rebuild", "NoNeedUpdate"):
        assert f"{cache_id} was not rebuilt: the service declines (NoNeedUpdate: " in message
        assert "replace_on_changes" in message
        return
    pattern = (
        rf"{operation.action} answered {re.escape(row.code)}: {re.escape(row.message)} "
        rf"\(RequestId [0-9A-F-]{{36}}\) .*{re.escape(row.advice)}"
    )
    assert re.search(pattern, message), message


def test_a_creation_reports_endless_throttling(tmp_path: Path, shared_setup: Setup) -> None:
    # In a separate process, which then waits for the rate limit of the account.
    config = {"eci:endpoint": shared_setup.api.url, "eci:region": REGION}
    refused(shared_setup.api.emulator, OPERATIONS["create"], VENDOR_CODES["Throttling.User"])
    with (
        running_provider(tmp_path, "", config) as provider,
        pytest.raises(CallFailedError) as caught,
    ):
        provider.create(inputs(), timeout=3.0)
    assert caught.value.message.startswith("CreateImageCache answered Throttling.User: ")


PASSING = ["Throttling.User", "InternalError", "LastTokenProcessing"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        *((name, code) for name in OPERATIONS for code in PASSING),
        *((name, "IncorrectStatus") for name in OPERATIONS if name not in {"create", "look"}),
    ],
)
def test_a_temporary_refusal_is_retried(
    provider: Provider, eci: Emulator, name: str, code: str
) -> None:
    operation = OPERATIONS[name]
    cache_id = refused(eci, operation, VENDOR_CODES[code], count=1)
    operation.make(provider, cache_id, ENOUGH)
    actions = [entry["action"] for entry in eci.journal.entries()]
    assert actions.count(operation.action) >= 2
