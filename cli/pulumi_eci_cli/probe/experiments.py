"""One function for each switch: makes calls and passes the answers to `decide`.

A dry run prints the first line of each docstring.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pulumi_eci.api.errors import ApiError, EciError
from pulumi_eci.model.request import wire_tags
from pulumi_eci_cli.probe import decide
from pulumi_eci_cli.probe.answer import Answer, ask
from pulumi_eci_cli.probe.caches import KEPT_TAG, MARK, new_token
from pulumi_eci_cli.probe.circumstances import idempotency_in_flight, quota, throttling_header
from pulumi_eci_cli.probe.decide import UPDATING, Finding, undetermined
from pulumi_eci_cli.probe.lab import Lab

MOST_PAGES = 1000
TELLING_SECONDS = 3.0  # ExpireDateTime is shown in whole seconds
LIMITS = (1000, 500, 200, 100, 50, 20)  # the oldest page of the reference says 20
SHORT_IMAGE = "busybox:1.36"
NETWORK = ("SecurityGroupId", "VSwitchId")
_ADDED_TAG = "added"


@dataclass(frozen=True)
class Experiment:
    """A row of the table.

    Attributes:
        switch: The switch of the local API.
        run: The function.
        creates: New caches and rebuilds of this experiment.
    """

    switch: str
    run: Callable[[Lab], Finding]
    creates: str = ""

    @property
    def does(self) -> str:
        """What the experiment does, in one line."""
        return (self.run.__doc__ or "").partition("\n")[0]


def last_page(lab: Lab) -> Finding:
    """List all image caches of the region and read the NextToken of the last page."""
    token: str | None = None
    for _ in range(MOST_PAGES):
        parameters = {"NextToken": token} if token else {}
        describe = partial(lab.gateway.reply, "DescribeImageCaches", parameters)
        token = lab.caches.retry_until_deadline(describe).get("NextToken")
        if not token:
            break
    return decide.last_page(token)


def limit_too_large(lab: Lab) -> Finding:
    """List the region with a Limit of 1000, and with smaller ones until the service accepts one."""
    refused = ""
    for limit in LIMITS:
        describe = partial(lab.gateway.reply, "DescribeImageCaches", {"Limit": limit})
        try:
            page = lab.caches.retry_until_deadline(describe)
        except ApiError as error:
            refused = refused or f"Limit {limit}: {error.status} {error.code}"
            continue
        shown, more = len(page.get("ImageCaches") or ()), bool(page.get("NextToken"))
        return decide.limit_too_large(limit, shown, refused, more=more)
    return undetermined(refused)


def missing_parameter(lab: Lab) -> Finding:
    """List tags without the required ResourceType."""
    answer = lab.caches.ask(lambda: str(lab.gateway.reply("ListTagResources", {})))
    return decide.missing_parameter(answer, "ResourceType")


def bad_signature(lab: Lab) -> Finding:
    """Send DescribeImageCaches with a wrong access key secret."""
    impostor = lab.gateway.with_wrong_secret()
    if impostor is None:
        return undetermined(
            "the access key is not in the environment: set ALIBABA_CLOUD_ACCESS_KEY_ID and "
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET instead of a profile or a role"
        )
    return decide.by_code("bad_signature", ask(lambda: impostor.show(lab.unknown_id)))


def delete_unknown(lab: Lab) -> Finding:
    """Delete a cache with an unknown id."""
    return decide.delete_unknown(lab.caches.delete(lab.unknown_id))


def describe_unknown(lab: Lab) -> Finding:
    """Describe a cache with an unknown id."""
    answer = lab.caches.ask(lambda: lab.gateway.show(lab.unknown_id))
    return decide.describe_unknown(answer)


def update_wrong_status(lab: Lab) -> Finding:
    """Update a cache that is still being built."""
    _require_building(lab, lab.subject())
    return decide.by_code("update_wrong_status", lab.try_update(lab.changed()))


def idempotency_mismatch(lab: Lab) -> Finding:
    """Send CreateImageCache again with the token of the first call and another name."""
    first = lab.subject()
    answer = lab.caches.create(lab.caches.recipe.name("c"), lab.token)
    return decide.idempotency_mismatch(first, answer)


def names(lab: Lab) -> Finding:
    """Create a second cache with the name of the first."""
    lab.subject()
    answer = lab.caches.create(lab.name, new_token(), SHORT_IMAGE)
    control = None
    if not answer.accepted:
        control = lab.caches.create(lab.caches.recipe.name("b"), new_token(), SHORT_IMAGE)
    lab.second = (control or answer).result
    return decide.controlled(
        "the same name twice", answer, control, accepted="free", refused="unique"
    )


def image_names(lab: Lab) -> Finding:
    """See how the second cache shows an image whose name has no host and folder."""
    if not lab.second:
        return undetermined("there is no second cache")
    lab.caches.describe_new(lab.second)
    entry = lab.caches.retry_until_deadline(lambda: lab.gateway.entry(lab.second))
    return decide.image_names(SHORT_IMAGE, entry.get("Images") or ())


def delete_in_progress(lab: Lab) -> Finding:
    """Delete the second cache while it is being built."""
    if not lab.second:
        return undetermined("there is no second cache")
    status = _require_building(lab, lab.second)
    return decide.delete_in_progress(status, lab.caches.delete(lab.second))


def update_name(lab: Lab) -> Finding:
    """Update RetentionDays without ImageCacheName."""
    nameless = lab.changed()
    del nameless["ImageCacheName"]
    answer, control = lab.compare(nameless, lab.changed())
    return decide.controlled(
        "an update without ImageCacheName",
        answer,
        control,
        accepted="optional",
        refused="required",
    )


def update_network(lab: Lab) -> Finding:
    """Update RetentionDays without SecurityGroupId and VSwitchId."""
    alone = lab.changed()
    network = {name: alone.pop(name) for name in NETWORK if name in alone}
    answer, control = lab.compare(alone, {**alone, **network})
    if not answer.accepted and len(network) < len(NETWORK):
        return undetermined(
            f"answered {answer}; give --security-group-id and --vswitch-id to send both"
        )
    return decide.controlled(
        "an update without SecurityGroupId and VSwitchId",
        answer,
        control,
        accepted="optional",
        refused="required",
    )


def name_rule(lab: Lab) -> Finding:
    """Rename the cache to a name with capitals and underscores, and back."""
    odd = f"{MARK}_{lab.caches.recipe.run.upper()}_A"
    answer, control = lab.compare(lab.changed(ImageCacheName=odd), lab.changed())
    if answer.accepted:
        lab.update(lab.changed())
    return decide.controlled(
        f"the name {odd}", answer, control, accepted="none", refused="like_container_groups"
    )


def update_omitted(lab: Lab) -> Finding:
    """Update RetentionDays without EliminationStrategy, and see whether it is still LRU."""
    before = lab.ready().elimination_strategy
    parameters = lab.changed()
    del parameters["EliminationStrategy"]
    answer = lab.update(parameters)
    return decide.update_omitted(answer, before, lab.ready().elimination_strategy)


def update_tags(lab: Lab) -> Finding:
    """Update with a new tag, and see whether the old tag is still there."""
    if KEPT_TAG not in lab.ready().tags:
        return undetermined("the service does not show the tag that was set")
    tags = wire_tags({MARK: lab.caches.recipe.run, _ADDED_TAG: ""})
    answer = lab.update(lab.changed(Tag=tags))
    return decide.update_tags(answer, KEPT_TAG, _ADDED_TAG, lab.ready().tags)


def update_unchanged(lab: Lab) -> Finding:
    """Update with unchanged values, with and without RetentionDays."""
    lab.update(lab.changed())
    forever = lab.base()
    del forever["RetentionDays"]
    # If RetentionDays count from the update, each update with them is a change. If an omitted value
    # is reset, the first update without it is a change. So at least one of these updates changes
    # nothing. Retention is set again afterwards.
    answers: list[Answer] = []
    for parameters in (lab.base(), forever, forever):
        answers.append(lab.update(parameters))
        if not answers[-1].accepted:
            break
    lab.update(lab.changed())
    return decide.update_unchanged(answers)


def update_vswitches(lab: Lab) -> Finding:
    """Update with two vSwitches."""
    several = lab.caches.recipe.vswitch_ids
    if len(several) < 2:  # noqa: PLR2004 - several
        return undetermined("needs two vSwitches of one VPC: give --vswitch-id twice")
    answer, control = lab.compare(
        lab.changed(VSwitchId=",".join(several)), lab.changed(VSwitchId=several[0])
    )
    return decide.controlled(
        "an update with several vSwitches", answer, control, accepted="several", refused="one"
    )


def update_without_image(lab: Lab) -> Finding:
    """Update RetentionDays, and see whether the cache gets the status Updating."""
    answer = lab.update(lab.changed())
    return decide.update_without_image(answer, lab.watch().statuses)


def retention_counts_from(lab: Lab) -> Finding:
    """Update RetentionDays, and see from which time ExpireDateTime counts them."""
    before = lab.first_expiry()
    lab.let_pass_since_creation(TELLING_SECONDS)
    answer = lab.update(lab.changed())
    lab.ready()
    return decide.retention_counts_from(answer, before, lab.expiry())


def update_same_images(lab: Lab) -> Finding:
    """Update with the unchanged list of images."""
    lab.update(lab.changed())
    before = lab.ready()
    answer = lab.update({**lab.base(), "Image": list(lab.caches.recipe.images[:1])})
    watched = lab.watch()
    rebuilt = UPDATING in watched.statuses or watched.last.snapshot_id != before.snapshot_id
    return decide.update_same_images(answer, rebuilt=rebuilt)


def update_with_image(lab: Lab) -> Finding:
    """Rebuild from another image and compare the SnapshotId."""
    if len(lab.caches.recipe.images) < 2:  # noqa: PLR2004 - another
        return undetermined("needs another image: give --image twice")
    before = lab.ready().snapshot_id
    answer = lab.update(lab.changed(Image=[lab.caches.recipe.images[1]]))
    watched = lab.watch()
    after = watched.last.snapshot_id
    rebuilt = UPDATING in watched.statuses or after != before
    return decide.update_with_image(
        answer, before, after, rebuilt=rebuilt, status=watched.last.status
    )


def update_size_alone(lab: Lab) -> Finding:
    """Update ImageCacheSize by one GiB, without images."""
    before = lab.ready().image_cache_size
    larger = lab.changed(ImageCacheSize=(before or 20) + 1)
    answer, control = lab.compare(larger, lab.changed())
    return decide.update_size_alone(answer, control, before, lab.ready().image_cache_size)


def delete_removal(lab: Lab) -> Finding:
    """Delete the cache, and see whether it is still listed."""
    lab.ready()
    answer = lab.caches.delete(lab.subject())
    seen = lab.caches.describe(lab.subject())
    return decide.delete_removal(answer, seen.status if seen else None)


def _require_building(lab: Lab, cache_id: str) -> str:
    """Return the status of a cache that is being built.

    Raises:
        EciError: The build is already done.
    """
    seen = lab.caches.describe_new(cache_id)
    if seen.settled:
        raise EciError(f"the build ended before the experiment: {cache_id} is {seen.status}")
    return seen.status


EXPERIMENTS = (
    Experiment("last_page", last_page),
    Experiment("limit_too_large", limit_too_large),
    Experiment("missing_parameter", missing_parameter),
    Experiment("bad_signature", bad_signature),
    Experiment("delete_unknown", delete_unknown),
    Experiment("describe_unknown", describe_unknown),
    Experiment("update_wrong_status", update_wrong_status, "a cache of the first image"),
    Experiment(
        "idempotency_mismatch",
        idempotency_mismatch,
        "another cache, if the service ignores the token",
    ),
    Experiment("names", names, f"a second cache, of the first image and {SHORT_IMAGE}"),
    Experiment("image_names", image_names),
    Experiment("delete_in_progress", delete_in_progress),
    Experiment("update_name", update_name),
    Experiment("update_network", update_network),
    Experiment("name_rule", name_rule),
    Experiment("update_omitted", update_omitted),
    Experiment("update_tags", update_tags),
    Experiment("update_unchanged", update_unchanged),
    Experiment("update_vswitches", update_vswitches),
    Experiment("update_without_image", update_without_image),
    Experiment("retention_counts_from", retention_counts_from),
    Experiment("update_same_images", update_same_images, "a rebuild of the first cache"),
    Experiment("update_with_image", update_with_image, "a rebuild from the second image"),
    Experiment("update_size_alone", update_size_alone),
    Experiment("idempotency_in_flight", idempotency_in_flight),
    Experiment("delete_removal", delete_removal),
    Experiment("quota", quota, "a few caches, if the quota of the region is almost used up"),
    Experiment("throttling_header", throttling_header),
)
"""The experiments in order: first those that create nothing, then those that need a build."""
