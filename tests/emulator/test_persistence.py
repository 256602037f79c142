"""The data file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eci_emulator.clock import MANUAL_START, ManualClock
from eci_emulator.core import Emulator
from eci_emulator.errors import ApiError
from eci_emulator.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

CREATE = {
    "RegionId": "cn-hangzhou",
    "ImageCacheName": "web",
    "Image.1": "nginx",
    "Image.2": "bad",
    "Tag.1.Key": "ü",
    "ImageRegistryCredential.1.Server": "a.example",
    "ImageRegistryCredential.1.Password": "hunter2",
    "AcrRegistryInfo.1.InstanceId": "cri-1",
    "AcrRegistryInfo.1.Domain.1": "b.example",
    "ClientToken": "t",
}


def test_all_data_is_loaded_from_the_file(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "eci.db", failing_images=("bad",))
    before = Emulator(settings, ManualClock())
    created = before.call("CreateImageCache", CREATE)
    before.advance(3)
    caches = before.caches()
    before.close()

    after = Emulator(settings, ManualClock())
    assert after.clock.now() == MANUAL_START + 3
    assert after.caches() == caches
    assert after.call("CreateImageCache", CREATE)["ImageCacheId"] == created["ImageCacheId"]
    with pytest.raises(ApiError):
        after.call("CreateImageCache", CREATE | {"ImageCacheName": "other"})
    after.close()


def test_the_file_contains_no_password(tmp_path: Path) -> None:
    emulator = Emulator(Settings(data=tmp_path / "eci.db"), ManualClock())
    emulator.call("CreateImageCache", CREATE)
    emulator.close()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"a.example" in content
    assert b"hunter2" not in content
