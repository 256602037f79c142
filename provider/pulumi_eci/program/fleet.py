"""`ImageCacheFleet`: caches any number of images in any number of regions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from typing_extensions import Unpack

from pulumi_eci.engine import DYNAMIC_PACKAGE, FLEET_LAYOUT, IMAGE_CACHE
from pulumi_eci.layout import FleetLayout
from pulumi_eci.model.fields import OUTDATED_LAYOUT
from pulumi_eci.model.images import in_region
from pulumi_eci.model.reference import canonical
from pulumi_eci.model.shards import Shards, rearrange
from pulumi_eci.program.fleet_args import (
    ImageCacheFleetArgs,
    checked_arguments,
    first_layout,
    settings,
    without_regions,
)
from pulumi_eci.program.options import fleet_options, refuse_output_text
from pulumi_eci.program.resource import PIN, ImageCache

TYPE = "eci:index:ImageCacheFleet"


@dataclass(frozen=True)
class ChildTypes:
    """The resource types of a fleet's children: dynamic resources, or resources of the plugin.

    Args:
        package: The package of the children; its explicit providers apply to them.
        layout: Declares the layout, as `FleetLayout` does.
        cache: Declares a cache, as `ImageCache` does.
        other_layout: The other type of a layout, an alias.
        other_cache: The other type of a cache, an alias.
    """

    package: str
    layout: Callable[..., Any]
    cache: Callable[..., Any]
    other_layout: str
    other_cache: str


class ImageCacheFleet(pulumi.ComponentResource):
    """Image caches for any number of images, in any number of regions.

    Example::

        fleet = eci.ImageCacheFleet(
            "apps",
            images=eci.images_in("deploy/**/*.yaml"),
            placements={
                "cn-hangzhou": eci.Placement(vswitch_id="vsw-1…", security_group_id="sg-1…"),
                "cn-beijing": eci.Placement(vswitch_id="vsw-2…", security_group_id="sg-2…"),
            },
            elimination_strategy="LRU",
        )

    The images are distributed over caches of up to 20 images. An added, removed or changed image
    changes one cache in each placement. If all caches are full, a new cache takes the new image. If
    one cache fewer is enough, the last cache is deleted and its images move to the others.

    The arguments are those of `ImageCacheFleetArgs`. Resource options that a component does not
    pass to its children, such as `custom_timeouts` and `hooks`, apply to the caches.
    """

    caches: Mapping[str, Sequence[ImageCache]]
    """The caches of each placement."""
    ids: pulumi.Output[Mapping[str, Sequence[str]]]
    """The ids of the caches of each placement, `imc-…`."""
    status: pulumi.Output[Mapping[str, str]]
    """`Ready`, or how many caches of a placement have which status: `9 Ready, 1 UpdateFailed`."""
    images: pulumi.Output[Mapping[str, Sequence[str]]]
    """The cached images of each placement, sorted, with the names that pods there must use."""
    annotations: pulumi.Output[Mapping[str, Mapping[str, Mapping[str, str]]]]
    """By placement and image, the annotation that pins a pod to the cache with that image. An image
    is listed under each name that `images` has for the image."""

    _child_types = ChildTypes(DYNAMIC_PACKAGE, FleetLayout, ImageCache, FLEET_LAYOUT, IMAGE_CACHE)

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        **args: Unpack[ImageCacheFleetArgs],
    ) -> None:
        refuse_output_text("ImageCacheFleet: its name", resource_name)
        own, of_caches = fleet_options(opts, self._child_types.package)
        args = checked_arguments(args)
        proposal, count = first_layout(args)
        super().__init__(TYPE, resource_name, None, own)
        layout = _Layout(self._child_types, f"{resource_name}-layout", proposal, self)
        moved = _moved(self._child_types.other_cache, self)
        options = pulumi.ResourceOptions.merge(of_caches, moved)
        self.caches = {
            placement: [
                layout.cache(f"{resource_name}-{placement}", number, placed, options)
                for number in range(count)
            ]
            for placement in args["placements"]
            for placed in [settings(args, placement)]
        }
        self._collect(args)

    @property
    def image_digests(self) -> pulumi.Output[Mapping[str, Mapping[str, str]]]:
        """With `track_digests`: the digest of each cached image, by placement and image."""
        each = self.caches.items()
        found = _by_placement({name: [c.image_digests for c in caches] for name, caches in each})
        return found.apply(
            lambda held: {
                name: {image: d for digests in many for image, d in (digests or {}).items()}
                for name, many in held.items()
            }
        )

    def pod_annotations(
        self, placement: str, *images: pulumi.Input[str]
    ) -> pulumi.Output[Mapping[str, str]]:
        """Return the annotations that pin a pod to the cache with most of the pod's images.

        Put the annotations into `metadata.annotations` of a pod, or of a pod template. A pod uses
        one cache; images that are not in the cache are pulled. Set `imagePullPolicy: IfNotPresent`
        in the pod's containers.

        Args:
            placement: The key in `placements` of the place where the pod runs.
            images: The images of the pod, with any of their names.

        Returns:
            One annotation, or none if no cache has any of the images.
        """
        caches = self.caches[placement]
        found = [pulumi.Output.all(cache.id, cache.images) for cache in caches]
        return pulumi.Output.all(pulumi.Output.all(*images), *found).apply(
            lambda both: _best_pin(both[0], both[1:])
        )

    def _collect(self, args: ImageCacheFleetArgs) -> None:
        each = self.caches.items()
        self.ids = _by_placement({name: [c.id for c in caches] for name, caches in each})
        held = _by_placement({name: [c.images for c in caches] for name, caches in each})
        statuses = _by_placement({name: [c.status for c in caches] for name, caches in each})
        self.status = statuses.apply(
            lambda found: {name: _summary(many) for name, many in found.items()}
        )
        self.images = held.apply(
            lambda found: {
                name: sorted(image for images in many for image in images or ())
                for name, many in found.items()
            }
        )
        named: pulumi.Output[Any] = pulumi.Output.from_input(args["images"])
        regions = {name: settings(args, name)["region"] for name in self.caches}
        self.annotations = pulumi.Output.all(self.ids, held, named).apply(
            lambda found: {
                name: _pins(
                    found[0][name],
                    found[1][name],
                    [in_region(image, region) for image in without_regions(found[2], args)],
                )
                for name, region in regions.items()
            }
        )
        self.register_outputs({"ids": self.ids, "status": self.status, "images": self.images})


class _Layout:
    """The layout of a fleet in one run: the layout in state, changed to the program's images.

    The layout resource makes the same change, unless the resource is not a target of the run.
    """

    def __init__(
        self,
        children: ChildTypes,
        name: str,
        proposal: pulumi.Input[Shards],
        fleet: pulumi.Resource,
    ) -> None:
        self._declare = children.cache
        options = _moved(children.other_layout, fleet)
        stored = children.layout(name, proposal, options).shards
        both = pulumi.Output.all(stored, proposal)
        self._shards = both.apply(lambda found: _arranged(found[0] or (), found[1]))
        self._outdated = pulumi.Output.all(stored, self._shards).apply(
            lambda found: None if found[0] == found[1] else name
        )

    def cache(
        self, stem: str, number: int, placed: Mapping[str, Any], options: pulumi.ResourceOptions
    ) -> ImageCache:
        images = self._shards.apply(
            lambda shards: [in_region(image, placed["region"]) for image in shards[number]]
        )
        arguments: Any = {**placed, "images": images, OUTDATED_LAYOUT: self._outdated}
        cache: ImageCache = self._declare(f"{stem}-{number + 1}", options, **arguments)
        return cache


def _moved(other: str, parent: pulumi.Resource) -> pulumi.ResourceOptions:
    """Return the options of a child whose type in an older state may be *other*."""
    return pulumi.ResourceOptions(parent=parent, aliases=[pulumi.Alias(type_=other)])


def _arranged(stored: Sequence[Sequence[str]], wanted: Shards) -> Shards:
    try:
        return rearrange(stored, wanted)
    except ValueError:  # the layout resource reports the error, if it is a target
        return wanted


def _by_placement(
    outputs: Mapping[str, Sequence[pulumi.Output[Any]]],
) -> pulumi.Output[Mapping[str, Any]]:
    gathered = [pulumi.Output.all(*many) for many in outputs.values()]
    return pulumi.Output.all(*gathered).apply(lambda each: dict(zip(outputs, each, strict=True)))


def _summary(statuses: Sequence[str]) -> str:
    counts = Counter(statuses)
    if len(counts) == 1:
        return statuses[0]
    return ", ".join(f"{count} {status}" for status, count in counts.most_common())


def _pins(
    ids: Sequence[str], held: Sequence[Sequence[str] | None], named: Sequence[str]
) -> dict[str, Mapping[str, str]]:
    """Return the annotation of each cached image (*held*), under its name and those in *named*."""
    pins = {
        image: {PIN: cache_id}
        for cache_id, images in zip(ids, held, strict=True)
        for image in images or ()
    }
    known = {canonical(image): pin for image, pin in pins.items()}
    return {**pins, **{name: known[canonical(name)] for name in named if canonical(name) in known}}


def _best_pin(
    wanted: Sequence[str], caches: Sequence[tuple[str, Sequence[str] | None]]
) -> dict[str, str]:
    names = set(map(canonical, wanted))
    covered = [(len(names & set(map(canonical, images or ()))), it) for it, images in caches]
    most, cache_id = max(covered, key=lambda pair: pair[0])
    return {PIN: cache_id} if most else {}
