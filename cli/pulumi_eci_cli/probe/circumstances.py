"""Experiments that depend on circumstances: slow answers, a throttled call, an almost full region.

The experiments do not force the circumstances. Without them the switch is not determined, and the
finding says what was missing. A dry run prints the first line of each docstring.
"""

from __future__ import annotations

from pulumi_eci_cli.probe import decide
from pulumi_eci_cli.probe.caches import new_token
from pulumi_eci_cli.probe.decide import Finding, undetermined
from pulumi_eci_cli.probe.lab import Lab

ROUNDS = 3  # two requests that are slow by chance do not prove that they overlapped
FEW_PLACES = 3


def idempotency_in_flight(lab: Lab) -> Finding:
    """Send an update twice at the same time with one token, and see whether one is refused."""
    round_trip = lab.round_trip()
    for _ in range(ROUNDS):
        finding = decide.idempotency_in_flight(lab.update_twice(), round_trip)
        if finding.value != "accept":
            break
    return finding


def throttling_header(lab: Lab) -> Finding:
    """See whether throttled calls of this run, if any, had the header x-acs-retry-after."""
    return decide.throttling_header(lab.caches.throttled)


def quota(lab: Lab) -> Finding:
    """Create a cache beyond the quota, if few are needed and no cache of others can be evicted."""
    usage = (
        lab.caches.retry_until_deadline(lambda: lab.gateway.reply("ListUsage", {})).get(
            "Attributes"
        )
        or {}
    )
    try:
        places = int(usage["MaxImageCacheCount"]) - int(usage["UsedImageCacheCount"])
    except (KeyError, TypeError, ValueError):
        return undetermined("ListUsage does not show the quota of the region")
    if places > FEW_PLACES:
        return undetermined(f"the experiment would need {places + 1} more caches")
    if lab.caches.could_evict_others():
        return undetermined("the experiment could evict caches of others")
    # One more than needed, because a deleted cache may count for a while.
    for number in range(max(0, places) + 2):
        answer = lab.caches.create(lab.caches.recipe.name(f"q{number}"), new_token())
        finding = decide.quota(answer, lab.caches.evicted())
        if finding.value or not answer.accepted:
            break
    return finding
