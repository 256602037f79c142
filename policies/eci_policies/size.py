"""Rules for the size of a cache and the number of its images."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, Severity

from eci_policies.cache import Cache
from eci_policies.rule import CREATE_PAGE, OVERVIEW_PAGE, About, Rule
from eci_policies.settings import Setting, Settings

SMALLEST_SIZE, LARGEST_SIZE = 20, 32768
MAX_IMAGES = 20


def _cache_size(cache: Cache, settings: Settings) -> Iterator[str]:
    size = cache.size
    least, most = settings.number("minimum"), settings.number("maximum")
    if not least <= size <= most:
        yield f"The imageCacheSize is {size} GiB. Allowed: {least} to {most} GiB."


def _image_count(cache: Cache, settings: Settings) -> Iterator[str]:
    count, most = len(cache.items("images")), settings.number("maximum")
    if count > most:
        yield f"The cache has {count} images. Allowed: at most {most}."


RULES = (
    Rule(
        About(
            id="cache-size",
            title="Size of the cache",
            description="The size of an image cache is within bounds.",
            severity=Severity.HIGH,
            level=EnforcementLevel.MANDATORY,
            fix="Set `imageCacheSize` to about twice the size of all images. You pay for the "
            "snapshot as long as the cache exists. The default is 20 GiB.",
            url=CREATE_PAGE,
            settings=(
                Setting("minimum", SMALLEST_SIZE, "Smallest size in GiB.", {"minimum": 1}),
                Setting(
                    "maximum",
                    LARGEST_SIZE,
                    "Largest size in GiB.",
                    {"minimum": SMALLEST_SIZE, "maximum": LARGEST_SIZE},
                ),
            ),
        ),
        check=_cache_size,
    ),
    Rule(
        About(
            id="image-count",
            title="Number of images",
            description="An image cache has no more images than the service allows.",
            severity=Severity.HIGH,
            level=EnforcementLevel.MANDATORY,
            fix="Remove images from `images`, or declare a second cache.",
            url=OVERVIEW_PAGE,
            settings=(
                Setting(
                    "maximum",
                    MAX_IMAGES,
                    "Most images allowed.",
                    {"minimum": 1, "maximum": MAX_IMAGES},
                ),
            ),
        ),
        check=_image_count,
    ),
)
