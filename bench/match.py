"""Count the calls of `pulumi-eci match`, and measure the time for calls and for the rest."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

from click.testing import CliRunner

from eci_emulator.server import running
from eci_emulator.settings import DEFAULT_ACCESS_KEYS, Settings
from pulumi_eci_cli import main
from pulumi_eci_cli.listing.caches import ListingGateway

_REGION = "cn-hangzhou"


def measure(caches: int, workloads: int, page: int) -> dict[str, Any]:
    """Run the command with a local API and generated manifests.

    Args:
        caches: Number of caches, with twenty images each.
        workloads: Number of workloads; half of them find all images in one cache.
        page: Largest page of the service.

    Returns:
        `calls`, the seconds for calls (`calls_s`) and for the rest (`besides_s`), and the number of
        workloads by result (`full`, `partial`, `none`).
    """
    settings = Settings(build_seconds=0.0, quota=caches, max_limit=page)
    with tempfile.TemporaryDirectory() as folder, running(settings) as api:
        for number in range(caches):
            images = {f"Image.{at + 1}": f"r.example.com/{number}/{at}:1" for at in range(20)}
            fixed = {"RegionId": _REGION, "ImageCacheName": f"cache-{number}"}
            api.emulator.call("CreateImageCache", fixed | images)
        for number in range(workloads):
            other = number if number % 2 else (number + 1) % caches
            text = json.dumps(_deployment(number, number % caches, other % caches))
            (Path(folder) / f"{number}.yaml").write_text(text)
        took: list[float] = []
        call = ListingGateway.page

        def timed(gateway: ListingGateway, parameters: dict[str, Any]) -> Mapping[str, Any]:
            began = time.perf_counter()
            try:
                return call(gateway, parameters)
            finally:
                took.append(time.perf_counter() - began)

        key, secret = next(iter(DEFAULT_ACCESS_KEYS.items()))
        environment = {
            **{name: None for name in os.environ if name.startswith(("ALI", "ECI_"))},
            "ALIBABA_CLOUD_ACCESS_KEY_ID": key,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": secret,
        }
        place = ["--region", _REGION, "--endpoint", api.url, "--json"]
        with mock.patch.object(ListingGateway, "page", timed):
            began = time.perf_counter()
            command = ["match", f"{folder}/*.yaml", *place]
            result = CliRunner().invoke(main, command, env=environment)
            wall = time.perf_counter() - began
    if result.exit_code != 0:
        raise RuntimeError(result.output)
    return {
        "caches": caches,
        "workloads": workloads,
        "page": page,
        "calls": len(took),
        "calls_s": round(sum(took), 3),
        "besides_s": round(wall - sum(took), 3),
        **json.loads(result.stdout)["summary"],
    }


def _deployment(number: int, *caches: int) -> dict[str, Any]:
    containers = [
        {"name": f"c{at}", "image": f"r.example.com/{cache}/{at}:1"}
        for at, cache in enumerate(caches)
    ]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": f"app-{number}"},
        "spec": {"template": {"spec": {"containers": containers}}},
    }
