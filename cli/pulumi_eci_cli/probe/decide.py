"""Decides the value of a switch from the answers in an experiment. Pure.

An error proves something only if its code names the reason, or if the same request without the one
difference is accepted. If no value of the switch fits, the switch is not determined, and the
finding describes the answers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from eci_emulator.switches import VALUES
from pulumi_eci.api.codes import Reaction
from pulumi_eci.model.state import READY
from pulumi_eci_cli.probe.answer import Answer

NO_NEED_UPDATE = "NoNeedUpdate"
IN_FLIGHT = "LastTokenProcessing"
QUOTA_EXCEEDED = "QuotaExceeded"
UPDATING = "Updating"
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_JITTER = timedelta(seconds=1)  # times are shown in whole seconds
_TELLING_ROUND_TRIPS = 4  # two calls that take this long together have overlapped at the service
_TELLING_SECONDS = 1.0  # a busy client delays calls by less


@dataclass(frozen=True)
class Finding:
    """The value of a switch that matches the service, or None, and what was *seen*.

    Attributes:
        largest_page: The largest page of DescribeImageCaches, if the experiment shows it.
    """

    value: str | None
    seen: str
    largest_page: int | None = None


def undetermined(reason: str) -> Finding:
    """Return the finding that a switch is not determined."""
    return Finding(None, reason)


@dataclass(frozen=True)
class Expiry:
    """A cache's ExpireDateTime, and the RetentionDays of the last request."""

    expire_date_time: str
    retention_days: int


@dataclass(frozen=True)
class Twins:
    """The answers to one request that was sent twice at the same time.

    Attributes:
        answers: Both answers.
        together: Seconds for which both requests were in progress.
    """

    answers: tuple[Answer, ...]
    together: float


def by_code(switch: str, answer: Answer) -> Finding:
    """Decide a switch whose values are error codes."""
    if answer.code in VALUES[switch]:
        return Finding(answer.code, f"answered {answer}")
    return undetermined(f"answered {answer}")


def controlled(
    difference: str, answer: Answer, control: Answer | None, *, accepted: str, refused: str
) -> Finding:
    """Decide by a request with a *difference*, and after a refusal by a request without it.

    Args:
        difference: The difference between the first and the second request.
        answer: The answer to the first request.
        control: Gets the answer to the second request, after a refusal.
        accepted: The value if the difference was accepted.
        refused: The value if it was refused.
    """
    if answer.accepted:
        return Finding(accepted, f"{difference}: success")
    if control is not None and control.accepted:
        return Finding(refused, f"{difference}: {answer}; otherwise: success")
    return undetermined(f"{difference}: {answer}; otherwise: {control}")


def delete_unknown(answer: Answer) -> Finding:
    """Decide by the deletion of an unknown id."""
    if answer.accepted or answer.not_found:
        return Finding("success" if answer.accepted else "not_found", f"answered {answer}")
    return undetermined(f"answered {answer}")


def describe_unknown(answer: Answer) -> Finding:
    """Decide by the description of an unknown id; the answer's result is the id in the reply."""
    if answer.result:
        return undetermined(f"answered with {answer.result}, which was not requested")
    if answer.accepted:
        return Finding("empty", "answered with an empty list")
    if answer.not_found:
        return Finding("not_found", f"answered {answer}")
    return undetermined(f"answered {answer}")


def last_page(token: str | None) -> Finding:
    """Decide by the NextToken of the last page; None if it has none."""
    if token:
        return undetermined("the listing did not end")
    if token is None:
        return Finding("no_token", "the last page has no NextToken")
    return Finding("empty_token", 'the last page has NextToken ""')


def limit_too_large(limit: int, shown: int, refused: str, *, more: bool) -> Finding:
    """Decide by the first Limit that was accepted, and by the page that it brought.

    Args:
        limit: The Limit.
        shown: Number of caches on the page.
        refused: The refusal of a larger Limit; empty without a refusal.
        more: Whether another page follows.
    """
    if refused:
        return Finding("refuse", f"{refused}; Limit {limit}: success", limit)
    if more and shown < limit:
        return Finding("cut", f"Limit {limit}: a page of {shown}, and more follow", shown)
    return undetermined(f"Limit {limit}: all {shown} caches of the region fit into one page")


