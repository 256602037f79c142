"""`images_in`, `workloads_in`: what Kubernetes manifests and Compose files run. No network.

Files are found and read in `files`; from there on all is pure: text -> `documents` -> images, by
`resources` for what has a `kind`, by `compose`, and by `kustomize` for what that changes;
`workloads` puts the images of each pod together.
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
    """Manifests cannot be read; the text has all reasons, each with file and line."""


class ManifestImage(str):
    """The name of an image, and where manifests name it."""

    __slots__ = ("found_in",)

    found_in: tuple[str, ...]
    """File and line of each place, such as `deploy/web.yaml:17`."""

    def __new__(cls, name: str, found_in: tuple[str, ...] = ()) -> Self:
        """Make the name *name* that is found in *found_in*."""
        image = super().__new__(cls, name)
        image.found_in = found_in
        return image

    def __getnewargs__(self) -> tuple[str, tuple[str, ...]]:  # type: ignore[override]
        """Let copies know where they were found too."""
        return str(self), self.found_in


def images_in(
    *patterns: str | os.PathLike[str],
    root: str | os.PathLike[str] = ".",
    variables: Mapping[str, str] | None = None,
    image_paths: KindPaths | None = None,
) -> list[ManifestImage]:
    """Find the images of Kubernetes manifests and Compose files.

    Read are the lists of containers of all resources, at any depth; image volumes; what custom
    resources name in places that are known (`kinds.IMAGE_PATHS`); and the services of Compose
    files. The `images` of a kustomization are applied to the files that it names. An `image` in a
    place that is not known is left out, with one warning a file.

    Args:
        patterns: Files, `**` for any folders, such as `deploy/**/*.yaml`.
        root: The folder that patterns start from; by default the program's.
        variables: Values for variables in names, such as `{"TAG": "1.27"}`. They come before those
            of the `.env` file beside a Compose file. The environment of the program is not read:
            `os.environ` may be given.
        image_paths: By kind, or kind and group (`Cluster.postgresql.cnpg.io`), more places of
            images: `{"Shop": ["spec.image", "spec.workers[].image", "**.proxy.image"]}`.

    Returns:
        Names, sorted, each once; `found_in` says where each was found.

    Raises:
        ManifestError: A pattern matches nothing, a file cannot be read or names no valid image, or
            a variable has no value. All such problems are told at once.
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
    """Find what Kubernetes manifests and Compose files run, each pod template with its images.

    Arguments and errors are those of `images_in`; the images are the same.

    Returns:
        Workloads by file and line; one for each overlay of Kustomize that changes its images.
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
        raise ManifestError("images_in: name files, such as images_in('deploy/**/*.yaml')")
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
            f"images_in: a {what} is a string or a Path, not {type(path).__name__}; several "
            "patterns are given one by one: images_in('a/*.yaml', 'b/*.yaml')"
        )
    return path


def _variables(variables: object) -> dict[str, str]:
    if not isinstance(variables, Mapping):
        raise ManifestError("images_in: `variables` is a map of names and strings")
    for name, value in variables.items():
        if not isinstance(name, str) or isinstance(value, bool) or not isinstance(value, str | int):
            raise ManifestError(
                f"images_in: `variables`: {name} is {type(value).__name__}; names and values must "
                "be strings that are known when the program runs"
            )
    return {name: str(value) for name, value in variables.items()}


def _image_paths(image_paths: KindPaths) -> ImagePaths:
    try:
        return ImagePaths(image_paths)
    except ValueError as error:
        raise ManifestError(f"images_in: {error}") from None
