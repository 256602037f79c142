"""The messages about refusals of the service and about failed builds, in the real engine."""

from __future__ import annotations

from tests.support.pulumi_stack import PulumiStack
from tests.support.vendor_codes import VENDOR_CODES

REFUSALS = (
    "OperationDenied.NoStock",
    "InvalidVSwitchId.IpNotEnough",
    "Account.Arrearage",
    "Forbidden.UserNotRealNameAuthentication",
    "CreateServiceLinkedRole.Denied",
    "QuotaExceeded",
    "Forbidden.RAM",
)


def test_every_refusal_is_one_line_with_advice(stack: PulumiStack) -> None:
    for number, code in enumerate(REFUSALS):
        row = VENDOR_CODES[code]
        image = f"refused:{number}"
        stack.declare(f"cache-{number}", images=[image])
        stack.service.faults.add(
            {"kind": "error", "action": "CreateImageCache", "match": {"Image.1": image}}
            | {"code": code, "status": row.status, "message": row.message}
        )
    run = stack.try_up("--continue-on-error")
    assert not run.ok
    assert not run.tracebacks
    for code in REFUSALS:
        row = VENDOR_CODES[code]
        expected = f"CreateImageCache answered {code}: {row.message.rstrip('.')}. (RequestId "
        lines = [line for line in run.text.splitlines() if expected in line]
        assert lines, code
        assert all(row.advice in line for line in lines)
    assert stack.cloud() == []
    stack.service.faults.clear()
    stack.up()
    assert len(stack.cloud()) == len(REFUSALS)


def test_a_failed_build_says_what_to_do(stack: PulumiStack) -> None:
    causes = {
        "no-route:1": ('Head "https://r.example.com": dial tcp: i/o timeout', "eip_instance_id"),
        "private:1": ("authorization failed: 401 Unauthorized", "password"),
        "missing:1": ("manifest unknown: manifest unknown", "name and tag"),
    }
    stack.service.configure(
        failing_images=tuple(causes),
        pull_errors={image: words for image, (words, _) in causes.items()},
        image_sizes={"big:1": 30.0},
    )
    causes["big:1"] = ("no space left on device", "image_cache_size")
    for image in causes:
        stack.declare(image.partition(":")[0], images=[image])
    run = stack.try_up("--continue-on-error")
    assert not run.ok
    assert not run.tracebacks
    for words, advice in causes.values():
        lines = [line for line in run.text.splitlines() if "ended Failed" in line and words in line]
        assert lines, words
        assert all(advice in line for line in lines)
