"""`pulumi-eci list` against the local ECI API, with the vendor's SDK over HTTP."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from unittest import mock

import pytest
from click.testing import Result

from eci_emulator.server import RunningEmulator, running
from eci_emulator.settings import Settings
from pulumi_eci.operations.clock import SystemClock
from tests.support.commands import KEY, REGION, create
from tests.support.commands import run as run_command
from tests.support.schemas import checked


@pytest.fixture
def api() -> Iterator[RunningEmulator]:
    """A local ECI API whose builds take no time."""
    with running(Settings(build_seconds=0.0, quota=1000)) as api:
        yield api


@pytest.fixture
def free_port() -> int:
    """Return a port on which no server listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def run(api: RunningEmulator, *options: str, **environment: str) -> Result:
    return run_command(api, "list", *options, **environment)


def test_every_cache_of_the_region_is_listed(api: RunningEmulator) -> None:
    ids = {create(api, f"cache-{number:03}", RetentionDays="7") for number in range(1000)}
    create(api, "elsewhere", region="cn-beijing")
    result = run(api, "--region", REGION, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["region"], found["endpoint"]) == (REGION, api.url)
    assert {cache["id"] for cache in found["caches"]} == ids
    assert [cache["name"] for cache in found["caches"]] == sorted(
        cache["name"] for cache in found["caches"]
    )
    assert found["caches"][0]["images"] == ["cache-000:1"]
    assert found["caches"][0]["created"] < found["caches"][0]["expires"]


def test_the_table_is_readable(api: RunningEmulator) -> None:
    cache_id = create(api, "web", RetentionDays="7")
    api.emulator.advance(2 * 86_400)
    head, line = run(api, ALIBABA_CLOUD_REGION_ID=REGION).stdout.splitlines()
    assert head.split() == [
        *("NAME", "ID", "STATUS", "AGE", "EXPIRES", "MATCHED", "SIZE", "IMAGES")
    ]
    assert line.split()[:3] == ["web", cache_id, "Ready"]
    assert line.split()[-3:] == ["never", "20G", "web:1"]


def test_a_region_without_caches_is_reported(api: RunningEmulator) -> None:
    result = run(api, "--region", REGION)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no image caches in cn-hangzhou" in result.stderr
    assert json.loads(run(api, "--region", REGION, "--json").stdout)["caches"] == []


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "--region, ALIBABA_CLOUD_REGION_ID"),
        ({"ALIBABA_CLOUD_REGION_ID": REGION, "ECI_ENDPOINT": "ftp://x"}, "must be a host or a URL"),
        (
            {"ALIBABA_CLOUD_REGION_ID": REGION, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "wrong"},
            "DescribeImageCaches answered SignatureDoesNotMatch",
        ),
    ],
)
def test_a_failure_is_one_message(
    api: RunningEmulator, environment: dict[str, str], message: str
) -> None:
    result = run(api, **environment)
    assert result.exit_code == 1
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_a_closed_port_is_reported_at_once(api: RunningEmulator, free_port: int) -> None:
    with mock.patch.object(SystemClock, "sleep", side_effect=AssertionError("it waits")):
        endpoint = f"http://127.0.0.1:{free_port}"
        result = run(api, "--region", REGION, ECI_ENDPOINT=endpoint)
    assert result.exit_code == 1
    assert f"127.0.0.1:{free_port}: the connection was refused" in result.stderr


def test_options_select_caches_and_name_their_stacks(api: RunningEmulator, tmp_path: Path) -> None:
    web, old = create(api, "web"), create(api, "old", RetentionDays="40")
    api.emulator.advance(35 * 86_400)
    create(api, "new", EliminationStrategy="LRU")
    resource = {"custom": True, "type": "pulumi-python:dynamic/eci:ImageCache"}
    for stack, cache_id in (("dev", web), ("prod", "imc-gone")):
        (tmp_path / stack).write_text(
            json.dumps({"deployment": {"manifest": {}, "resources": [
                {**resource, "urn": f"urn:pulumi:{stack}::shop::t::web", "id": cache_id}
            ]}})
        )  # fmt: skip
    with mock.patch("pulumi_eci_cli.listing.command.datetime") as moved:
        moved.now.return_value = datetime.fromtimestamp(api.emulator.clock.now(), timezone.utc)
        options = ("--region", REGION, "--json", "--unused-for", "30d", "--expiring-in", "1w")
        states = ("--state", str(tmp_path / "dev"), str(tmp_path / "prod"))
        found = checked("list", run(api, *options, *states).stdout)
    assert [(cache["id"], cache["stacks"]) for cache in found["caches"]] == [(old, [])]
    assert [(each["id"], each["stack"]) for each in found["gone"]] == [("imc-gone", "shop/prod")]
    assert (found["quota"]["used"], found["quota"]["max"], found["quota"]["lru"]) == (3, 1000, 1)


