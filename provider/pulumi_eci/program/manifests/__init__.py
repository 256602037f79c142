"""`images_in` and `workloads_in`: the images in Kubernetes manifests and Compose files. No network.

Only `files` reads the disk; all other modules are pure. `documents` parses the text. `resources`
finds images in resources with a `kind`, `compose` in Compose files. `kustomize` applies the changes
of kustomizations. `workloads` groups images by pod.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pulumi
from typing_extensions import Self

from pulumi_eci.program.manifests.findings import Findings
from pulumi_eci.program.manifests.kinds import ImagePaths, KindPaths
from pulumi_eci.program.manifests.reading import Reading
from pulumi_eci.program.manifests.workloads import Workload, workloads


class ManifestError(pulumi.RunError, ValueError):
    """Manifests are invalid or cannot be read. The message lists all problems by file and line."""


class ManifestImage(str):
    """An image reference, and the places in manifests that name it."""

    __slots__ = ("found_in",)

    found_in: tuple[str, ...]
    """File and line of each place, such as `deploy/web.yaml:17`."""

    def __new__(cls, name: str, found_in: tuple[str, ...] = ()) -> Self:
        """Create the image reference *name*, found in the places *found_in*."""
        image = super().__new__(cls, name)
        image.found_in = found_in
        return image

    def __getnewargs__(self) -> tuple[str, tuple[str, ...]]:  # type: ignore[override]
        """Return the arguments for copies, with the places."""
        return str(self), self.found_in


def images_in(
    *patterns: str | os.PathLike[str],
    root: str | os.PathLike[str] = ".",
    variables: Mapping[str, str] | None = None,
    image_paths: KindPaths | None = None,
) -> list[ManifestImage]:
    """Return the images in Kubernetes manifests and Compose files.

    Images are found in the lists of containers of all resources, at any depth; in image volumes; in
    known places of custom resources (`kinds.IMAGE_PATHS`); and in the services of Compose files.
    The `images` of a kustomization are applied to the files that the kustomization names. An
    `image` in an unknown place is left out, with one warning for each file.

    Args:
        patterns: Files or patterns, such as `deploy/**/*.yaml`; `**` matches any folders.
        root: The folder that patterns start from; by default the working directory.
        variables: Values for variables in image references, such as `{"TAG": "1.27"}`. They take
            precedence over the `.env` file beside a Compose file. Environment variables are not
            read; pass `os.environ` to use them.
        image_paths: More places of images, by kind or by kind and group
            (`Cluster.postgresql.cnpg.io`):
            `{"Shop": ["spec.image", "spec.workers[].image", "**.proxy.image"]}`.

    Returns:
        Image references, sorted, each once. `found_in` has the places of each.

    Raises:
        ManifestError: A pattern matches no file, a file cannot be read, an image reference is
            invalid, or a variable has no value. The message lists all problems.
    """
    found: dict[str, list[str]] = {}
    for name, findings in _read(patterns, root, variables, image_paths).items():
        for image, line in sorted({(image.name, image.line) for image in findings.images}):
            found.setdefault(image, []).append(f"{name}:{line}")
    return [ManifestImage(image, tuple(found[image])) for image in sorted(found)]


def workloads_in(
    *patterns: str | os.PathLike[str],
    root: str | os.PathLike[str] = ".",
    variables: Mapping[str, str] | None = None,
    image_paths: KindPaths | None = None,
) -> list[Workload]:
    """Return the pod templates in Kubernetes manifests, and the services in Compose files.

    Arguments, errors and images are those of `images_in`.

    Returns:
        Workloads sorted by file and line. If several Kustomize overlays change the images of one
        workload, there is one entry for each overlay.
    """
    found = _read(patterns, root, variables, image_paths)
    return workloads(found, os.path.abspath(_path("root", root)))  # noqa: PTH100 - as kustomize has it


def _read(
    patterns: tuple[str | os.PathLike[str], ...],
    root: str | os.PathLike[str],
    variables: Mapping[str, str] | None,
    image_paths: KindPaths | None,
) -> dict[str, Findings]:
    if not patterns:
        raise ManifestError("images_in: give a pattern, such as images_in('deploy/**/*.yaml')")
    reading = Reading(
        Path(_path("root", root)), _variables(variables or {}), _image_paths(image_paths or {})
    )
    found = reading.read([_path("pattern", each) for each in patterns])
    if reading.problems:
        raise ManifestError("\n".join(reading.problems))
    for warning in reading.warnings:
        pulumi.log.warn(warning)
    return found


def _path(what: str, path: object) -> str:
    if isinstance(path, os.PathLike):
        path = os.fspath(path)
    if not isinstance(path, str):
        raise ManifestError(
            f"images_in: a {what} must be a string or a Path, not {type(path).__name__}; pass "
            "several patterns as separate arguments: images_in('a/*.yaml', 'b/*.yaml')"
        )
    return path


def _variables(variables: object) -> dict[str, str]:
    if not isinstance(variables, Mapping):
        raise ManifestError("images_in: `variables` must be a map from names to strings")
    for name, value in variables.items():
        if not isinstance(name, str) or isinstance(value, bool) or not isinstance(value, str | int):
            raise ManifestError(
                f"images_in: `variables`: the value of {name} is {type(value).__name__}; names and "
                "values must be strings, not outputs"
            )
    return {name: str(value) for name, value in variables.items()}


def _image_paths(image_paths: KindPaths) -> ImagePaths:
    try:
        return ImagePaths(image_paths)
    except ValueError as error:
        raise ManifestError(f"images_in: {error}") from None
