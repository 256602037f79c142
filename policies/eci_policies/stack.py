"""Rules for all caches of a stack: quota, names, shared images and storage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from pulumi_policy import EnforcementLevel, Severity

from eci_policies.cache import Cache, decided
from eci_policies.image import parse_image
from eci_policies.lifetime import is_lru, is_pinned
from eci_policies.rule import (
    CONFIGURATION_PAGE,
    CREATE_PAGE,
    OVERVIEW_PAGE,
    About,
    Finding,
    StackRule,
)
from eci_policies.secret import like
from eci_policies.settings import Setting, Settings

_QUOTA = Setting(
    "quota",
    500,
    "Image caches that the account may have in a region, as ListUsage returns. The default is the "
    "vendor's example.",
    {"minimum": 1},
)


def _cache_quota(caches: Sequence[Cache], settings: Settings) -> Iterator[Finding]:
    quota = settings.number("quota")
    for place, here in _by_place(caches).items():
        if len(here) > quota:
            evicted = sum(map(is_lru, here))
            yield Finding(
                f"The stack has {len(here)} image caches in {_words(place)}, and the quota is "
                f"{quota}. Further creations fail, or evict one of the {evicted} LRU caches."
            )


def _pinned_caches(caches: Sequence[Cache], settings: Settings) -> Iterator[Finding]:
    quota = settings.number("quota")
    for place, here in _by_place(caches).items():
        pinned = sum(map(is_pinned, here))
        if pinned >= quota:
            yield Finding(
                f"{pinned} of {len(here)} image caches in {_words(place)} are not LRU and fill "
                f"the quota of {quota}. The service cannot evict them for another cache."
            )


def _unique_names(caches: Sequence[Cache], _settings: Settings) -> Iterator[Finding]:
    for place, here in _by_place(caches).items():
        first: dict[str, Cache] = {}
        for cache in here:
            name = decided(cache, lambda found: found.text("imageCacheName"))
            if name and first.setdefault(name, cache) is not cache:
                yield Finding(
                    f"`{first[name].resource}` has the same imageCacheName `{name}` in "
                    f"{_words(place)}.",
                    cache.urn,
                )


def _overlapping_images(caches: Sequence[Cache], _settings: Settings) -> Iterator[Finding]:
    for here in _by_place(caches).values():
        first: dict[frozenset[str], Cache] = {}
        for cache in here:
            images = _image_set(cache)
            if images and first.setdefault(images, cache) is not cache:
                yield Finding(f"`{first[images].resource}` has the same images.", cache.urn)
        holders = _holders(first)
        for images, cache in first.items():
            shared = set.intersection(*sorted((holders[i] for i in images), key=len)) - {images}
            if shared:
                larger = first[max(shared, key=lambda found: (len(found), sorted(found)))]
                yield Finding(f"`{larger.resource}` has all images of this cache.", cache.urn)


def _storage_budget(caches: Sequence[Cache], settings: Settings) -> Iterator[Finding]:
    budget = settings.number("gib")
    sizes = [decided(cache, lambda found: found.size) or 0 for cache in caches]
    total = sum(sizes)
    if total > budget:
        yield Finding(
            f"The total size of the stack's image caches is {like(str(total), *sizes)} GiB, and "
            f"the budget is {budget} GiB."
        )


def _configuration(_caches: Sequence[Cache], settings: Settings) -> Iterator[Finding]:
    for message in settings.misspelt():
        yield Finding(message)


def _by_place(caches: Sequence[Cache]) -> Mapping[tuple[str, str], list[Cache]]:
    """Group caches by account and region; caches with an unknown place are left out."""
    places: dict[tuple[str, str], list[Cache]] = defaultdict(list)
    for cache in caches:
        place = decided(cache, lambda found: found.place)
        if place is not None:
            places[place].append(cache)
    return places


def _image_set(cache: Cache) -> frozenset[str]:
    """Return the images of a cache; an empty set if one of them is unknown."""
    items = decided(cache, lambda found: found.items("images")) or []
    known = [parse_image(item).canonical for item in items if isinstance(item, str)]
    return frozenset(known) if len(known) == len(items) else frozenset()


def _holders(first: Mapping[frozenset[str], Cache]) -> Mapping[str, set[frozenset[str]]]:
    holders: dict[str, set[frozenset[str]]] = defaultdict(set)
    for images in first:
        for image in images:
            holders[image].add(images)
    return holders


def _words(place: tuple[str, str]) -> str:
    account, region = place
    where = f"{region}" if region else "the provider's region"
    return f"{where} of `{account}`" if account else where


RULES = (
    StackRule(
        About(
            id="pack-configuration",
            title="Configuration of the pack",
            description="The configuration of the pack names only existing policies and settings.",
            severity=Severity.HIGH,
            level=EnforcementLevel.MANDATORY,
            fix="Correct the name in the configuration. The engine ignores unknown names and uses "
            "the defaults.",
            url=CONFIGURATION_PAGE,
        ),
        check=_configuration,
    ),
    StackRule(
        About(
            id="cache-quota",
            title="Quota of a region",
            description="A stack has no more image caches in a region than the quota allows.",
            severity=Severity.HIGH,
            level=EnforcementLevel.ADVISORY,
            fix="Remove caches, request a higher quota, or set `quota` to the value of ListUsage "
            "(`MaxImageCacheCount`).",
            url=OVERVIEW_PAGE,
            settings=(_QUOTA,),
        ),
        check=_cache_quota,
    ),
    StackRule(
        About(
            id="pinned-caches",
            title="Room for LRU caches",
            description="Image caches that are not LRU do not fill the quota of a region.",
            severity=Severity.HIGH,
            level=EnforcementLevel.ADVISORY,
            fix="Set `eliminationStrategy` to `LRU` for caches that may be evicted.",
            url=CREATE_PAGE,
            settings=(_QUOTA,),
        ),
        check=_pinned_caches,
    ),
    StackRule(
        About(
            id="unique-names",
            title="Unique names",
            description="No two image caches of a region have the same name.",
            severity=Severity.MEDIUM,
            level=EnforcementLevel.ADVISORY,
            fix="Change or remove one `imageCacheName`. Scripts that select caches by name may "
            "select the wrong cache. No document says whether the service refuses equal names.",
            url=CREATE_PAGE,
        ),
        check=_unique_names,
    ),
    StackRule(
        About(
            id="overlapping-images",
            title="Overlapping caches",
            description="No image cache of a region has only images that another cache also has.",
            severity=Severity.LOW,
            level=EnforcementLevel.ADVISORY,
            fix="Remove the smaller cache. An instance can start from the larger cache.",
            url=OVERVIEW_PAGE,
        ),
        check=_overlapping_images,
    ),
    StackRule(
        About(
            id="storage-budget",
            title="Storage budget",
            description="The total size of a stack's image caches is within the budget.",
            severity=Severity.MEDIUM,
            level=EnforcementLevel.ADVISORY,
            fix="Remove caches, reduce their size, or raise `gib`. You pay for snapshots as long "
            "as the caches exist.",
            url=OVERVIEW_PAGE,
            settings=(Setting("gib", 2000, "Largest total size in GiB.", {"minimum": 0}),),
        ),
        check=_storage_budget,
    ),
)
