"""How large a cache is, and how many images it holds."""

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
        yield f"The imageCacheSize is {size} GiB; {least} to {most} GiB are allowed."


def _image_count(cache: Cache, settings: Settings) -> Iterator[str]:
    count, most = len(cache.items("images")), settings.number("maximum")
    if count > most:
        yield f"The cache has {count} images, and at most {most} are allowed."


RULES = (
    Rule(
        About(
            id="cache-size",
            title="Size of the cache",
            description="The size of an image cache is within bounds.",
            severity=Severity.HIGH,
            level=EnforcementLevel.MANDATORY,
            fix="Set `imageCacheSize` to about twice the size of all images. Its snapshot is paid "
            "for as long as the cache lives, and the service takes 20 GiB for an absent size.",
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
            description="An image cache holds no more images than the service takes.",
            severity=Severity.HIGH,
            level=EnforcementLevel.MANDATORY,
            fix="Remove images from `images`, or declare another cache for some of them.",
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
