"""Decides which cache the pods of a workload would start from, and explains missing images. Pure.

Sources: "Use ImageCache to accelerate the creation of pods" and "Pod annotations" of the vendor's
user guide. The default of `imagePullPolicy` is Kubernetes' default.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from pulumi_eci.model.reference import Reference, canonical, parse_reference
from pulumi_eci.model.state import FAILED, READY, UPDATE_FAILED
from pulumi_eci.program.manifests.workloads import Workload, WorkloadImage
from pulumi_eci_cli.listing.caches import Listed

_PREFIX = "k8s.aliyun.com/"
PINS = (f"{_PREFIX}eci-imc-id", f"{_PREFIX}eci-image-snapshot-id")
"""Annotations that name the cache to use, instead of matching; the newer annotation first."""
AUTOMATIC = (f"{_PREFIX}eci-auto-imc", f"{_PREFIX}eci-image-cache")
"""Annotations that turn matching off (it is on by default); the newer annotation first."""
PERFECT = f"{_PREFIX}imc-perfect-match"
LEAST = f"{_PREFIX}imc-match-count-request"
TOO_FEW = "too_few"
_ALL = (*PINS, *AUTOMATIC, PERFECT, LEAST)

Grade = Literal["full", "partial", "none"]
GRADES: tuple[Grade, ...] = ("none", "partial", "full")


@dataclass(frozen=True)
class Reason:
    """Why a pod has to pull an image, or does not start from a cache.

    Attributes:
        code: A stable code, such as `other_tag`.
        text: The explanation.
    """

    code: str
    text: str


@dataclass(frozen=True)
class ImageMatch:
    """An image of a workload; *reason* is None if the pod need not pull the image."""

    name: str
    reason: Reason | None


@dataclass(frozen=True)
class Service:
    """The difference to the service's own matching: ids of caches that only one side names."""

    only_service: tuple[str, ...] = ()
    only_here: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether both sides name the same caches."""
        return not self.only_service and not self.only_here


@dataclass(frozen=True)
class Match:
    """A workload and the cache of its pods.

    Attributes:
        workload: The workload.
        cache: The cache that the service would choose; None if no cache matches.
        images: Each image once.
        reason: Why there is no cache, if the reason concerns no single image.
        notes: Further information.
        service: The difference to the service's matching; None if not compared.
    """

    workload: Workload
    cache: Listed | None
    images: tuple[ImageMatch, ...]
    reason: Reason | None = None
    notes: tuple[Reason, ...] = ()
    service: Service | None = None

    @property
    def matched(self) -> int:
        """The number of images that a pod need not pull."""
        return sum(each.reason is None for each in self.images)

    @property
    def grade(self) -> Grade:
        """Whether the cache has all, some or none of the pod's images."""
        if self.matched == len(self.images):
            return "full"
        return "partial" if self.matched else "none"

    def meets(self, required: Grade) -> bool:
        """Whether the grade is *required* or better."""
        return GRADES.index(self.grade) >= GRADES.index(required)


