"""Running `pulumi-eci` against a local ECI API."""

from __future__ import annotations

import os

from click.testing import CliRunner, Result

from eci_emulator.server import RunningEmulator
from pulumi_eci_cli import main

REGION = "cn-hangzhou"
KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "testid", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret"}


def run(api: RunningEmulator, *arguments: str, **environment: str) -> Result:
    """Run `pulumi-eci` with only the API in the environment."""
    foreign = {
        name: None
        for name in os.environ
        if name.startswith(("ALI", "ECI_")) or name.lower().endswith("_proxy")
    }
    env = {**foreign, **KEY, "PATH": "", "ECI_ENDPOINT": api.url, **environment}
    return CliRunner().invoke(main, arguments, env=env)


def create(api: RunningEmulator, name: str, region: str = REGION, **params: str) -> str:
    """Create a cache without the provider."""
    fixed = {"RegionId": region, "ImageCacheName": name, "Image.1": f"{name}:1"}
    made: str = api.emulator.call("CreateImageCache", fixed | params)["ImageCacheId"]
    return made
