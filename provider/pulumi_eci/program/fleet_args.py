"""The typed arguments of `ImageCacheFleet`, and what of them each cache gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from typing_extensions import Required

from pulumi_eci.model.reference import canonical, one_spelling
from pulumi_eci.model.registries import VENDOR_HOSTS, in_region, without_region
from pulumi_eci.model.shards import Shards, fewest_caches, spread
from pulumi_eci.program.args import ImageCacheSettings


class Placement(ImageCacheSettings, total=False):
    """Where caches are made, and what is different there: any argument of the fleet's caches.

    Tags are added to the fleet's; anything else takes the place of the fleet's.
    """

    region: str
    """Region id; by default what the placement is called."""


class ImageCacheFleetArgs(ImageCacheSettings, total=False):
    """Arguments of `ImageCacheFleet`: those below, and all that its caches share."""

    images: Required[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Container images, any number in any order; `images_in` finds those of manifests. `{region}`
    in a name stands for the region of each placement. Several names of one image (`nginx`,
    `docker.io/library/nginx:latest`) count once, under the shortest."""
    placements: Required[Mapping[str, Placement]]
    """Where the images are cached: `{"cn-hangzhou": Placement(vswitch_id=…)}`."""
    caches: int
    """How many caches each placement has; by default as few as take the images, 20 each. Required
    where `images` is an output, since resources must be declared before it is known. A number
    above the need keeps caches from being dissolved when images go; there must be an image for
    each."""
    registry_hosts: Sequence[str]
    """Registries with a host in each region. An image that lies in one of them, whatever the region
    in its name, is pulled from the placement's own; order does not matter, and a host without a
    port stands for any port. They take the place of the default, the vendor's
    `registry-vpc.{region}.aliyuncs.com`, `registry-{region}-vpc.ack.aliyuncs.com` and
    `registry-{region}.ack.aliyuncs.com`: name those too to keep them."""


_OWN = frozenset({"images", "placements", "caches", "registry_hosts"})
_SHARED = frozenset(ImageCacheSettings.__annotations__)


def check_arguments(args: Mapping[str, Any]) -> None:
    """Refuse what no fleet can be made of; the values of its caches are checked with them.

    Raises:
        RunError: Says what, and what there is instead.
    """
    placements = args.get("placements")
    if not placements or not isinstance(placements, Mapping):
        raise pulumi.RunError("ImageCacheFleet: name the `placements`, one or more")
    _refuse(set(args) - _OWN - _SHARED, "ImageCacheFleet")
    caches = args.get("caches")
    if caches is not None and (
        isinstance(caches, bool) or not isinstance(caches, int) or caches < 1
    ):
        raise pulumi.RunError("ImageCacheFleet: `caches` is a number of caches, 1 or more")
    for name, placement in placements.items():
        if not isinstance(placement, Mapping):
            raise pulumi.RunError(f"ImageCacheFleet: `placements` holds no Placement for {name}")
        _refuse(set(placement) - {"region"} - _SHARED, f"Placement {name}")


def _refuse(unknown: set[str], where: str) -> None:
    if unknown:
        raise pulumi.RunError(
            f"{where}: unknown argument {', '.join(sorted(unknown))}; ImageCacheFleetArgs and "
            "ImageCacheSettings list them (caches are named, and adopted, one by one)"
        )


def first_layout(args: ImageCacheFleetArgs) -> tuple[pulumi.Input[Shards], int]:
    """Return a layout of the images, and the number of caches in it, which is known.

    Raises:
        RunError: Neither the images nor the number of caches is known.
    """
    images, caches = args.get("images"), args.get("caches")
    if isinstance(images, str):
        raise pulumi.RunError('ImageCacheFleet: `images` is a list, such as ["nginx:1.27"]')
    if isinstance(images, list | tuple):
        known = [image for image in images if isinstance(image, str)]
        unique = _each_once(everywhere(known, args))
        caches = caches or fewest_caches(len(unique) + len(images) - len(known))
        if len(known) == len(images):
            return spread(unique, caches), caches
    if not caches:
        raise pulumi.RunError(
            "ImageCacheFleet: `images` is an output, so say with `caches` how many caches each "
            "placement has: they are declared before the images are known"
        )
    count = caches
    later: pulumi.Output[Any] = pulumi.Output.from_input(images)
    return later.apply(lambda found: spread(_each_once(everywhere(found, args)), count)), caches


def everywhere(images: Sequence[str] | None, args: ImageCacheFleetArgs) -> list[str]:
    """Return *images* with `{region}` for the region in hosts that each region has."""
    return without_region(images or (), args.get("registry_hosts") or VENDOR_HOSTS)


def _each_once(images: Sequence[str]) -> list[str]:
    return one_spelling(images, lambda image: canonical(in_region(image, "any")))


def settings(args: ImageCacheFleetArgs, name: str) -> dict[str, Any]:
    """Return the arguments that the caches of the placement *name* share."""
    placement = args["placements"][name]
    shared = {key: value for key, value in args.items() if key not in _OWN}
    tags = _merged(shared.get("tags"), placement.get("tags"))
    return {**shared, "region": name, **placement, **({"tags": tags} if tags else {})}


def _merged(common: Any, own: Any) -> Any:  # noqa: ANN401 - inputs of maps
    if isinstance(common, Mapping) and isinstance(own, Mapping):
        return {**common, **own}
    if common is None or own is None:
        return common if own is None else own
    return pulumi.Output.all(common, own).apply(lambda both: {**(both[0] or {}), **(both[1] or {})})
