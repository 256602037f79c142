"""Rules for the images of a cache: pinned images, from trusted registries."""

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
        return f"has the tag `{image.tag}`, which may move to another image"
    return ""


def _allowed_registries(cache: Cache, settings: Settings) -> Iterator[str]:
    allowed = settings.texts("registries")
    for image in cache.images():
        if allowed and not image.comes_from(allowed):
            names = ", ".join(f"`{name}`" for name in allowed)
            yield f"The image `{image.text}` is from `{image.host}`. Allowed registries: {names}."


RULES = (
    Rule(
        About(
            id="images-pinned",
            title="Pinned images",
            description="The images of a cache have a fixed tag or a digest.",
            severity=Severity.MEDIUM,
            level=EnforcementLevel.ADVISORY,
            fix="Use a version tag or a digest. A cache pulls its images once. If a tag moves "
            "later, instances pull the new image again.",
            url=IMAGE_PAGE,
            settings=(
                Setting("floatingTags", ["latest"], "Globs for tags that are not allowed."),
                Setting("requireDigest", default=False, description="Whether to require a digest."),
                Setting(
                    "exceptImages",
                    [],
                    "Exceptions: globs for the host, or for `host/repository`.",
                ),
            ),
        ),
        check=_images_pinned,
    ),
    Rule(
        About(
            id="allowed-registries",
            title="Allowed registries",
            description="All images of a cache are from trusted registries.",
            severity=Severity.HIGH,
            level=EnforcementLevel.MANDATORY,
            fix="Pull the image from an allowed registry, or add its registry to `registries`.",
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
