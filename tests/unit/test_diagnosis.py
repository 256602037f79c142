"""The event of a failed build, and the advice."""

from __future__ import annotations

import pytest

from pulumi_eci.model.diagnosis import advise
from pulumi_eci.model.state import Event, Observation
from pulumi_eci.operations.messages import build_failed

PULL = 'Failed to pull image "r.example.com/app:1": rpc error: code = Unknown desc = '
HEAD = 'failed to do request: Head "https://r.example.com/v2/app/manifests/1": '

CAUSES = {
    "no route": (f"{PULL}{HEAD}dial tcp 1.2.3.4:443: i/o timeout", "eip_instance_id"),
    "no DNS": (f"{PULL}{HEAD}dial tcp: lookup r.example.com: no such host", "NAT gateway"),
    "unreachable": (f"{PULL}{HEAD}connect: network is unreachable", "NAT gateway"),
    "slow": (f"{PULL}{HEAD}context deadline exceeded", "NAT gateway"),
    "bad credential": (f"{PULL}authorization failed: 401 Unauthorized", "password"),
    "no credential": (f"{PULL}pull access denied, repository does not exist", "password"),
    "forbidden": (f"{PULL}unexpected status code: 403 Forbidden", "password"),
    "too small": (f"{PULL}failed to extract layer: no space left on device", "image_cache_size"),
    "no image": (f"{PULL}failed to resolve reference: not found", "name and tag"),
    "no tag": (f"{PULL}manifest unknown: manifest unknown", "name and tag"),
    "plain HTTP": (f"{PULL}http: server gave HTTP response to HTTPS client", "plain_http_registry"),
    "bad certificate": (f"{PULL}x509: certificate signed by unknown authority", "insecure"),
    "limited": (f"{PULL}toomanyrequests: You have reached your pull rate limit", "mirror"),
    "no platform": (f"{PULL}no match for platform in manifest: not found", "linux/amd64"),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_a_known_cause_has_advice(cause: str) -> None:
    words, advice = CAUSES[cause]
    assert advice in advise(words)


def test_an_unknown_cause_has_no_advice() -> None:
    assert advise("Something that nobody has seen") == ""


def test_the_name_of_an_image_is_not_a_cause() -> None:
    assert advise('Failed to pull image "example.com/timeout-denied:not-found"') == ""


def test_a_message_has_the_event_and_the_advice() -> None:
    words, advice = CAUSES["no route"]
    message = build_failed("imc-1", Observation("imc-1", "Failed", events=(warning(words, 1),)))
    assert all(fact in message for fact in ("imc-1", f"Failed: {words}. ", advice, "a new cache"))


def test_an_event_with_a_known_cause_is_shown() -> None:
    words, _ = CAUSES["bad credential"]
    events = (warning(words, 1), warning("Back-off pulling image", 2), warning("Error", 3))
    for status in ("Failed", "UpdateFailed"):
        event = Observation("imc-1", status, events=events).deciding_event
        assert event == events[0]


def test_without_a_known_cause_the_latest_warning_is_shown() -> None:
    events = (warning("one", 1), warning("two", 2), Event("Normal", "", "three", "3"))
    assert Observation("imc-1", "Failed", events=events).deciding_event == events[1]


def warning(message: str, at: int) -> Event:
    """Return a warning at a time."""
    return Event("Warning", "Failed", message, f"2026-01-01T00:00:0{at}Z")
