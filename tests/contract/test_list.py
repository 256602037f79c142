"""`pulumi-eci list` against the local ECI API, with the vendor's SDK over HTTP."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from eci_emulator.server import RunningEmulator, running
from eci_emulator.settings import Settings
from pulumi_eci_cli import main

REGION = "cn-hangzhou"
KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "testid", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret"}


@pytest.fixture
def api() -> Iterator[RunningEmulator]:
    """A local ECI API whose builds take no time."""
    with running(Settings(build_seconds=0.0)) as api:
        yield api


def run(api: RunningEmulator, *options: str, **environment: str) -> Result:
    """Run `pulumi-eci list` in an environment that names the API alone."""
    foreign = {
        name: None
        for name in os.environ
        if name.startswith(("ALI", "ECI_")) or name.lower().endswith("_proxy")
    }
    env = {**foreign, **KEY, "ECI_ENDPOINT": api.url, **environment}
    return CliRunner().invoke(main, ["list", *options], env=env)


def create(api: RunningEmulator, name: str, region: str = REGION, **params: str) -> str:
    """Make a cache by other means than the provider."""
    fixed = {"RegionId": region, "ImageCacheName": name, "Image.1": f"{name}:1"}
    made: str = api.emulator.call("CreateImageCache", fixed | params)["ImageCacheId"]
    return made


def test_every_cache_of_the_region_is_listed(api: RunningEmulator) -> None:
    """Over all pages, by name, and none of another region."""
    ids = {create(api, f"cache-{number:02}", RetentionDays="7") for number in range(45)}
    create(api, "elsewhere", region="cn-beijing")
    result = run(api, "--region", REGION, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["region"], found["endpoint"]) == (REGION, api.url)
    assert {cache["id"] for cache in found["caches"]} == ids
    assert [cache["name"] for cache in found["caches"]] == sorted(
        cache["name"] for cache in found["caches"]
    )
    assert found["caches"][0]["images"] == ["cache-00:1"]
    assert found["caches"][0]["created"] < found["caches"][0]["expires"]


def test_the_table_is_readable(api: RunningEmulator) -> None:
    """A line of names, and a line for each cache."""
    cache_id = create(api, "web", RetentionDays="7")
    api.emulator.advance(2 * 86_400)
    head, line = run(api, ALIBABA_CLOUD_REGION_ID=REGION).stdout.splitlines()
    assert head.split() == [
        *("NAME", "ID", "STATUS", "AGE", "EXPIRES", "MATCHED", "SIZE", "IMAGES")
    ]
    assert line.split()[:3] == ["web", cache_id, "Ready"]
    assert line.split()[-3:] == ["never", "20G", "web:1"]


def test_a_region_without_caches_says_so(api: RunningEmulator) -> None:
    """On standard error: a script reads no lines."""
    result = run(api, "--region", REGION)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no image caches in cn-hangzhou" in result.stderr
    assert json.loads(run(api, "--region", REGION, "--json").stdout)["caches"] == []


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "which region? Give --region or set ALIBABA_CLOUD_REGION_ID"),
        ({"ALIBABA_CLOUD_REGION_ID": REGION, "ECI_ENDPOINT": "ftp://x"}, "must be a host or a URL"),
        (
            {"ALIBABA_CLOUD_REGION_ID": REGION, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "wrong"},
            "DescribeImageCaches answered SignatureDoesNotMatch",
        ),
    ],
)
def test_what_goes_wrong_is_one_message(
    api: RunningEmulator, environment: dict[str, str], message: str
) -> None:
    """In the provider's words, with exit code 1."""
    result = run(api, **environment)
    assert result.exit_code == 1
    assert message in result.stderr
    assert "Traceback" not in result.output
