"""Accounts and endpoints: which account gets the caches, and the message for a wrong endpoint."""

from __future__ import annotations

from pathlib import Path

from tests.support.fake_sts import KEY, running_sts
from tests.support.pulumi_stack import PulumiStack

ARN = "acs:ram::1234567890123456:role/deployer"


def test_caches_are_created_in_the_account_of_pulumi_alicloud_s_role(
    stack: PulumiStack, tmp_path: Path
) -> None:
    stack.service.configure(
        access_keys={KEY["AccessKeyId"]: KEY["AccessKeySecret"]},
        security_tokens={KEY["AccessKeyId"]: KEY["SecurityToken"]},
    )
    stack.declare(images=["nginx:1.27"])
    role = (
        "eci:assumeRole" if stack.native else "alicloud:assumeRole"
    )  # the plugin reads only its own settings
    assert stack.run("config", "set", "--path", f"{role}.roleArn", ARN).ok
    assert stack.run("config", "set", "--path", f"{role}.sessionExpiration", "900").ok
    with running_sts(tmp_path) as sts:
        stack.environment = sts.environment
        stack.up()
        [asked] = sts.asked
        stack.destroy()
    assert (asked["RoleArn"], asked["DurationSeconds"]) == (ARN, "900")
    assert stack.service.caches() == []

    assert stack.run("config", "set", "--path", f"{role}.serialNumber", "mfa").ok
    refused = stack.run("preview")
    assert not refused.ok
    assert "serialNumber is not supported" in refused.text


def test_an_http_endpoint_without_its_scheme_is_reported_at_once(stack: PulumiStack) -> None:
    assert stack.run("config", "set", "eci:endpoint", stack.api.url.removeprefix("http://")).ok
    stack.declare(images=["nginx:1.27"])
    run = stack.try_up()
    assert not run.ok
    assert "write http:// before the address" in run.text
    assert "trying again" not in run.text
