"""The images of a cache as their registries have them, for check: digests, problems and sizes.

What is found out is kept among the inputs, as a made-up name is: the next check knows which digest
an image had, and the program's own inputs say nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pulumi_eci.api.errors import ConfigurationError
from pulumi_eci.model.parse import parse
from pulumi_eci.model.reference import parse_reference, registry_host
from pulumi_eci.model.spec import ImageCacheSpec
from pulumi_eci.model.state import DIGESTS
from pulumi_eci.model.text import printable
from pulumi_eci.operations.services import Services
from pulumi_eci.registry.access import Access, Instance, Login
from pulumi_eci.registry.answer import GIB, Answer, Trouble, compressed_bytes, needed_gib
from pulumi_eci.registry.lookup import Lookup

MANIFESTS = "__manifests"
"""By image, the digest of the manifest for our platform, where it is another than the image's: the
layers can be counted again with one request. The engine hides keys that begin with `__`."""
COMPRESSED = "__compressed"
"""The compressed bytes of all images of the digests that are known, each layer once."""
TRACKED = (DIGESTS, MANIFESTS, COMPRESSED)

TRACKED = (DIGESTS, MANIFESTS, COMPRESSED)

_LOGINS_AND_TLS = (
    "imageRegistryCredentials",
    "acrRegistryInfos",
    "insecureRegistry",
    "plainHttpRegistry",
)
ASKED = ("region", "images", "connection", *_LOGINS_AND_TLS)
"""The properties that say what is asked, and how."""
_NAMED = 5  # images that a warning names

Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Tracked:
    """What a check learns from registries: inputs to keep, and sentences for the user."""

    inputs: dict[str, Any]
    failures: list[str]
    warnings: list[str]


def track(services: Services, lookup: Lookup, spec: ImageCacheSpec, olds: Properties) -> Tracked:
    """Ask the registries of *spec*'s images for what they are now.

    Args:
        services: The connections, for Container Registry's API.
        lookup: All that this run asks registries for.
        spec: What the program wants, and what of it is not known yet.
        olds: The inputs that state has, with what an earlier check kept.
    """
    known = _read(olds)
    if spec.unknown.intersection(_LOGINS_AND_TLS):
        return Tracked(_write(spec, known), [], [])
    access, warnings = _access(services, spec)
    answers = lookup.look(access, {image: known.digests.get(image, "") for image in spec.images})
    named = {image: answer for image, answer in answers.items() if answer.digest}
    now = _Known(
        {**known.digests, **{image: answer.digest for image, answer in named.items()}},
        {
            **known.manifests,
            **{i: answer.manifest for i, answer in named.items() if answer.manifest},
        },
    )
    is_same = known.digests.keys() == set(spec.images) and now.digests == known.digests
    compressed = known.compressed if is_same else None
    if compressed is None:
        compressed = _weigh(lookup, access, answers, now)
    if compressed is not None and "imageCacheSize" not in spec.unknown:
        warnings += _size_warnings(compressed, spec.image_cache_size)
    return Tracked(
        _write(spec, replace(now, compressed=compressed)),
        [
            f"images: {printable(image)}: {answer.problem}"
            for image, answer in answers.items()
            if answer.trouble not in (None, Trouble.UNKNOWN)
        ],
        warnings + _unknown_warnings(answers),
    )


@dataclass(frozen=True)
class _Known:
    digests: Mapping[str, str]
    manifests: Mapping[str, str]
    compressed: int | None = None


def _read(olds: Properties) -> _Known:
    compressed = olds.get(COMPRESSED)
    digests, manifests = (
        parse({DIGESTS: olds.get(name)}).spec.image_digests for name in (DIGESTS, MANIFESTS)
    )
    return _Known(
        digests, manifests, int(compressed) if isinstance(compressed, int | float) else None
    )


def _write(spec: ImageCacheSpec, known: _Known) -> dict[str, Any]:
    """Spell as inputs what is known of the images of *spec*, whose list may not be known yet."""
    images = known.digests if "images" in spec.unknown else spec.images
    held = {
        DIGESTS: {i: known.digests[i] for i in images if i in known.digests},
        MANIFESTS: {
            i: known.manifests[i]
            for i in images
            if known.manifests.get(i, known.digests.get(i)) != known.digests.get(i)
        },
        COMPRESSED: known.compressed,
    }
    return {name: value for name, value in held.items() if value not in (None, {})}


def _weigh(
    lookup: Lookup, access: Access, answers: Mapping[str, Answer], now: _Known
) -> int | None:
    """Sum the compressed layers of all images; None if one of them is not known."""
    if any(answer.trouble for answer in answers.values()):
        return None
    light = [image for image, answer in answers.items() if answer.layers is None]
    manifests = {
        str(
            replace(
                parse_reference(image),
                tag="",
                digest=now.manifests.get(image, now.digests[image]),
            )
        ): ""
        for image in light
    }
    weighed = [
        *(answer for answer in answers.values() if answer.layers is not None),
        *lookup.look(access, manifests, platform=False).values(),
    ]
    if any(answer.layers is None for answer in weighed):
        return None
    return compressed_bytes(weighed)


def _access(services: Services, spec: ImageCacheSpec) -> tuple[Access, list[str]]:
    instances, warnings = [], []
    for info in spec.acr_registry_infos:
        try:
            connection = services.registry_connection(spec, info.region_id)
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
    """Say of which images nothing is known, once for each reason."""
    images: dict[str, list[str]] = {}
    for image, answer in answers.items():
        if answer.trouble is Trouble.UNKNOWN:
            images.setdefault(answer.problem, []).append(printable(image))
    return [f"track_digests: {why}. {_still(names)}" for why, names in images.items()]


def _still(images: Sequence[str]) -> str:
    more = f" and {len(images) - _NAMED} more" if len(images) > _NAMED else ""
    return (
        f"The last known digests of {', '.join(images[:_NAMED])}{more} are kept, and nothing is "
        "rebuilt because of that."
    )


def _size_warnings(compressed: int, size: int) -> list[str]:
    needed = needed_gib(compressed)
    warning = (
        f"image_cache_size: the images are {compressed / GIB:.1f} GiB compressed, each layer "
        f"counted once, and the vendor advises twice that. The cache has {size} GiB: set "
        f"image_cache_size={needed}"
    )
    return [warning] if needed > size else []
