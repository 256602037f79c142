"""What check() asks image registries for: digests, problems and sizes of a cache's images.

The answers are kept among the inputs, as an auto-name is. So the next check knows the former digest
of an image, which the program's own inputs do not hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pulumi_eci.api.errors import ConfigurationError
from pulumi_eci.model.parse import parse
from pulumi_eci.model.reference import is_reference, parse_reference, registry_host
from pulumi_eci.model.spec import ImageCacheSpec
from pulumi_eci.model.state import DIGESTS
from pulumi_eci.model.text import printable
from pulumi_eci.operations.connections import Connections
from pulumi_eci.registry.access import Access, Instance, Login
from pulumi_eci.registry.answer import Answer, Failure, compressed_bytes, needed_gib
from pulumi_eci.registry.lookup import Lookup

NEEDED = "__neededSize"
"""The GiB that a cache of these images needs. A check without new images reads the number from here
and counts no layers. The engine shows a change of a key that begins with `__`; whole GiB seldom
change."""
TRACKED = (DIGESTS, NEEDED)
"""What a check keeps among the inputs."""

_LOGINS_AND_TLS = (
    "imageRegistryCredentials",
    "acrRegistryInfos",
    "insecureRegistry",
    "plainHttpRegistry",
)
REGISTRY_ACCESS = ("region", "connection", *_LOGINS_AND_TLS)
"""The properties that decide how registries are reached."""
_NAMED = 5  # images that a warning names

Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Tracked:
    """What a check learns from registries: inputs to keep, and messages for the user."""

    inputs: dict[str, Any]
    failures: list[str]
    warnings: list[str]


def track(
    connections: Connections, lookup: Lookup, spec: ImageCacheSpec, olds: Properties
) -> Tracked:
    """Ask registries for the present digests and sizes of *spec*'s images.

    Args:
        connections: The connections, for Container Registry's API.
        lookup: The registry lookup that all resources of this run share.
        spec: What the program wants.
        olds: The inputs in state, with what an earlier check kept.
    """
    known = parse({DIGESTS: olds.get(DIGESTS)}).spec.image_digests
    access_names = REGISTRY_ACCESS if spec.acr_registry_infos else _LOGINS_AND_TLS
    if spec.unknown.intersection(("trackDigests", *access_names)):
        return Tracked(_inputs(spec, known, olds.get(NEEDED)), [], [])
    access, warnings = _access(connections, spec)
    needed = olds.get(NEEDED) if known.keys() == set(spec.images) else None
    images = [image for image in spec.images if is_reference(image)]  # check() refuses the others
    answers = lookup.resolve(access, {image: known[image] if needed else "" for image in images})
    digests = {**known, **{image: each.digest for image, each in answers.items() if each.digest}}
    if needed is None or digests != known:
        needed = _weigh(lookup, access, answers)
    if needed is not None and "imageCacheSize" not in spec.unknown:
        warnings += _size_warnings(int(needed), spec.image_cache_size)
    return Tracked(
        _inputs(spec, digests, needed),
        [
            f"images: {printable(image)}: {answer.problem}"
            for image, answer in answers.items()
            if answer.failure not in (None, Failure.UNKNOWN)
        ],
        warnings + _unknown_warnings(answers),
    )


def _inputs(
    spec: ImageCacheSpec, digests: Mapping[str, str], needed: float | None
) -> dict[str, Any]:
    images = digests if "images" in spec.unknown else spec.images
    held = {image: digests[image] for image in images if image in digests}
    return {**({DIGESTS: held} if held else {}), **({NEEDED: needed} if needed else {})}


def _weigh(lookup: Lookup, access: Access, answers: Mapping[str, Answer]) -> int | None:
    """Return the GiB that a cache of all images needs; None if an image is not known."""
    if any(answer.failure for answer in answers.values()):
        return None
    light = {
        str(replace(parse_reference(image), tag="", digest=answer.digest)): ""
        for image, answer in answers.items()
        if answer.layers is None
    }
    weighed = [*answers.values(), *lookup.resolve(access, light, platform=False).values()]
    if any(answer.failure for answer in weighed):
        return None
    return needed_gib(compressed_bytes(weighed))


def _access(connections: Connections, spec: ImageCacheSpec) -> tuple[Access, list[str]]:
    instances, warnings = [], []
    for info in spec.acr_registry_infos:
        try:
            connection = connections.registry_connection(spec, info.region_id)
        except ConfigurationError as error:
            warnings.append(f"acr_registry_infos: {info.instance_id}: {error}")
            continue
        domains = tuple(map(registry_host, info.domains))
        instances.append(Instance(info.instance_id, connection, info.instance_name, domains))
    logins = {
        registry_host(each.server): Login(each.user_name, each.password)
        for each in spec.image_registry_credentials
    }
    plain, insecure = map(_hosts, (spec.plain_http_registry, spec.insecure_registry))
    return Access(logins, tuple(instances), plain, insecure), warnings


def _hosts(text: str) -> frozenset[str]:
    return frozenset(registry_host(host) for host in text.split(",") if host.strip())


def _unknown_warnings(answers: Mapping[str, Answer]) -> list[str]:
    """Return one warning for each reason why images are not known."""
    images: dict[str, list[str]] = {}
    for image, answer in answers.items():
        if answer.failure is Failure.UNKNOWN:
            images.setdefault(answer.problem, []).append(printable(image))
    return [f"track_digests: {why}. {_still(names)}" for why, names in images.items()]


def _still(images: Sequence[str]) -> str:
    more = f" and {len(images) - _NAMED} more" if len(images) > _NAMED else ""
    return (
        f"The digests in state, if any, are kept for {', '.join(images[:_NAMED])}{more}, and "
        "nothing is rebuilt because of this."
    )


def _size_warnings(needed: int, size: int) -> list[str]:
    warning = (
        f"image_cache_size: the images take up to {needed / 2:g} GiB compressed, each layer "
        f"counted once, and the vendor advises twice that, {needed} GiB. The cache has {size} GiB: "
        f"set image_cache_size={needed}"
    )
    return [warning] if needed > size else []
