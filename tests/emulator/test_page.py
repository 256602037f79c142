"""The page at `/` in a real browser.

These tests have the marker `browser` and need Chromium; `make test` omits them, CI runs them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.emulator.client import call, control

if TYPE_CHECKING:
    from pathlib import Path

    from eci_emulator.server import RunningEmulator

DEADLINE_SECONDS = 60

pytestmark = pytest.mark.browser


def browser() -> str:
    """Return the path of the browser."""
    programs = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    found = next(filter(None, programs), None)
    assert found, "no Chromium here"
    return found


def render(url: str, profile: Path, *options: str) -> str:
    """Open a page, let it run for a few virtual seconds, and return its DOM."""
    command = [
        browser(),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        f"--user-data-dir={profile}",
        "--virtual-time-budget=3000",
        *options,
        url,
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=True
    )
    return done.stdout


def fill(server: RunningEmulator) -> None:
    """Create caches of several kinds, one with markup in its values."""
    control(server.url, "PUT", "/failing-images", ["*broken*"])
    shop = {"ImageCacheName": "shop", "Image_1": "registry.example/shop/api:2.4"}
    call(server.url, "CreateImageCache", Tag_1_Key="team", Tag_1_Value="web", **shop)
    call(server.url, "CreateImageCache", ImageCacheName="nightly", Image_1="broken:1")
    control(server.url, "POST", "/clock", {"advance_seconds": 6})
    lru = {"RetentionDays": "7", "EliminationStrategy": "LRU"}
    call(server.url, "CreateImageCache", ImageCacheName="jobs", Image_1="python:3.13", **lru)
    control(server.url, "POST", "/clock", {"advance_seconds": 3})
    script = "<img src=x onerror=document.title='owned'>"
    call(server.url, "CreateImageCache", ImageCacheName="odd", Image_1="a", Tag_1_Key=script)
    call(server.url, "DeleteImageCache", ImageCacheId="imc-none")


def test_the_page_shows_caches_and_requests(loose: RunningEmulator, tmp_path: Path) -> None:
    fill(loose)
    dom = render(loose.url, tmp_path, "--dump-dom")
    for text in (
        "shop",
        "registry.example/shop/api:2.4",
        "team: web",
        ">Ready<",
        ">Failed 50%<",
        ">Creating 50%<",
        "2026-01-08T00:00:06Z (LRU)",
        '<p class="reason">Failed to pull image "broken:1"',
        "DeleteImageCache InvalidParameter.NotFound imc-none",
        "4 caches",
        "&lt;img src=x",
    ):
        assert text in dom
    assert "<title>Local ECI</title>" in dom


def test_the_page_fits_a_phone(loose: RunningEmulator, tmp_path: Path) -> None:
    fill(loose)
    picture = os.environ.get("ECI_EMULATOR_TEST_SCREENSHOT") or str(tmp_path / "page.png")
    size = "--window-size=500,1400"  # the narrowest window of the headless browser
    dom = render(loose.url, tmp_path, size, f"--screenshot={picture}", "--dump-dom")
    assert 'data-wider="false"' in dom
    with open(picture, "rb") as file:  # noqa: PTH123 - the path is a string
        assert file.read(4) == b"\x89PNG"