class Caches:
    """The caches of a region, indexed by id and by image."""

    def __init__(self, listed: Iterable[Listed], now: datetime) -> None:
        """Index the caches *listed* as of the time *now*."""
        self.now = now
        self.by_id: dict[str, Listed] = {}
        self._by_image: dict[str, list[Listed]] = {}
        self._by_name: dict[tuple[str, str], list[tuple[str, Listed]]] = {}
        self._by_path: dict[str, list[tuple[str, Listed]]] = {}
        self._unusable: dict[str, Reason] = {}
        # By id, because pages may repeat a cache if caches are created during the listing.
        for cache in sorted({one.seen.image_cache_id: one for one in listed}.values(), key=_order):
            self.by_id[cache.seen.image_cache_id] = cache
            if (why := self._why(cache)) is not None:
                self._unusable[cache.seen.image_cache_id] = why
            names: dict[str, str] = {}
            for image in cache.seen.images or ():
                names.setdefault(canonical(image), image)
            for name, image in names.items():
                self._by_image.setdefault(name, []).append(cache)
                if (reference := _parsed(image)) is not None:
                    key = reference.host, reference.path
                    self._by_name.setdefault(key, []).append((image, cache))
                    self._by_path.setdefault(_path(reference), []).append((image, cache))

    def with_image(self, name: str) -> list[Listed]:
        """Return the caches with the image *name* (canonical), the best first."""
        return self._by_image.get(name, [])

    def with_other_tag(self, image: Reference) -> list[tuple[str, Listed]]:
        """Return images, with their caches, that differ from *image* only in tag or digest."""
        return self._by_name.get((image.host, image.path), [])

    def on_other_host(self, image: Reference) -> list[tuple[str, Listed]]:
        """Return images, with their caches, that have the path of *image* on any host."""
        return self._by_path.get(_path(image), [])

    def why_unusable(self, cache_id: str) -> Reason | None:
        """Return why no pod can start from a cache; None if pods can."""
        return self._unusable.get(cache_id)

    def usable(self, having: Iterable[Listed]) -> list[Listed]:
        """Return the caches of *having* that pods can start from."""
        return [one for one in having if one.seen.image_cache_id not in self._unusable]

    def _why(self, cache: Listed) -> Reason | None:
        seen = cache.seen
        if cache.expires is not None and cache.expires <= self.now:
            when = cache.expires.strftime("%Y-%m-%dT%H:%M:%SZ")
            return Reason("expired", f"{seen.image_cache_id} expired at {when}")
        if seen.status == READY:
            return None
        if seen.status in (FAILED, UPDATE_FAILED):
            return Reason("failed", f"{seen.image_cache_id} is {seen.status}")
        progress = f" {seen.progress}" if seen.progress else ""
        return Reason("building", f"{seen.image_cache_id} is {seen.status}{progress}")

    def counts(self, names: Iterable[str]) -> dict[str, int]:
        """Return how many of the canonical *names* each usable cache has, by cache id."""
        return Counter(
            cache.seen.image_cache_id
            for name in names
            for cache in self.with_image(name)
            if cache.seen.image_cache_id not in self._unusable
        )


def decide(workload: Workload, caches: Caches) -> Match:
    """Return the cache that the pods of *workload* would start from."""
    wanted = _wanted(workload)
    pin = _annotation(workload.annotations, PINS)
    cache, reason = _pinned(pin, caches) if pin else _matched(workload, wanted, caches)
    if reason is None or reason.code == TOO_FEW:
        whys = [_why_not(name, uses, workload, cache, caches) for name, uses in wanted.items()]
    else:
        whys = [reason] * len(wanted)
    images = tuple(
        ImageMatch(uses[0].name, why or reason)
        for uses, why in zip(wanted.values(), whys, strict=True)
    )
    if reason is not None and not pin:
        cache = None
    return Match(workload, cache, images, reason, tuple(_notes(workload, wanted, cache)))


def names(workload: Workload) -> dict[str, str]:
    """Return the images of a workload, by canonical name, in their first spelling."""
    return {name: uses[0].name for name, uses in _wanted(workload).items()}


def with_service(match: Match, caches: Caches, least: int, found: Sequence[Listed]) -> Match:
    """Return *match* with the difference to the service's own matching.

    Args:
        match: The match of this module.
        caches: The caches of the region.
        least: The number of images that a cache must have.
        found: The caches that the service returned.
    """
    here = {one for one, n in caches.counts(names(match.workload)).items() if n >= least}
    usable = Caches(found, caches.now).usable(found)
    there = {one.seen.image_cache_id for one in usable}
    service = Service(tuple(sorted(there - here)), tuple(sorted(here - there)))
    return replace(match, service=service)


def _wanted(workload: Workload) -> dict[str, list[WorkloadImage]]:
    wanted: dict[str, list[WorkloadImage]] = {}
    for image in workload.images:
        wanted.setdefault(canonical(image.name), []).append(image)
    return wanted


def _order(cache: Listed) -> tuple[float, float, str]:
    """Return the sort key for caches with equally many images: the largest, then the newest."""
    created = cache.created.timestamp() if cache.created is not None else 0.0
    return -(cache.seen.image_cache_size or 0), -created, cache.seen.image_cache_id


def _pinned(pin: str, caches: Caches) -> tuple[Listed | None, Reason | None]:
    cache = caches.by_id.get(pin)
    if cache is None:
        return None, Reason(
            "pin_missing", f"an annotation names {pin}, which does not exist in the region"
        )
    why = caches.why_unusable(pin)
    return cache, why and Reason(f"pin_{why.code}", f"an annotation names a cache, but {why.text}")


