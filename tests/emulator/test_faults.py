"""Faults over HTTP: each kind, its conditions, and its effect."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from eci_emulator.faults import Faults
from eci_emulator.server import running
from eci_emulator.settings import Settings
from eci_emulator.switches import Switches
from tests.emulator.client import call, control
from tests.support.until import until

if TYPE_CHECKING:
    from eci_emulator.server import RunningEmulator

CREATE = {"ImageCacheName": "web", "Image_1": "nginx"}


def inject(server: RunningEmulator, **fault: Any) -> str:  # noqa: ANN401 - JSON
    """Add a fault by the control API."""
    answer = control(server.url, "POST", "/faults", fault)
    assert answer.status == 200, answer.body
    return str(answer.json["id"])


def test_an_error_before_the_effect(loose: RunningEmulator) -> None:
    inject(
        loose, kind="error", action="Create*", status=503, code="ServiceUnavailable", message="no"
    )
    answer = call(loose.url, "CreateImageCache", **CREATE)
    assert answer.status == 503
    assert (answer.json["Code"], answer.json["Message"]) == ("ServiceUnavailable", "no")
    assert loose.emulator.caches() == []
    assert call(loose.url, "DescribeImageCaches").status == 200


def test_an_error_after_the_effect(loose: RunningEmulator) -> None:
    inject(loose, kind="error", action="CreateImageCache", after_effect=True)
    assert call(loose.url, "CreateImageCache", **CREATE).status == 500
    assert len(loose.emulator.caches()) == 1


@pytest.mark.parametrize(("after_effect", "meanwhile"), [(False, 0), (True, 1)])
def test_a_held_request(loose: RunningEmulator, after_effect: bool, meanwhile: int) -> None:
    fault = inject(loose, kind="hold", action="CreateImageCache", after_effect=after_effect)
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(call, loose.url, "CreateImageCache", **CREATE)
        until(lambda: loose.emulator.faults.listing()[0]["hits"], "the request is held")
        assert len(loose.emulator.caches()) == meanwhile
        assert not answer.done()
        assert call(loose.url, "DescribeImageCaches").status == 200
        control(loose.url, "DELETE", f"/faults/{fault}")
        assert answer.result().status == 200
    assert len(loose.emulator.caches()) == 1


def test_a_held_request_whose_client_has_disconnected(loose: RunningEmulator) -> None:
    fault = inject(loose, kind="hold", action="CreateImageCache")
    host, port = loose.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"GET /?Action=CreateImageCache&RegionId=cn-hangzhou&ImageCacheName=web")
        client.sendall(b"&Image.1=nginx HTTP/1.1\r\nHost: local\r\n\r\n")
        until(lambda: loose.emulator.faults.listing()[0]["hits"], "the request is held")
    control(loose.url, "DELETE", f"/faults/{fault}")
    assert call(loose.url, "DescribeImageCaches").json["ImageCaches"] == []


@pytest.mark.parametrize(("after_effect", "left"), [(False, 0), (True, 1)])
def test_a_reset_connection(loose: RunningEmulator, after_effect: bool, left: int) -> None:
    inject(loose, kind="reset", action="CreateImageCache", after_effect=after_effect)
    with pytest.raises(ConnectionResetError) as raised:
        call(loose.url, "CreateImageCache", **CREATE)
    # An orderly end is a RemoteDisconnected, which is a subclass of ConnectionResetError.
    assert raised.type is ConnectionResetError
    assert len(loose.emulator.caches()) == left
    assert loose.emulator.journal.entries()[-1]["status"] == 0
    assert call(loose.url, "DescribeImageCaches").status == 200


@pytest.mark.parametrize("kind", ["reset", "truncated"])
def test_a_client_that_has_disconnected(
    loose: RunningEmulator, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    inject(loose, kind=kind, latency_seconds=0.2)
    address = urlsplit(loose.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(b"GET /?Action=DescribeRegions HTTP/1.1\r\nHost: here\r\n\r\n")
    journal = loose.emulator.journal
    until(lambda: [each["action"] for each in journal.entries()], "the end of the request")
    control(loose.url, "GET", "/health")
    assert not caplog.records


def test_a_lost_refusal(loose: RunningEmulator) -> None:
    inject(loose, kind="reset", after_effect=True)
    with pytest.raises(ConnectionResetError):
        call(loose.url, "DeleteImageCache", ImageCacheId="imc-none")


def test_a_malformed_body(loose: RunningEmulator) -> None:
    inject(loose, kind="malformed", status=502, message="Bad Gateway")
    answer = call(loose.url, "CreateImageCache", **CREATE)
    assert (answer.status, answer.body) == (502, b"<html><body>Bad Gateway</body></html>")
    assert len(loose.emulator.caches()) == 1


def test_a_truncated_body(loose: RunningEmulator) -> None:
    inject(loose, kind="truncated")
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        call(loose.url, "DescribeImageCaches")


def test_a_slow_body_arrives_complete(loose: RunningEmulator) -> None:
    inject(loose, kind="slow", latency_seconds=0.2)
    started = time.monotonic()
    answer = call(loose.url, "DescribeImageCaches")
    assert time.monotonic() - started >= 0.2
    assert answer.json["TotalCount"] == 0


@pytest.mark.parametrize(("value", "header"), [("absent", None), ("present", "1000")])
def test_throttling_with_and_without_a_header(
    loose: RunningEmulator, value: str, header: str | None
) -> None:
    loose.emulator.configure(switches=Switches().with_values({"throttling_header": value}))
    inject(loose, kind="throttle", action="Create*", per_minute=2)
    answers = [call(loose.url, "CreateImageCache", **CREATE) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 400]
    assert answers[-1].json["Code"] == "Throttling.User"
    assert answers[-1].headers.get("x-acs-retry-after") == header


def test_a_throttle_counts_one_minute() -> None:
    now = [0.0]
    faults = Faults(monotonic=lambda: now[0])
    faults.add({"kind": "throttle", "per_minute": 1})
    hits = []
    for seconds in (0, 59, 60, 61):
        now[0] = seconds
        hits.append(faults.draw("CreateImageCache", {}).fault is not None)
    assert hits == [False, True, False, True]


def test_count_and_skip(loose: RunningEmulator) -> None:
    inject(loose, kind="error", skip=1, count=2)
    statuses = [call(loose.url, "DescribeImageCaches").status for _ in range(5)]
    assert statuses == [200, 500, 500, 200, 200]
    (fault,) = control(loose.url, "GET", "/faults").json
    assert (fault["seen"], fault["hits"]) == (5, 2)


def test_a_fault_for_chosen_parameters(loose: RunningEmulator) -> None:
    inject(loose, kind="error", match={"ImageCacheName": "bad-*"})
    assert call(loose.url, "CreateImageCache", ImageCacheName="bad-1", Image_1="a").status == 500
    assert call(loose.url, "CreateImageCache", ImageCacheName="good", Image_1="a").status == 200
    assert call(loose.url, "DescribeImageCaches").status == 200


def test_probability_with_a_seed_is_repeatable() -> None:

    def hits() -> list[bool]:
        faults = Faults()
        faults.add({"kind": "error", "probability": 0.3, "seed": 7})
        return [faults.draw("CreateImageCache", {}).fault is not None for _ in range(1000)]

    assert hits() == hits()
    assert 230 < sum(hits()) < 370


def test_faults_are_removed_one_by_one_or_all(loose: RunningEmulator) -> None:
    first = inject(loose, kind="error", id="mine")
    inject(loose, kind="error")
    inject(loose, kind="error")
    assert first == "mine"
    assert control(loose.url, "DELETE", "/faults/mine").json == {"removed": 1}
    assert control(loose.url, "DELETE", "/faults").json == {"removed": 2}
    assert call(loose.url, "DescribeImageCaches").status == 200


@pytest.mark.parametrize(("value", "second"), [("refuse", 403), ("accept", 200)])
def test_a_token_in_flight(loose: RunningEmulator, value: str, second: int) -> None:
    loose.emulator.configure(switches=Switches().with_values({"idempotency_in_flight": value}))
    inject(loose, kind="latency", latency_seconds=0.5, count=1)
    statuses: list[int] = []

    def create() -> None:
        statuses.append(call(loose.url, "CreateImageCache", ClientToken="t", **CREATE).status)

    first = threading.Thread(target=create)
    first.start()
    while not loose.emulator.faults.listing()[0]["hits"]:
        time.sleep(0.005)  # wait until the first request has arrived
    answer = call(loose.url, "CreateImageCache", ClientToken="t", **CREATE)
    first.join()
    assert (answer.status, statuses) == (second, [200])
    if second == 403:
        assert answer.json["Code"] == "LastTokenProcessing"
    assert len(loose.emulator.caches()) == 1


def test_configured_faults_return_after_a_reset() -> None:
    settings = Settings(verify_signatures=False, faults=({"kind": "error", "status": 500},))
    with running(settings) as server:
        assert call(server.url, "DescribeImageCaches").status == 500
        control(server.url, "DELETE", "/faults")
        assert call(server.url, "DescribeImageCaches").status == 200
        control(server.url, "POST", "/reset")
        assert call(server.url, "DescribeImageCaches").status == 500


BAD_FAULTS: list[dict[str, object]] = [
    {},
    {"kind": "explosion"},
    {"kind": "error", "colour": "red"},
    {"kind": "error", "probability": 2},
    {"kind": "error", "status": 200},
    {"kind": "error", "status": True},
    {"kind": "error", "match": {"a": 1}},
    {"kind": "latency", "latency_seconds": -1},
    {"kind": "error", "count": "many"},
    {"kind": "error", "count": -1},
    {"kind": "error", "retry_after": -1},
]


@pytest.mark.parametrize("fault", BAD_FAULTS, ids=json.dumps)
def test_an_invalid_fault_is_refused(loose: RunningEmulator, fault: dict[str, object]) -> None:
    answer = control(loose.url, "POST", "/faults", fault)
    assert answer.status == 400
    assert "fault" in answer.json["error"]
    assert loose.emulator.faults.listing() == []
