"""Experiments that need special conditions, and never force them.

Examples are slow replies, a throttled call, or a region that is almost full. Without the condition
the switch is not determined, and the finding names the condition. As in `experiments`, a dry run
prints the first line of each docstring.
"""

from __future__ import annotations

from pulumi_eci_cli.probe import decide
from pulumi_eci_cli.probe.caches import new_token
from pulumi_eci_cli.probe.decide import Finding, undetermined
from pulumi_eci_cli.probe.lab import Lab

ROUNDS = 3  # two requests that are slow by chance do not prove that they met
FEW_PLACES = 3


def idempotency_in_flight(lab: Lab) -> Finding:
    """Send an update twice at the same time with one token."""
    round_trip = lab.round_trip()
    for _ in range(ROUNDS):
        finding = decide.idempotency_in_flight(lab.update_twice(), round_trip)
        if finding.value != "accept":
            break
    return finding


def throttling_header(lab: Lab) -> Finding:
    """Check whether throttled calls of this run had x-acs-retry-after."""
    return decide.throttling_header(lab.caches.throttled)


def quota(lab: Lab) -> Finding:
    """Create caches beyond the quota, if few are needed and none of others can be evicted."""
    usage = (
        lab.caches.retry_until_deadline(lambda: lab.gateway.reply("ListUsage", {})).get(
            "Attributes"
        )
        or {}
    )
    try:
        places = int(usage["MaxImageCacheCount"]) - int(usage["UsedImageCacheCount"])
    except (KeyError, TypeError, ValueError):
        return undetermined("ListUsage does not show how many caches the region may hold")
    if places > FEW_PLACES:
        return undetermined(f"it would take {places + 1} caches more")
    if lab.caches.could_evict_others():
        return undetermined("it could evict other people's caches")
    # One more than that: a deleted cache may hold its place for a while.
    for number in range(max(0, places) + 2):
        answer = lab.caches.create(lab.caches.recipe.name(f"q{number}"), new_token())
        finding = decide.quota(answer, lab.caches.evicted())
        if finding.value or not answer.accepted:
            break
    return finding