def test_the_list_needs_no_permission_for_the_quota(api: RunningEmulator) -> None:
    api.emulator.faults.add(
        {"kind": "error", "action": "ListUsage", "code": "Forbidden.RAM", "status": 403}
    )
    result = run(api, "--region", REGION, "--json")
    assert (result.exit_code, checked("list", result.stdout)["quota"]) == (0, None)
    assert "the quota is not known: ListUsage answered Forbidden.RAM" in result.stderr


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (("--unused-for", "30"), 2),
        (("--unused-for", "-1d"), 2),
        (("--expiring-in", "999999w"), 2),
        (("--state", "/dev/null/none"), 2),
        (("a.json",), 2),
        (("--state", __file__), 1),
    ],
)
def test_other_values_are_refused(
    api: RunningEmulator, options: tuple[str, ...], status: int
) -> None:
    result = run(api, "--region", REGION, *options)
    assert (result.exit_code, "Traceback" in result.output) == (status, False)
    assert api.emulator.journal.entries() == []


def test_retries_are_reported(api: RunningEmulator) -> None:
    api.emulator.faults.add(
        {"kind": "error", "code": "ServiceUnavailable", "status": 503, "count": 1}
    )
    result = run(api, "--region", REGION)
    assert result.exit_code == 0
    assert "trying again: DescribeImageCaches answered ServiceUnavailable" in result.stderr


class TestStack:
    """The configuration of the stack that `pulumi` has selected."""

    @pytest.fixture
    def pulumi(self, tmp_path: Path) -> Callable[..., str]:
        """Return a function that puts a `pulumi` on PATH that prints a configuration."""

        def install(configuration: object = None, *, error: str = "") -> str:
            answer = f"echo 'error: {error}' >&2; exit 255" if error else 'cat "$0.json"'
            (tmp_path / "pulumi").write_text(f"#!/bin/sh\n{answer}\n")
            (tmp_path / "pulumi").chmod(0o755)
            (tmp_path / "pulumi.json").write_text(json.dumps(configuration))
            return os.pathsep.join([str(tmp_path), os.defpath])

        return install

    def test_the_configuration_selects_region_and_credentials(
        self, api: RunningEmulator, pulumi: Callable[..., str]
    ) -> None:
        configuration = {
            "eci:region": {"value": "cn-beijing", "secret": False},
            "eci:endpoint": {"value": api.url, "secret": False},
            "eci:secretKey": {"secret": True},
        }
        result = run(api, "--json", PATH=pulumi(configuration), ECI_ENDPOINT="")
        assert result.exit_code == 0, result.output
        found = json.loads(result.stdout)
        assert (found["region"], found["endpoint"]) == ("cn-beijing", api.url)

    def test_an_encrypted_access_key_is_reported(
        self, api: RunningEmulator, pulumi: Callable[..., str]
    ) -> None:
        configuration = {"eci:secretKey": {"secret": True}, "eci:accessKey": {"value": "a"}}
        none = dict.fromkeys(KEY, "")
        result = run(api, "--region", REGION, PATH=pulumi(configuration), **none)
        assert result.exit_code == 1
        assert "eci:secretKey is encrypted" in result.stderr

    @pytest.mark.parametrize("text", ["[]", '"x"', "{", '{"eci:region": 1}'])
    def test_unusable_output_of_pulumi_is_reported(
        self, api: RunningEmulator, pulumi: Callable[..., str], tmp_path: Path, text: str
    ) -> None:
        path = pulumi()
        (tmp_path / "pulumi.json").write_text(text)
        assert run(api, "--region", REGION, PATH=path).exit_code == 0
        assert "`pulumi config` failed" in run(api, PATH=path).stderr

    def test_the_reason_for_a_missing_region_is_reported(
        self, api: RunningEmulator, pulumi: Callable[..., str]
    ) -> None:
        path = pulumi(error="no stack selected")
        assert "no stack selected" in run(api, PATH=path).stderr
