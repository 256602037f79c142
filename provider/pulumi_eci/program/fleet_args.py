"""The typed arguments of `ImageCacheFleet`, and the arguments of each of its caches."""

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
    """A place for caches, with arguments for the caches there.

    Tags of the fleet and of the placement are merged. Other arguments replace the fleet's.
    """

    region: str
    """Region id. The default is the name of the placement."""


class ImageCacheFleetArgs(ImageCacheSettings, total=False):
    """Arguments of `ImageCacheFleet`: its own, and the arguments that all its caches share."""

    images: Required[pulumi.Input[Iterable[pulumi.Input[str]]]]
    """Container images, any number in any order. `images_in` returns the images of manifests.
    `{region}` in a name is the region of each placement. Several names of one image (`nginx`,
    `docker.io/library/nginx:latest`) count once, with the shortest name."""
    placements: Required[Mapping[str, Placement]]
    """The places where the images are cached: `{"cn-hangzhou": Placement(vswitch_id=…)}`."""
    caches: int
    """The number of caches in each placement. The default is the smallest number for the images, 20
    in each cache. Required if `images` is an output, because the program must declare resources
    before the images are known. With a larger number, no cache is deleted when images are removed;
    each cache needs at least one image."""
    registry_hosts: Sequence[str]
    """Registries with a host in each region, as host names with `{region}`. Images in these
    registries are pulled from the host of the placement's region. A host without a port matches any
    port. The list replaces the default, the vendor's `registry-vpc.{region}.aliyuncs.com`,
    `registry-{region}-vpc.ack.aliyuncs.com` and `registry-{region}.ack.aliyuncs.com`."""


_OWN = frozenset({"images", "placements", "caches", "registry_hosts"})
_SHARED = frozenset(ImageCacheSettings.__annotations__)


def checked_arguments(args: Mapping[str, Any]) -> Any:  # noqa: ANN401 - ImageCacheFleetArgs
    """Return *args* with lists for iterables and an integer for `caches`. The arguments of the
    caches are checked, too.

    Raises:
        RunError: An argument is invalid; the message names the argument and the valid values.
    """
    placements = args.get("placements")
    if isinstance(placements, pulumi.Output) or inspect.isawaitable(placements):
        raise pulumi.RunError(
            "ImageCacheFleet: `placements` must be a plain map, because the program declares "
            "caches before outputs are known; the values in a placement may be outputs"
        )
    if not placements or not isinstance(placements, Mapping):
        raise pulumi.RunError("ImageCacheFleet: `placements` must have at least one placement")
    _refuse(set(args) - _OWN - _SHARED, "ImageCacheFleet")
    caches = convert(Kind.INTEGER, args.get("caches"))
    if caches is not None and (
        isinstance(caches, bool) or not isinstance(caches, int) or caches < 1
    ):
        raise pulumi.RunError("ImageCacheFleet: `caches` must be a whole number, 1 or more")
    hosts = listed(args.get("registry_hosts"))
    if hosts and not (isinstance(hosts, list) and all(isinstance(host, str) for host in hosts)):
        raise pulumi.RunError("ImageCacheFleet: `registry_hosts` must be a list of plain strings")
    for name, placement in placements.items():
        _check_placement(name, placement)
    taken = {**settled(args), "caches": caches, "registry_hosts": hosts}
    taken["placements"] = {name: settled(placement) for name, placement in placements.items()}
    refuse_mistakes("ImageCacheFleet", taken)
    images: Any = taken.get("images")
    if isinstance(images, pulumi.Output) or inspect.isawaitable(images):
        later: pulumi.Output[Any] = pulumi.Output.from_input(images)
        taken["images"] = later.apply(listed)  # an iterator can be read only once
    return taken


def _check_placement(name: object, placement: object) -> None:
    if not isinstance(name, str) or not name:
        raise pulumi.RunError("ImageCacheFleet: the names in `placements` must be plain strings")
    refuse_output_text("ImageCacheFleet: the name of a placement", name)
    if not isinstance(placement, Mapping):
        raise pulumi.RunError(
            f"ImageCacheFleet: the value of {name} in `placements` must be a Placement"
        )
    _refuse(set(placement) - {"region"} - _SHARED, f"Placement {name}")
    region = placement.get("region") or name
    if not isinstance(region, str):
        raise pulumi.RunError(
            f"Placement {name}: `region` must be a plain string, because image names contain it"
        )
    refuse_output_text(f"Placement {name}: `region`", region)


def _refuse(unknown: set[str], where: str) -> None:
    if unknown:
        raise pulumi.RunError(
            f"{where}: unknown argument {', '.join(sorted(unknown))}; ImageCacheFleetArgs and "
            "ImageCacheSettings list the arguments. Names and `adopt` belong to single caches."
        )


def first_layout(args: ImageCacheFleetArgs) -> tuple[pulumi.Input[Shards], int]:
    """Return a layout of the images, and its number of caches.

    Raises:
        RunError: Neither the images nor the number of caches is known.
    """
    images: Any = args.get("images")
    caches = args.get("caches")
    if images is None or isinstance(images, str | Mapping):
        raise pulumi.RunError(_NO_LIST)
    if isinstance(images, list):
        known = [image for image in images if isinstance(image, str)]
        unique = distinct(without_regions(known, args))
        caches = caches or fewest_caches(len(unique) + len(images) - len(known))
        if len(known) == len(images):
            return spread(unique, caches), caches
    if not caches:
        raise pulumi.RunError(
            "ImageCacheFleet: `images` is an output, so set `caches` to the number of caches in "
            "each placement: the program declares caches before the images are known"
        )
    count = caches
    later: pulumi.Output[Any] = pulumi.Output.from_input(images)
    return later.apply(lambda found: spread(distinct(without_regions(found, args)), count)), caches


def without_regions(images: Any, args: ImageCacheFleetArgs) -> list[str]:  # noqa: ANN401 - any output's
    """Return *images* with `{region}` in place of the region of regional registry hosts.

    Raises:
        RunError: *images* is no list of names.
    """
    names = images or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise pulumi.RunError(_NO_LIST)
    return without_region(names, args.get("registry_hosts") or VENDOR_HOSTS)


_NO_LIST = 'ImageCacheFleet: `images` must be a list of names, such as ["nginx:1.27"]'


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
