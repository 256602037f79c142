"""The messages about calls without an effect: one line with the vendor's words and the advice."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from eci_emulator.core import Emulator
from eci_emulator.server import running
from tests.host.conftest import Setup
from tests.support.provider_process import REGION, CallFailedError, Provider, inputs
from tests.support.provider_start import running_provider

REQUEST_ID = re.compile(r"\(RequestId [0-9A-F-]{36}\)")
ID = "imc-1"

CALLS: dict[str, Callable[[Provider], object]] = {
    "create": lambda provider: provider.create(inputs()),
    "refresh": lambda provider: provider.refresh(ID, inputs(status="Ready"), inputs()),
    "read by id": lambda provider: provider.read_by_id(ID, {}),
    "delete": lambda provider: provider.delete(ID, inputs()),
}


def refusal(call: Callable[[], object]) -> str:
    """Return the message of a call that fails without a partial result."""
    with pytest.raises(CallFailedError) as caught:
        call()
    assert caught.value.partial is None
    assert "Traceback" not in caught.value.message
    assert "\n" not in caught.value.message
    return caught.value.message


@pytest.mark.parametrize("call", CALLS)
def test_a_wrong_secret_is_reported_in_one_line(
    provider: Provider, eci: Emulator, call: str
) -> None:
    eci.configure(access_keys={"testid": "another-secret"})
    message = refusal(lambda: CALLS[call](provider))
    assert re.match(
        r"(Create|Describe|Delete)ImageCaches? answered SignatureDoesNotMatch: ", message
    )
    assert REQUEST_ID.search(message)
    assert "Check ALIBABA_CLOUD_ACCESS_KEY_ID" in message


def test_an_unknown_region_is_reported_in_one_line(provider: Provider, eci: Emulator) -> None:
    eci.configure(regions=(REGION,))
    message = refusal(lambda: provider.create(inputs(region="cn-nowhere")))
    assert message.startswith("DescribeImageCaches answered InvalidRegionId.NotFound: ")
    assert REQUEST_ID.search(message)


def test_a_deletion_in_an_unknown_region_fails(provider: Provider, eci: Emulator) -> None:
    eci.configure(regions=(REGION,))
    message = refusal(lambda: provider.delete(ID, inputs(region="cn-nowhere")))
    assert "answered InvalidRegionId.NotFound: " in message


def test_a_hostile_message_of_the_service_is_shown_in_one_line(
    provider: Provider, eci: Emulator
) -> None:
    eci.faults.add(
        {
            "kind": "error",
            "action": "CreateImageCache",
            "status": 400,
            "code": "Invalid\x1b[2J",
            "message": "one\r\ntwo\x1b[31m\x07three",
        }
    )
    message = refusal(lambda: provider.create(inputs()))
    assert message.startswith("CreateImageCache answered Invalid [2J: one two [31m three.")
    assert message.isprintable()


def closed_port() -> int:
    """A port of this machine on which no server listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def test_the_endpoint_of_the_environment_takes_precedence_and_is_named_in_the_message(
    tmp_path: Path, shared_setup: Setup
) -> None:
    host = f"127.0.0.1:{closed_port()}"
    config = {"eci:endpoint": shared_setup.api.url}
    with running_provider(tmp_path, "", config, ECI_ENDPOINT=f"http://{host}") as provider:
        message = refusal(lambda: provider.create(inputs(), timeout=0.3))
    assert f"got no usable answer from {host}: " in message
    assert "eci:endpoint" in message


def test_an_invalid_setting_is_reported_in_one_line(tmp_path: Path) -> None:
    with running() as api:
        config = {"eci:endpoint": api.url}
        with running_provider(tmp_path, "", config, ECI_POLL_SECONDS="soon") as provider:
            assert "ECI_POLL_SECONDS" in refusal(lambda: provider.create(inputs()))
        assert api.emulator.journal.entries() == []