def missing_parameter(answer: Answer, name: str) -> Finding:
    """Decide by a request without the parameter called *name*."""
    if answer.code == f"Missing{name}":
        return Finding("by_name", f"answered {answer}")
    return by_code("missing_parameter", answer)


def image_names(given: str, shown: Collection[str]) -> Finding:
    """Decide by the images that are *shown* of a cache with an image of Docker Hub's library."""
    if given in shown:
        return Finding("as_given", f"{given} is shown as {given}")
    if f"docker.io/library/{given}" in shown:
        return Finding("canonical", f"{given} is shown as docker.io/library/{given}")
    return undetermined(f"{given} is shown as one of: {', '.join(shown) or 'none'}")


def idempotency_mismatch(first: str, answer: Answer) -> Finding:
    """Decide by a creation with the token of the creation of *first*, and another name."""
    if answer.code.startswith("Idempotent"):
        return Finding("refuse", f"answered {answer}")
    if not answer.accepted:
        return undetermined(f"answered {answer}")
    if answer.result == first:
        return Finding("replay", "answered with the ID of the first creation")
    return undetermined("the service ignored the token: a second cache was created")


def idempotency_in_flight(twins: Twins, round_trip: float) -> Finding:
    """Decide by a request that was sent twice at once; a *round_trip* is that of a plain call."""
    for answer in twins.answers:
        if answer.code == IN_FLIGHT:
            return Finding("refuse", f"answered {answer}")
    if not all(answer.accepted for answer in twins.answers):
        return undetermined(f"answered {' and '.join(map(str, twins.answers))}")
    if twins.together < max(_TELLING_SECONDS, _TELLING_ROUND_TRIPS * round_trip):
        return undetermined("answered success twice, too fast to know whether the calls overlapped")
    return Finding("accept", f"answered success twice, with {twins.together:.1f} s of overlap")


def throttling_header(waits: Sequence[float]) -> Finding:
    """Decide by the seconds in the header of throttled calls; 0 for no header."""
    if not waits:
        return undetermined("no call of this run was throttled")
    if max(waits) > 0:
        return Finding("present", f"a throttled call had x-acs-retry-after, {max(waits):g} s")
    return Finding("absent", f"throttled without x-acs-retry-after: {len(waits)}")


def quota(answer: Answer, evicted: Collection[str]) -> Finding:
    """Decide by a creation beyond the quota, and by the probe's caches that were evicted."""
    if answer.code == QUOTA_EXCEEDED:
        return Finding("refuse", f"answered {answer}")
    if not answer.accepted:
        return undetermined(f"answered {answer}")
    if evicted:
        return Finding("evict_lru", f"{', '.join(sorted(evicted))} evicted")
    return undetermined("the quota is larger than ListUsage shows")


def delete_in_progress(status: str, answer: Answer) -> Finding:
    """Decide by a deletion in *status*."""
    if answer.accepted:
        return Finding("accept", f"deleted while {status}")
    if answer.reaction is Reaction.WAIT:
        return Finding("refuse", f"answered {answer} while {status}")
    return undetermined(f"answered {answer} while {status}")


def delete_removal(answer: Answer, shown: str | None) -> Finding:
    """Decide by the status *shown* just after a deletion, None if the cache was gone."""
    if not answer.accepted:
        return undetermined(f"DeleteImageCache answered {answer}")
    if shown is None:
        return Finding("synchronous", "gone just after the deletion")
    return Finding("asynchronous", f"shown as {shown} just after the deletion")


