"""The conclusions of the probe, above all from observations that fit no value of a switch."""

from __future__ import annotations

import pytest

from eci_emulator.switches import VALUES
from pulumi_eci.api.errors import ApiError
from pulumi_eci_cli.probe import decide
from pulumi_eci_cli.probe.answer import Answer, ask
from pulumi_eci_cli.probe.decide import Expiry, Finding, Twins
from pulumi_eci_cli.probe.experiments import EXPERIMENTS


def refused(code: str, status: int = 400) -> Answer:
    """Return the answer for a refusal."""

    def call() -> str:
        raise ApiError("UpdateImageCache", code, "No.", "r-1", status)

    return ask(call)


OK = Answer()
DENIED = refused("Forbidden.RAM", 403)
INVALID = refused("InvalidParameter")
NO_NEED = refused("NoNeedUpdate")

FINDINGS: list[tuple[str, Finding, str | None]] = [
    ("delete_unknown", decide.delete_unknown(OK), "success"),
    ("delete_unknown", decide.delete_unknown(refused("Any.NotFound", 404)), "not_found"),
    ("delete_unknown", decide.delete_unknown(DENIED), None),
    ("describe_unknown", decide.describe_unknown(OK), "empty"),
    ("describe_unknown", decide.describe_unknown(refused("ImageCache.NotFound")), "not_found"),
    ("describe_unknown", decide.describe_unknown(Answer("imc-other")), None),
    ("describe_unknown", decide.describe_unknown(INVALID), None),
    ("last_page", decide.last_page(None), "no_token"),
    ("last_page", decide.last_page(""), "empty_token"),
    ("last_page", decide.last_page("always more"), None),
    ("limit_too_large", decide.limit_too_large(100, 3, "1000: 400", more=False), "refuse"),
    ("limit_too_large", decide.limit_too_large(1000, 20, "", more=True), "cut"),
    ("limit_too_large", decide.limit_too_large(1000, 20, "", more=False), None),
    ("limit_too_large", decide.limit_too_large(1000, 1000, "", more=True), None),
    (
        "missing_parameter",
        decide.missing_parameter(refused("MissingImage"), "Image"),
        "by_name",
    ),
    (
        "missing_parameter",
        decide.missing_parameter(refused("MissingParameter"), "Image"),
        "MissingParameter",
    ),
    ("missing_parameter", decide.missing_parameter(refused("MissingOther"), "Image"), None),
    ("missing_parameter", decide.missing_parameter(OK, "Image"), None),
    ("image_names", decide.image_names("a:1", ["b", "a:1"]), "as_given"),
    ("image_names", decide.image_names("a:1", ["docker.io/library/a:1"]), "canonical"),
    ("image_names", decide.image_names("a:1", ["library/a:1"]), None),
    ("image_names", decide.image_names("a:1", []), None),
    (
        "bad_signature",
        decide.by_code("bad_signature", refused("IncompleteSignature")),
        "IncompleteSignature",
    ),
    ("bad_signature", decide.by_code("bad_signature", OK), None),
    ("bad_signature", decide.by_code("bad_signature", DENIED), None),
    (
        "update_wrong_status",
        decide.by_code("update_wrong_status", refused("IncorrectStatus")),
        "IncorrectStatus",
    ),
    (
        "update_wrong_status",
        decide.by_code("update_wrong_status", refused("OperationConflict")),
        None,
    ),
    (
        "idempotency_in_flight",
        decide.idempotency_in_flight(Twins((OK, refused("LastTokenProcessing", 403)), 0.0), 0.1),
        "refuse",
    ),
    ("idempotency_in_flight", decide.idempotency_in_flight(Twins((OK, OK), 1.2), 0.3), "accept"),
    ("idempotency_in_flight", decide.idempotency_in_flight(Twins((OK, OK), 1.1), 0.3), None),
    # A busy machine can also make fast calls slow.
    ("idempotency_in_flight", decide.idempotency_in_flight(Twins((OK, OK), 0.9), 0.1), None),
    ("idempotency_in_flight", decide.idempotency_in_flight(Twins((OK, DENIED), 1.0), 0.1), None),
    ("throttling_header", decide.throttling_header([0.0, 1.5]), "present"),
    ("throttling_header", decide.throttling_header([0.0]), "absent"),
    ("throttling_header", decide.throttling_header([]), None),
    ("quota", decide.quota(refused("QuotaExceeded", 403), []), "refuse"),
    ("quota", decide.quota(OK, ["imc-1"]), "evict_lru"),
    ("quota", decide.quota(OK, []), None),
    ("quota", decide.quota(DENIED, []), None),
    (
        "idempotency_mismatch",
        decide.idempotency_mismatch("imc-1", refused("IdempotentParameterMismatch")),
        "refuse",
    ),
    ("idempotency_mismatch", decide.idempotency_mismatch("imc-1", Answer("imc-1")), "replay"),
    ("idempotency_mismatch", decide.idempotency_mismatch("imc-1", Answer("imc-2")), None),
    ("idempotency_mismatch", decide.idempotency_mismatch("imc-1", DENIED), None),
    ("delete_in_progress", decide.delete_in_progress("Creating", OK), "accept"),
    (
        "delete_in_progress",
        decide.delete_in_progress("Creating", refused("ImageCache.IncorrectStatus")),
        "refuse",
    ),
    ("delete_in_progress", decide.delete_in_progress("Creating", DENIED), None),
    ("delete_removal", decide.delete_removal(OK, None), "synchronous"),
    ("delete_removal", decide.delete_removal(OK, "Ready"), "asynchronous"),
    ("delete_removal", decide.delete_removal(DENIED, "Ready"), None),
    ("update_omitted", decide.update_omitted(OK, "LRU", "LRU"), "keep"),
    ("update_omitted", decide.update_omitted(OK, "LRU", ""), "reset"),
    ("update_omitted", decide.update_omitted(OK, "", ""), None),
    ("update_omitted", decide.update_omitted(OK, "LRU", "FIFO"), None),
    ("update_omitted", decide.update_omitted(DENIED, "LRU", "LRU"), None),
    ("update_tags", decide.update_tags(OK, "a", "b", {"a": "", "b": ""}), "merge"),
    ("update_tags", decide.update_tags(OK, "a", "b", {"b": ""}), "replace"),
    ("update_tags", decide.update_tags(OK, "a", "b", {"a": ""}), None),
    ("update_tags", decide.update_tags(DENIED, "a", "b", {"a": ""}), None),
    ("update_unchanged", decide.update_unchanged([NO_NEED]), "no_need_update"),
    ("update_unchanged", decide.update_unchanged([OK, OK, NO_NEED]), "no_need_update"),
    ("update_unchanged", decide.update_unchanged([OK, OK, OK]), "accept"),
    ("update_unchanged", decide.update_unchanged([OK, DENIED]), None),
    ("update_without_image", decide.update_without_image(OK, {"Ready"}), "immediate"),
    ("update_without_image", decide.update_without_image(OK, {"Ready", "Updating"}), "updating"),
    ("update_without_image", decide.update_without_image(DENIED, {"Ready"}), None),
    ("update_same_images", decide.update_same_images(OK, rebuilt=True), "rebuild"),
    ("update_same_images", decide.update_same_images(OK, rebuilt=False), None),
    ("update_same_images", decide.update_same_images(NO_NEED, rebuilt=False), "no_need_update"),
    ("update_same_images", decide.update_same_images(DENIED, rebuilt=False), None),
    (
        "update_size_alone",
        decide.update_size_alone(OK, None, 20, 20),
        "ignore",
    ),
    ("update_size_alone", decide.update_size_alone(OK, None, 20, 21), "apply"),
    ("update_size_alone", decide.update_size_alone(INVALID, OK, 20, 20), "refuse"),
    ("update_size_alone", decide.update_size_alone(INVALID, INVALID, 20, 20), None),
    ("update_size_alone", decide.update_size_alone(OK, None, None, 20), None),
]


