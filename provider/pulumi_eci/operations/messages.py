"""The messages that users read: progress lines, warnings and errors.

An error says what failed, on which cache, why in the vendor's words, and what to do next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pulumi_eci.api.errors import EciError
from pulumi_eci.model.diagnosis import advise
from pulumi_eci.model.fields import ADOPTED_TAG, Field
from pulumi_eci.model.state import FAILED, SETTLED, UPDATE_FAILED, Observation
from pulumi_eci.model.text import printable
from pulumi_eci.operations.clock import Clock

ReportProgress = Callable[[str], None]
"""Shows a line on the resource's own row."""

HEARTBEAT = 60.0  # seconds
_STEP = 10  # percent


class Row:
    """The row of a resource during one operation. Its last line stays, and says how long it took.

    Args:
        show: Shows a line on the row.
        clock: The time.
    """

    def __init__(self, show: ReportProgress, clock: Clock) -> None:
        self._show = show
        self._clock = clock
        self._began = clock.now()
        self.last = ""

    def report_progress(self, text: str) -> None:
        """Show a line."""
        self.last = text
        self._show(text)

    def finish(self, outputs: Mapping[str, Any] | None = None, *, builds: bool = True) -> None:
        """Show the last line of an operation.

        Args:
            outputs: The outputs that the operation returns; None for a deletion.
            builds: Whether images were pulled. Without a build the line gives no time.
        """
        status = "deleted" if outputs is None else str(outputs.get("status") or "no status")
        awaited = "" if outputs is None or status in SETTLED else " (not waited for)"
        took = f" after {duration(self._clock.now() - self._began)}"
        self.report_progress(f"{status}{took if builds else ', updated in place'}{awaited}")


