"""The typed arguments of `ImageCacheFleet`, and what of them each cache gets."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pulumi
from typing_extensions import Required

from pulumi_eci.model.decode import convert
from pulumi_eci.model.fields import Kind
from pulumi_eci.model.images import VENDOR_HOSTS, distinct, without_region
from pulumi_eci.model.shards import Shards, fewest_caches, spread
from pulumi_eci.program.args import ImageCacheSettings, listed, refuse_mistakes, settled
from pulumi_eci.program.options import refuse_output_text


class Placement(ImageCacheSettings, total=False):
    """Where caches are made, and what is different there: any argument of the fleet's caches.

    Tags are added to the fleet's; anything else takes the place of the fleet's.
    """

    region: str
    """Region id; by default what the placement is called."""


class ImageCacheFleetArgs(ImageCacheSettings, total=False):
    """Arguments of `ImageCacheFleet`: those below, and all that its caches share."""

    images: Required[pulumi.Input[Iterable[pulumi.Input[str]]]]
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


def checked_arguments(args: Mapping[str, Any]) -> Any:  # noqa: ANN401 - ImageCacheFleetArgs
    """Return *args* with lists for iterables and a number of caches, and refuse what no fleet can
    be made of; the values of its caches are checked with them.

    Raises:
        RunError: Says what, and what there is instead.
    """
    placements = args.get("placements")
    if not placements or not isinstance(placements, Mapping):
        raise pulumi.RunError("ImageCacheFleet: name the `placements`, one or more")
    _refuse(set(args) - _OWN - _SHARED, "ImageCacheFleet")
    caches = convert(Kind.INTEGER, args.get("caches"))
    if caches is not None and (
        isinstance(caches, bool) or not isinstance(caches, int) or caches < 1
    ):
        raise pulumi.RunError("ImageCacheFleet: `caches` is a number of caches, 1 or more")
    hosts = listed(args.get("registry_hosts"))
    if hosts and not (isinstance(hosts, list) and all(isinstance(host, str) for host in hosts)):
        raise pulumi.RunError("ImageCacheFleet: `registry_hosts` is a list of plain strings")
    for name, placement in placements.items():
        _check_placement(name, placement)
    taken = {**settled(args), "caches": caches, "registry_hosts": hosts}
    taken["placements"] = {name: settled(placement) for name, placement in placements.items()}
    refuse_mistakes("ImageCacheFleet", taken)
    images: Any = taken.get("images")
    if isinstance(images, pulumi.Output) or inspect.isawaitable(images):
        later: pulumi.Output[Any] = pulumi.Output.from_input(images)
        taken["images"] = later.apply(listed)  # it is read several times
    return taken


def _check_placement(name: object, placement: object) -> None:
    if not isinstance(name, str) or not name:
        raise pulumi.RunError("ImageCacheFleet: the names of `placements` are plain strings")
    refuse_output_text("ImageCacheFleet: the name of a placement", name)
    if not isinstance(placement, Mapping):
        raise pulumi.RunError(f"ImageCacheFleet: `placements` holds no Placement for {name}")
    _refuse(set(placement) - {"region"} - _SHARED, f"Placement {name}")
    region = placement.get("region") or name
    if not isinstance(region, str):
        raise pulumi.RunError(
            f"Placement {name}: `region` is a plain string: it is a part of the names of images"
        )
    refuse_output_text(f"Placement {name}: `region`", region)


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
    images: Any = args.get("images")
    caches = args.get("caches")
    if images is None or isinstance(images, str | Mapping):
        raise pulumi.RunError(_NO_LIST)
    if isinstance(images, list):
        known = [image for image in images if isinstance(image, str)]
        unique = distinct(everywhere(known, args))
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
    return later.apply(lambda found: spread(distinct(everywhere(found, args)), count)), caches


def everywhere(images: Any, args: ImageCacheFleetArgs) -> list[str]:  # noqa: ANN401 - any output's
    """Return *images* with `{region}` for the region in hosts that each region has.

    Raises:
        RunError: They are no names.
    """
    names = images or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise pulumi.RunError(_NO_LIST)
    return without_region(names, args.get("registry_hosts") or VENDOR_HOSTS)


_NO_LIST = 'ImageCacheFleet: `images` is a list of names, such as ["nginx:1.27"]'


def settings(args: ImageCacheFleetArgs, name: str) -> dict[str, Any]:
    """Return the arguments that the caches of the placement *name* share."""
    placement = args["placements"][name]
    shared = {key: value for key, value in args.items() if key not in _OWN}
    tags = _merged(shared.get("tags"), placement.get("tags"))
    own = {"region": placement.get("region") or name, **({"tags": tags} if tags else {})}
    return {**shared, **placement, **own}


def _merged(common: Any, own: Any) -> Any:  # noqa: ANN401 - inputs of maps
    if not common or not own:
        return own or common
    if isinstance(common, pulumi.Output) or isinstance(own, pulumi.Output):
        return pulumi.Output.all(common, own).apply(lambda both: _merged(*both))
    if isinstance(common, Mapping) and isinstance(own, Mapping):
        return {**common, **own}
    return own if isinstance(common, Mapping) else common  # for check() to refuse
