"""The provider in users' state is a fixed reference. A preview imports no SDK of the vendor."""

from __future__ import annotations

import base64
import pickle
import pickletools
import subprocess
import sys
from pathlib import Path

import dill
import pytest

from pulumi_eci.engine import DYNAMIC_LAYOUT, DYNAMIC_PROVIDER
from pulumi_eci.layout import FleetLayoutProvider
from pulumi_eci.provider import ImageCacheProvider
from tests.support.provider_process import PICKLED

# Release 0.1.0 wrote this into users' state. Never change it: a stack whose provider cannot be read
# cannot be destroyed.
IN_STATE = "gASVMQAAAAAAAACME3B1bHVtaV9lY2kucHJvdmlkZXKUjBJJbWFnZUNhY2hlUHJvdmlkZXKUk5QpgZQu"

LAYOUT_IN_STATE = "gASVMAAAAAAAAACMEXB1bHVtaV9lY2kubGF5b3V0lIwTRmxlZXRMYXlvdXRQcm92aWRlcpSTlCmBlC4="

# Runs check and diff like a preview, in a new process, and prints the imported modules.
_PREVIEW = """
import sys
from pulumi.dynamic import ConfigureRequest
import pulumi_eci
from pulumi_eci.engine import DYNAMIC_PROVIDER
from pulumi_eci.provider import ImageCacheProvider

class Configuration:
    def get(self, key):
        return {"eci:region": "cn-hangzhou"}.get(key)

provider = ImageCacheProvider()
provider.configure(ConfigureRequest(config=Configuration()))
news = {"images": ["nginx:1.27"], "imageCacheName": "web"}
checked = provider.check({}, news)
assert not checked.failures, checked.failures
assert checked.inputs["region"] == "cn-hangzhou"
ready, failed = ({**checked.inputs, "status": status} for status in ("Ready", "Failed"))
assert provider.diff("imc-1", ready, checked.inputs).changes is False
assert provider.diff("imc-1", failed, checked.inputs).replaces
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_state_holds_a_reference_and_no_code() -> None:
    pickled = base64.b64decode(PICKLED)
    operations = [(code.name, value) for code, value, _ in pickletools.genops(pickled)]
    texts = [value for name, value in operations if "UNICODE" in name or "STRING" in name]
    assert texts == ["pulumi_eci.provider", "ImageCacheProvider"]
    assert not {"BUILD", "REDUCE", "GLOBAL", "SETITEMS"} & {name for name, _ in operations}
    assert len(PICKLED) < 100


def test_the_reference_in_state_never_changes() -> None:
    written, first = base64.b64decode(PICKLED), base64.b64decode(IN_STATE)
    assert written[:2] == bytes([0x80, pickle.DEFAULT_PROTOCOL])
    assert written[2:] == first[2:]


@pytest.mark.parametrize(
    ("written", "in_state", "kind"),
    [
        (DYNAMIC_PROVIDER, IN_STATE, ImageCacheProvider),
        (DYNAMIC_LAYOUT, LAYOUT_IN_STATE, FleetLayoutProvider),
    ],
)
def test_the_references_in_state_name_installed_providers(
    written: str, in_state: str, kind: type
) -> None:
    assert written == in_state  # the reference that the plugin writes
    provider = dill.loads(base64.b64decode(in_state))  # noqa: S301 - as the SDK does, our own text
    assert type(provider) is kind
    assert vars(provider) == {}


def test_the_provider_is_not_secret() -> None:
    assert ImageCacheProvider.serialize_as_secret_always is False


def test_a_preview_does_not_import_the_vendor_s_sdk(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", _PREVIEW],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"HOME": str(tmp_path)},
    )
    assert run.returncode == 0, run.stderr
    imported = run.stdout.split()
    assert "pulumi_eci" in imported
    heavy = {"Tea", "aiohttp", "requests", "darabonba"}
    assert [name for name in imported if name.startswith("alibabacloud") or name in heavy] == []