class ProgressReporter:
    """Reports the progress of a cache when it changes: some terminals print every line.

    A change is another status, another event, or another ten percent. Without a change a line comes
    once a minute.
    """

    def __init__(self, report_progress: ReportProgress, clock: Clock) -> None:
        self._report_progress = report_progress
        self._clock = clock
        self._started = clock.now()
        self._reported_at = self._started
        self._reported: object = None
        self._retry_reason = ""
        self._retry_reported_at = self._started

    def observed(self, seen: Observation) -> None:
        """Report what was *seen*, if it changed."""
        percent = seen.percent
        what = (seen.status, str(seen.deciding_event or ""), percent is None or percent // _STEP)
        now = self._clock.now()
        if what != self._reported or now - self._reported_at >= HEARTBEAT:
            again = what == self._reported
            self._reported, self._reported_at = what, now
            self._report_progress(
                describe_progress(seen) + (f" ({duration(now - self._started)})" if again else "")
            )

    def on_retry(self, error: EciError) -> None:
        """Report a call that failed and will be repeated, once and then once a minute."""
        now = self._clock.now()
        what = getattr(error, "code", "") or str(error)  # the RequestId differs in each ApiError
        if self._retry_reason != what or now - self._retry_reported_at >= HEARTBEAT:
            self._retry_reason, self._retry_reported_at = what, now
            self._report_progress(f"trying again: {error.brief}")


def describe_progress(seen: Observation) -> str:
    """Describe the progress of a cache in a line: `Creating 60 %, Pulling: pulling nginx:1.27`."""
    percent = seen.percent
    words = [seen.status or "no status"]
    if percent is not None and not seen.settled:
        words.append(f"{percent} %")
    event = f", {seen.deciding_event}".rstrip(".") if seen.deciding_event else ""
    return " ".join(words) + event


def waiting_for_slot(per_minute: int, seconds: float) -> str:
    """Explain why a creation waits."""
    return (
        f"waiting {duration(seconds)}: the limit of {per_minute} creations a minute is used up "
        "(eci:createsPerMinute)"
    )


def no_slot(per_minute: int, timeout: float) -> str:
    """Explain a creation that got no slot before its timeout."""
    return (
        f"not created: the limit of {per_minute} creations a minute (eci:createsPerMinute) leaves "
        f"no slot before the timeout of {duration(timeout)}. Run `pulumi up` again, or set "
        "custom_timeouts."
    )


def no_slot_for_retry(per_minute: int, refused: EciError) -> str:
    """Explain a creation that failed and got no slot for another try."""
    return (
        f"{refused} The limit of {per_minute} creations a minute (eci:createsPerMinute) leaves no "
        "slot for another try before the timeout."
    )


def build_failed(cache_id: str, seen: Observation) -> str:
    """Explain a build that ended Failed or UpdateFailed."""
    event = seen.deciding_event
    why = f": {event}".rstrip(".") if event else ", and the service gives no reason"
    advice = (event and advise(event.message)) or "Correct the cause."
    repair = {
        FAILED: "Then run `pulumi up` again: a new cache replaces this one (the service deletes a "
        "Failed one after a day).",
        UPDATE_FAILED: "Then run `pulumi up` again: the cache is rebuilt in place.",
    }[seen.status]
    return f"the build of {cache_id} ended {seen.status}{why}. {advice} {repair}"


def too_slow(
    cache_id: str, timeout: float, last: Observation | None, last_error: EciError | None
) -> str:
    """Explain a wait that ended at its timeout."""
    found = (
        f"last seen: {describe_progress(last)}" if last else "the service did not show the cache"
    )
    blind = f" The last DescribeImageCaches failed: {last_error}" if last_error else ""
    return (
        f"{cache_id} is not Ready after {duration(timeout)}; {found}.{blind} "
        "Run `pulumi up` again to continue waiting, or set custom_timeouts."
    )


MAY_BE_UPDATED = (
    "The service may have accepted the request. Run `pulumi up` again: the provider looks at the "
    "cache and continues."
)


def may_be_created(name: str, *, is_found: bool) -> str:
    """Explain a creation whose reply was lost."""
    if is_found:
        return (
            "The service may have accepted the request. Run `pulumi up` again: the provider looks "
            "for the cache and continues with it."
        )
    return (
        "The service may have accepted the request. Before you run `pulumi up` again, look for a "
        f"cache named {printable(name)}, and delete it or name it in `adopt`."
    )


def continuing_with(cache_id: str) -> str:
    """Report a cache that a killed run left, and that this run continues with."""
    return f"{cache_id} was created by an earlier run that did not finish; continuing with it"


def deleting_leftover(left: Observation) -> str:
    """Report a cache that a killed run left, and that this run deletes."""
    return (
        f"{left.image_cache_id} ({left.status}) was created by an earlier run that did not finish "
        "and cannot be used; deleting it"
    )


def taken_by_another_run(cache_id: str) -> str:
    """Explain a new cache that another run took over."""
    return (
        f"{cache_id} was taken over by another run while it was being created, so this state does "
        "not keep the cache. If this stack is a copy of another stack, set a different "
        "`eci:namespace` in each. Run `pulumi up` again to create another cache."
    )


def adopted_by_another(cache_id: str) -> str:
    """Explain why a cache in state was not changed."""
    return (
        f"{cache_id} was not changed: another resource adopted it (the value of its tag "
        f"{ADOPTED_TAG} is not the value in this state). Remove this resource from the program, "
        "which does not delete the cache; or name the cache in this resource's `adopt`."
    )


def not_listed(timeout: float) -> str:
    """Explain an operation that waited for the list of pending caches until its timeout."""
    return (
        "nothing was changed: the service did not list the caches of runs that did not finish "
        f"within {duration(timeout)}. Run the same command again, or set longer custom_timeouts."
    )


ENDLESS_LIST = (
    "the service's list of caches does not end, so caches of earlier runs that did not finish "
    "cannot be found. Run the same command again; if the error repeats, ask Alibaba Cloud support."
)

NOT_MARKED = (
    "All 20 resource tags are in use, so the provider cannot mark this cache while it is being "
    "created. If this run is killed meanwhile, the next run creates a second cache."
)

STACK_UNKNOWN = (
    "The state backend of this stack cannot be found, so the provider cannot tell this stack from "
    "another one of the same name, and does not mark this cache while it is being created. If this "
    "run is killed meanwhile, the next run creates a second cache. To mark caches, set "
    "`eci:namespace` to a text that no other stack has."
)


def not_shown(cache_id: str) -> str:
    """Explain a cache that was created and that the service does not show."""
    return (
        f"{cache_id} was created, but the service does not show it. It is kept in state; run "
        "`pulumi up` again to look for it."
    )


def not_adoptable(cache_id: str, why: str) -> str:
    """Explain a cache that cannot be adopted."""
    return (
        f"cannot adopt {printable(cache_id)}: {why}. Name another cache of that region and "
        "account in `adopt`, or leave `adopt` out to create one."
    )


def not_importable(cache_id: str, region: str) -> str:
    """Explain that a cache does not exist in a region."""
    cache_id = printable(cache_id)
    return (
        f"{cache_id} does not exist in {region}. If the cache is in another region, write the id "
        f"as <region>/{cache_id}."
    )


def adopted_twice(cache_id: str, other: str) -> str:
    """Explain that two resources of a program adopt the same cache; *other* was first."""
    return not_adoptable(cache_id, f"the resource {printable(other)} of this program adopts it")


def not_markable(cache_id: str, error: EciError) -> str:
    """Explain a cache that cannot be marked as adopted."""
    return (
        f"cannot adopt {printable(cache_id)}: the provider could not set the resource tag "
        f"{ADOPTED_TAG}, which marks an adopted cache. {error}"
    )


def layout_left_out(layout: str) -> str:
    """Warn that a cache of a fleet is a target of this run, and the fleet's layout is not."""
    return (
        f"the fleet's layout {printable(layout)} is not a target of this run, so it does not "
        "record which images this cache has now. Target the layout as well: "
        f"--target '**::{printable(layout)}'"
    )


def not_deleted_adopted(cache_id: str) -> str:
    """Explain why a cache is not deleted."""
    return f"{cache_id} is not deleted: another resource adopted the cache"


def in_another_account(cache_id: str) -> str:
    """Explain a cache that only the former login of a resource finds."""
    return (
        f"{cache_id} is in another account: the former profile or role of the resource's "
        "`connection` finds the cache, and the present one does not. Restore the former profile or "
        "role; or run `pulumi up --replace` with the resource's URN to create the cache in the "
        "present account."
    )


def evicted(cache_id: str) -> str:
    """Report a cache that is gone, and that state keeps because `on_missing` is ignore."""
    return (
        f"{cache_id} is gone (evicted by LRU, expired, or deleted by hand); on_missing is ignore, "
        "so it stays in state as Evicted until another argument changes"
    )


def not_deleted(cache_id: str, timeout: float, last: Observation | None) -> str:
    """Explain a cache that still exists after its deletion was accepted."""
    found = describe_progress(last) if last else "not seen"
    return (
        f"{cache_id} still exists {duration(timeout)} after its deletion was accepted ({found}). "
        "Run the same command again."
    )


def gone(cache_id: str) -> str:
    """Explain a cache that no longer exists."""
    return (
        f"{cache_id} no longer exists: evicted by LRU, expired, or deleted by hand. Run "
        "`pulumi refresh` and then `pulumi up`, which creates a new cache."
    )


def not_applied(cache_id: str, differences: Sequence[tuple[Field, Any]]) -> str:
    """Explain properties that the service accepted and did not apply."""
    names = ", ".join(row.name for row, _ in differences)
    return (
        f"the service accepted the request for {cache_id}, but did not apply: {names}. The state "
        "holds what the service shows. Run `pulumi up` to try again; to have a new cache instead, "
        f"use replace_on_changes={[row.name for row, _ in differences]}."
    )


def not_untagged(cache_id: str) -> str:
    """Explain tags that the service did not remove."""
    return (
        f"the service accepted UntagResources for {cache_id}, but did not remove the resource "
        "tags. The state holds them. Run `pulumi up` to try again."
    )


def not_rebuilt(cache_id: str, why: str) -> str:
    """Explain a rebuild that was requested and did not happen."""
    return (
        f"{cache_id} was not rebuilt: {why}. To have a new cache instead, use the resource option "
        'replace_on_changes=["images", "rebuildTriggers"], or `pulumi up --replace`.'
    )


def duration(seconds: float) -> str:
    """Spell seconds: `8 s`, `3 min 20 s`, `60 min`."""
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004 - a minute
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