@pytest.mark.parametrize(("switch", "finding", "value"), FINDINGS)
def test_each_observation_has_its_conclusion(
    switch: str, finding: Finding, value: str | None
) -> None:
    assert finding.value == value
    assert value is None or value in VALUES[switch]
    assert finding.seen


def test_a_refusal_only_counts_if_the_control_succeeds() -> None:
    values = {"accepted": "free", "refused": "unique"}
    assert decide.controlled("x", OK, None, **values).value == "free"
    assert decide.controlled("x", INVALID, OK, **values).value == "unique"
    assert decide.controlled("x", INVALID, INVALID, **values).value is None


SNAPSHOTS = [
    (OK, "s-1", "s-2", True, "Ready", "new_snapshot"),
    (OK, "s-1", "s-1", True, "Ready", "same_snapshot"),
    (OK, "s-1", "s-1", False, "Ready", None),
    (OK, "s-1", "s-1", True, "UpdateFailed", None),
    (OK, "", "", True, "Ready", None),
    (DENIED, "s-1", "s-1", False, "Ready", None),
]


@pytest.mark.parametrize("case", SNAPSHOTS)
def test_the_snapshot_only_counts_after_a_rebuild(
    case: tuple[Answer, str, str, bool, str, str | None],
) -> None:
    answer, before, after, rebuilt, status, value = case
    finding = decide.update_with_image(answer, before, after, rebuilt=rebuilt, status=status)
    assert finding.value == value


EXPIRIES = [
    ("2026-01-02T00:00:00Z", 1, "2026-01-03T00:00:01Z", 2, "creation"),
    ("2026-01-02T00:00:00Z", 1, "2026-01-03T00:05:00Z", 2, "update"),
    ("2026-01-03T00:00:00Z", 2, "2026-01-02T00:05:00Z", 1, "update"),
    ("2026-01-02T00:05:00Z", 1, "2026-01-03T00:00:00Z", 2, None),
    ("2026-01-02T00:00Z", 1, "2026-01-03T00:00Z", 2, None),
    ("None", 1, "2026-01-03T00:00:00Z", 2, None),
]


@pytest.mark.parametrize(("before", "days", "after", "days_after", "value"), EXPIRIES)
def test_retention_is_recognized_by_the_start_of_the_days(
    before: str, days: int, after: str, days_after: int, value: str | None
) -> None:
    finding = decide.retention_counts_from(OK, Expiry(before, days), Expiry(after, days_after))
    assert finding.value == value
    denied = decide.retention_counts_from(DENIED, Expiry(before, days), Expiry(after, days_after))
    assert denied.value is None


def test_answers_are_shown_with_the_vendor_s_code() -> None:
    assert (str(OK), str(DENIED)) == ("success", "403 Forbidden.RAM")


def test_the_order_of_experiments() -> None:
    order = [experiment.switch for experiment in EXPERIMENTS]
    assert order[-3:] == ["delete_removal", "quota", "throttling_header"]
    assert order.index("delete_in_progress") < order.index("update_name")
