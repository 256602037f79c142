"""The record of requests."""

from __future__ import annotations

from eci_emulator.errors import ApiError
from tests.emulator.driver import Driver


def test_the_journal_hides_passwords(eci: Driver) -> None:
    eci.create(
        ImageRegistryCredential_1_Server="a.example",
        ImageRegistryCredential_1_Password="hunter2",
        ClientToken="t-1",
    )
    eci.refuse("DeleteImageCache", ImageCacheId="imc-none")
    good, bad = eci.emulator.journal.entries()
    assert (good["action"], good["status"], good["code"]) == ("CreateImageCache", 200, None)
    assert good["params"]["ClientToken"] == "t-1"
    assert good["params"]["ImageRegistryCredential.1.Password"] == "***"
    assert (bad["status"], bad["code"]) == (404, "InvalidParameter.NotFound")
    assert "hunter2" not in repr(eci.emulator.journal.entries())


def test_an_absurd_request_is_not_kept_whole(eci: Driver) -> None:
    eci.call("DescribeImageCaches", **{f"X_{number}": "1" for number in range(10_000)})
    (entry,) = eci.emulator.journal.entries()
    assert entry["params"]["RegionId"] == "cn-hangzhou"
    assert len(entry["params"]) == 500


def test_an_error_names_its_request(eci: Driver) -> None:
    error = eci.refuse("DeleteImageCache", ImageCacheId="imc-none")
    assert error.body()["RequestId"] == eci.emulator.journal.entries()[-1]["request_id"]
    assert error.body()["Code"] == "InvalidParameter.NotFound"
    assert isinstance(error, ApiError)
