"""Which images a cache may hold: pinned ones, from registries that are trusted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, Severity

from eci_policies.cache import Cache
from eci_policies.image import Image
from eci_policies.rule import IMAGE_PAGE, About, Rule
from eci_policies.settings import Setting, Settings, matches_glob

_DIGEST = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,}")


def _images_pinned(cache: Cache, settings: Settings) -> Iterator[str]:
    for image in cache.images():
        if not image.comes_from(settings.texts("exceptImages")):
            problem = _floats(image, settings)
            if problem:
                yield f"The image `{image.text}` {problem}."


def _floats(image: Image, settings: Settings) -> str:
    if _DIGEST.fullmatch(image.digest):
        return ""
    if settings.flag("requireDigest"):
        return "has no digest, as in `@sha256:…`"
    if not image.tag:
        return "has no tag, which means `latest`"
    if matches_glob(image.tag, settings.texts("floatingTags")):
        return f"has the tag `{image.tag}`, which another image may bear tomorrow"
    return ""


def _allowed_registries(cache: Cache, settings: Settings) -> Iterator[str]:
    allowed = settings.texts("registries")
    for image in cache.images():
        if allowed and not image.comes_from(allowed):
            names = ", ".join(f"`{name}`" for name in allowed)
            yield f"The image `{image.text}` comes from `{image.host}`; allowed: {names}."


RULES = (
    Rule(
        About(
            id="images-pinned",
            title="Pinned images",
            description="An image cache names exactly the images that it holds.",
            severity=Severity.MEDIUM,
            level=EnforcementLevel.ADVISORY,
            fix="Name a version, or a digest. A cache is pulled once: with a floating tag, "
            "instances start another image than the cache holds, and pull it.",
            url=IMAGE_PAGE,
            settings=(
                Setting("floatingTags", ["latest"], "Globs for tags that are not allowed."),
                Setting("requireDigest", default=False, description="Whether a tag is not enough."),
                Setting(
                    "exceptImages",
                    [],
                    "Globs for the host, or for `host/repository`, that are left alone.",
                ),
            ),
        ),
        check=_images_pinned,
    ),
    Rule(
        About(
            id="allowed-registries",
            title="Allowed registries",
            description="An image cache holds images of trusted registries alone.",
            severity=Severity.HIGH,
            level=EnforcementLevel.MANDATORY,
            fix="Pull the image from an allowed registry, or allow its own in `registries`.",
            url=IMAGE_PAGE,
            settings=(
                Setting(
                    "registries",
                    [],
                    "Globs for the host, or for `host/repository`; Docker Hub is `docker.io`. An "
                    "empty list allows all.",
                ),
            ),
        ),
        check=_allowed_registries,
    ),
)