def _matched(
    workload: Workload, wanted: Mapping[str, object], caches: Caches
) -> tuple[Listed | None, Reason | None]:
    for name in AUTOMATIC:
        if value := workload.annotations.get(name):
            if value.lower() == "false":
                return None, Reason("matching_off", f"the annotation {name} turns matching off")
            break
    counts = caches.counts(wanted)
    if not counts:
        return None, None
    best = max(counts.values())
    chosen = min((caches.by_id[one] for one, n in counts.items() if n == best), key=_order)
    annotation, least = _least(workload.annotations, len(wanted))
    if best < least:
        has = f"{chosen.seen.image_cache_id} has {best} of {len(wanted)} images"
        return chosen, Reason(TOO_FEW, f"{has}, but the annotation {annotation} requires {least}")
    return chosen, None


def _least(annotations: Mapping[str, str], count: int) -> tuple[str, int]:
    if annotations.get(PERFECT, "").lower() == "true":
        return PERFECT, count
    least = annotations.get(LEAST, "")
    return LEAST, int(least) if least.isascii() and least.isdecimal() and len(least) < 5 else 0  # noqa: PLR2004 - digits


def _why_not(
    name: str,
    uses: Sequence[WorkloadImage],
    workload: Workload,
    cache: Listed | None,
    caches: Caches,
) -> Reason | None:
    """Return why a pod that starts from *cache* has to pull the image, or None."""
    having = caches.with_image(name)
    if any(each is cache for each in having):
        return _always(name, uses, workload)
    if usable := caches.usable(having):
        other = usable[0].seen.image_cache_id
        return Reason("other_cache", f"the image is in {other}, but a pod uses only one cache")
    if unusable := [caches.why_unusable(each.seen.image_cache_id) for each in having]:
        order = {"building": 0, "expired": 1, "failed": 2}
        return min((why for why in unusable if why), key=lambda why: order[why.code])
    reference = _parsed(name)
    if reference is None:
        return Reason("not_cached", "no cache has the image")
    for code, words, found in (
        ("other_tag", "other tag", caches.with_other_tag(reference)),
        ("other_host", "other registry host", caches.on_other_host(reference)),
    ):
        if found:
            same = [each for each in found if _tag(each[0]) == _tag(name)]
            some = same or found
            image, holder = next((each for each in some if caches.usable([each[1]])), some[0])
            also = " and tag" if code == "other_host" and not same else ""
            return Reason(code, f"{words}{also}: {holder.seen.image_cache_id} has {image}")
    return Reason("not_cached", "no cache has the image")


def _always(name: str, uses: Sequence[WorkloadImage], workload: Workload) -> Reason | None:
    if any(each.pull_policy.lower() == "always" for each in uses):
        return Reason("always_pulled", "imagePullPolicy is Always, so the image is always pulled")
    reference = _parsed(name)
    is_latest = reference is not None and reference.tag == "latest"
    if is_latest and workload.kind != "service" and any(not each.pull_policy for each in uses):
        return Reason(
            "always_pulled",
            "imagePullPolicy is not set, which means Always for the tag latest, so the image is "
            "always pulled",
        )
    return None


def _notes(
    workload: Workload, wanted: Mapping[str, Sequence[WorkloadImage]], cache: Listed | None
) -> Iterator[Reason]:
    for name in _ALL:
        if name in workload.of_resource and name not in workload.annotations:
            yield Reason(
                "annotation_misplaced",
                f"the annotation {name} is on the {workload.kind}, so pods do not get it: put it "
                "on the pod template",
            )
    spelt = {canonical(image): image for image in (cache.seen.images or () if cache else ())}
    for name, uses in wanted.items():
        if name in spelt and all(each.name != spelt[name] for each in uses):
            yield Reason(
                "spelling",
                f"{uses[0].name} is spelled {spelt[name]} in the cache. It is not documented "
                "whether the service treats both as one image: use --ask-service to find out",
            )


def _annotation(annotations: Mapping[str, str], keys: Iterable[str]) -> str:
    return next((annotations[name].strip() for name in keys if annotations.get(name)), "")


def _parsed(image: str) -> Reference | None:
    try:
        return parse_reference(image)
    except ValueError:
        return None


def _tag(image: str) -> tuple[str, str]:
    reference = _parsed(image)
    return (reference.tag, reference.digest) if reference is not None else ("", "")


def _path(reference: Reference) -> str:
    return reference.path.removeprefix("library/")