def update_omitted(answer: Answer, before: str, after: str) -> Finding:
    """Decide by the EliminationStrategy around an update that omits it."""
    if not answer.accepted:
        return undetermined(f"answered {answer}")
    if not before:
        return undetermined("the service does not show the EliminationStrategy that was set")
    if after not in (before, ""):
        return undetermined(f"EliminationStrategy went from {before} to {after}")
    return Finding("keep" if after else "reset", f'EliminationStrategy is "{after}", was {before}')


def update_tags(answer: Answer, old: str, new: str, after: Mapping[str, str]) -> Finding:
    """Decide by the tags *after* an update with the tag *new* of a cache with the tag *old*."""
    if not answer.accepted:
        return undetermined(f"answered {answer}")
    if new not in after:
        return undetermined("the update did not set the new tag")
    if old in after:
        return Finding("merge", "the old tag is still there")
    return Finding("replace", "the old tag is gone")


def update_unchanged(answers: Sequence[Answer]) -> Finding:
    """Decide by updates of which at least one changes nothing."""
    if any(answer.code == NO_NEED_UPDATE for answer in answers):
        return Finding("no_need_update", f"answered {answers[-1]}")
    if all(answer.accepted for answer in answers):
        return Finding("accept", "answered success")
    return undetermined(f"answered {answers[-1]}")


def update_without_image(answer: Answer, statuses: Collection[str]) -> Finding:
    """Decide by the statuses of a cache after a metadata change."""
    if not answer.accepted:
        return undetermined(f"answered {answer}")
    if UPDATING in statuses:
        return Finding("updating", "had the status Updating")
    return Finding("immediate", "stayed Ready")


def update_same_images(answer: Answer, *, rebuilt: bool) -> Finding:
    """Decide by an update that only repeats the image list."""
    if answer.code == NO_NEED_UPDATE:
        return Finding("no_need_update", f"answered {answer}")
    if not answer.accepted:
        return undetermined(f"answered {answer}")
    if rebuilt:
        return Finding("rebuild", "rebuilt")
    return undetermined("accepted, but no rebuild was seen")


def update_with_image(
    answer: Answer, before: str, after: str, *, rebuilt: bool, status: str
) -> Finding:
    """Decide by the SnapshotId before and after a rebuild that ended in *status*."""
    if not answer.accepted:
        return undetermined(f"answered {answer}")
    if status != READY:
        return undetermined(f"the rebuild ended as {status}")
    if not (before and after):
        return undetermined("the service does not show a SnapshotId")
    if not rebuilt:
        return undetermined("accepted, but no rebuild was seen")
    same = before == after
    seen = f"SnapshotId {'is still ' if same else 'was '}{before}{'' if same else f', is {after}'}"
    return Finding("same_snapshot" if same else "new_snapshot", seen)


def update_size_alone(
    answer: Answer, control: Answer | None, before: int | None, after: int | None
) -> Finding:
    """Decide by ImageCacheSize around an update with a larger one and without images."""
    if not answer.accepted:
        return controlled("a larger size", answer, control, accepted="apply", refused="refuse")
    if before is None or after is None:
        return undetermined("the service does not show the ImageCacheSize")
    return Finding("ignore" if before == after else "apply", f"size is {after}, was {before}")


def retention_counts_from(answer: Answer, before: Expiry, after: Expiry) -> Finding:
    """Decide by ExpireDateTime around an update of RetentionDays, some seconds after creation."""
    if not answer.accepted:
        return undetermined(f"answered {answer}")
    starts = [_counted_from(each) for each in (before, after)]
    if starts[0] is None or starts[1] is None:
        return undetermined("the service shows no ExpireDateTime to the second")
    moved = starts[1] - starts[0]
    seen = f"ExpireDateTime less RetentionDays moved by {moved.total_seconds():.0f} s"
    if abs(moved) <= _JITTER:
        return Finding("creation", seen)
    return Finding("update", seen) if moved > _JITTER else undetermined(seen)


def _counted_from(expiry: Expiry) -> datetime | None:
    try:
        end = datetime.strptime(expiry.expire_date_time, _TIME).replace(tzinfo=timezone.utc)
    except ValueError:
        return None
    return end - timedelta(days=expiry.retention_days)
