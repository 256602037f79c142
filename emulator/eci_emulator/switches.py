"""The switches: behaviour of the service that no public document describes.

Each switch has named values. The first value is the default, the most likely reading of the
documents. A client should work with every value of every switch.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args, get_type_hints


@dataclass(frozen=True)
class Switches:
    """The value of each switch; `MEANING` describes them."""

    delete_unknown: Literal["not_found", "success"] = "not_found"
    describe_unknown: Literal["empty", "not_found"] = "empty"
    update_omitted: Literal["keep", "reset"] = "keep"
    update_with_image: Literal["new_snapshot", "same_snapshot"] = "new_snapshot"
    update_without_image: Literal["immediate", "updating"] = "immediate"
    update_unchanged: Literal["no_need_update", "accept"] = "no_need_update"
    update_wrong_status: Literal["ImageCache.IncorrectStatus", "IncorrectStatus"] = (
        "ImageCache.IncorrectStatus"
    )
    update_tags: Literal["merge", "replace"] = "merge"
    delete_in_progress: Literal["accept", "refuse"] = "accept"
    delete_removal: Literal["synchronous", "asynchronous"] = "synchronous"
    idempotency_mismatch: Literal["refuse", "replay"] = "refuse"
    idempotency_in_flight: Literal["refuse", "accept"] = "refuse"
    last_page: Literal["no_token", "empty_token"] = "no_token"
    throttling_header: Literal["absent", "present"] = "absent"
    names: Literal["free", "unique"] = "free"
    name_rule: Literal["like_container_groups", "none"] = "like_container_groups"
    quota: Literal["evict_lru", "refuse"] = "evict_lru"
    bad_signature: Literal["SignatureDoesNotMatch", "IncompleteSignature"] = "SignatureDoesNotMatch"
    update_same_images: Literal["rebuild", "no_need_update"] = "rebuild"
    update_name: Literal["required", "optional"] = "required"
    update_vswitches: Literal["several", "one"] = "several"
    update_size_alone: Literal["ignore", "apply", "refuse"] = "ignore"
    retention_counts_from: Literal["creation", "update"] = "creation"
    update_network: Literal["optional", "required"] = "optional"
    image_names: Literal["as_given", "canonical"] = "as_given"
    limit_too_large: Literal["refuse", "cut"] = "refuse"
    missing_parameter: Literal["by_name", "MissingParameter"] = "by_name"

    def with_values(self, values: dict[str, Any]) -> Switches:
        """Return a copy with some switches set.

        Raises:
            ValueError: A switch or value does not exist; the message lists the existing ones.
        """
        for name, value in values.items():
            allowed = VALUES.get(name)
            if allowed is None:
                raise ValueError(f"unknown switch {name!r}; the switches are {', '.join(VALUES)}")
            if value not in allowed:
                raise ValueError(f"switch {name} must be {' or '.join(allowed)}, not {value!r}")
        return replace(self, **values)


VALUES: dict[str, tuple[str, ...]] = {
    name: get_args(hint) for name, hint in get_type_hints(Switches).items()
}
"""The possible values of each switch, the default first."""

MEANING: dict[str, tuple[int, str]] = {
    "delete_unknown": (1, "DeleteImageCache of an unknown ID: 404, or success."),
    "describe_unknown": (2, "DescribeImageCaches of an unknown ID: an empty list, or 404."),
    "update_omitted": (3, "A parameter omitted from an update keeps its value, or is reset."),
    "update_with_image": (4, "A rebuild gives a new SnapshotId, or keeps the old one."),
    "update_without_image": (4, "A metadata change is immediate, or has the status Updating."),
    "update_unchanged": (5, "An update without effect: 400 NoNeedUpdate, or success."),
    "update_wrong_status": (6, "The error code of an update in a wrong status."),
    "update_tags": (7, "Tags of an update are merged into those present, or replace them."),
    "delete_in_progress": (8, "Deleting while a build runs: accepted, or 400 IncorrectStatus."),
    "delete_removal": (8, "A deleted cache disappears at once, or is listed for a while."),
    "idempotency_mismatch": (
        9,
        "A token sent again with other parameters: 400 IdempotentParameterMismatch, or replay.",
    ),
    "idempotency_in_flight": (
        9,
        "A token sent again before the answer: 403 LastTokenProcessing, or processed afterwards.",
    ),
    "last_page": (10, "NextToken on the last page: absent, or an empty string."),
    "throttling_header": (11, "Throttling.User has no header x-acs-retry-after, or has one."),
    "names": (12, "Several caches may share a name, or a second one is refused."),
    "name_rule": (
        20,
        "Names follow the documented rule for container groups, or only have 128 characters.",
    ),
    "quota": (13, "When the quota is reached, LRU caches are evicted, or creations are refused."),
    "bad_signature": (14, "The error code of a wrong signature."),
    "update_same_images": (15, "An update with the same images: rebuild, or NoNeedUpdate."),
    "update_name": (16, "ImageCacheName on an update: required, or optional."),
    "update_vswitches": (17, "An update may name several vSwitches, or only one."),
    "update_size_alone": (18, "A new size without Image: ignored, applied, or refused."),
    "retention_counts_from": (
        19,
        "RetentionDays of an update count from the creation, or from the update.",
    ),
    "update_network": (
        21,
        "SecurityGroupId and VSwitchId on an update: optional, or both required.",
    ),
    "image_names": (
        22,
        "Images are shown as given, or canonical: docker.io/library/nginx:latest for nginx.",
    ),
    "limit_too_large": (
        23,
        "A Limit above the largest page (--max-limit): refused, or reduced.",
    ),
    "missing_parameter": (
        24,
        "The error code for a missing parameter: Missing and its name, or MissingParameter.",
    ),
}
"""For each switch, the number of its open question, and its meaning."""


def describe(switches: Switches) -> list[dict[str, Any]]:
    """Return the switches with their values and meanings, for the control API and the page."""
    return [
        {
            "name": each.name,
            "value": getattr(switches, each.name),
            "values": VALUES[each.name],
            "assumption": MEANING[each.name][0],
            "meaning": MEANING[each.name][1],
        }
        for each in fields(switches)
    ]
