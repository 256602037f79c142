"""`images_in`: the container images of Kubernetes manifests and Compose files. No network.

Documents are read as YAML nodes, not as values: a node knows its line, and a tag of some other tool
need not be understood.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import yaml
from typing_extensions import Self

Node = Any  # a yaml.Node; PyYAML ships no types

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where it was built
_IMAGE = re.compile(r"[\w\[][\w.:/@\[\]-]*", re.ASCII)
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
# Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, and most custom resources that run pods.
_WORKLOAD = ("spec", "template", "spec")
_POD_SPECS: dict[str, tuple[str, ...]] = {
    "Pod": ("spec",),
    "PodTemplate": ("template", "spec"),
    "CronJob": ("spec", "jobTemplate", *_WORKLOAD),
}
_DEEPEST_LIST = 10


class ManifestError(pulumi.RunError, ValueError):
    """A manifest cannot be read; the text begins with its file and line."""


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


def images_in(*patterns: str, root: str | Path = ".") -> list[ManifestImage]:
    """Find the images of Kubernetes manifests and Compose files.

    Read are pods, whatever has a pod template (Deployment, StatefulSet, DaemonSet, Job, CronJob,
    custom resources of that shape), lists of them, init and ephemeral containers, files of several
    documents, and the services of Compose files. Other documents are passed over.

    Args:
        patterns: Files, `**` for any folders, such as `deploy/**/*.yaml`.
        root: The folder that patterns start from; by default the program's.

    Returns:
        Names, sorted, each once; `found_in` says where each was found.

    Raises:
        ManifestError: A pattern matches nothing, or a file is no YAML or names no valid image.
    """
    found: dict[str, list[str]] = {}
    for name in _files(patterns, root):
        for image, line in _images(name, _read(Path(root) / name, name)):
            found.setdefault(image, []).append(f"{name}:{line}")
    return [ManifestImage(image, tuple(found[image])) for image in sorted(found)]


def _files(patterns: tuple[str, ...], root: str | Path) -> list[str]:
    names: set[str] = set()
    for pattern in patterns:
        # Not Path.glob: it refuses absolute patterns and takes hidden files.
        matches = glob.glob(pattern, root_dir=root, recursive=True)  # noqa: PTH207
        files = [name for name in matches if (Path(root) / name).is_file()]
        if not files:
            raise ManifestError(f"no file matches {pattern} in {Path(root).resolve()}")
        names.update(files)
    return sorted(names)


def _read(path: Path, name: str) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ManifestError(f"{name}: {error.strerror}") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ManifestError(f"{name}:{line}: not UTF-8 text") from None


def _images(name: str, text: str) -> Iterator[tuple[str, int]]:
    """Yield each image that the file *name* names, with its line."""
    try:
        for document in yaml.compose_all(text, Loader=_LOADER):
            for container in _containers(document):
                if (image := _get(container, "image")) is not None:
                    yield from _image(name, image)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ManifestError(_broken(name, text, mark.line + 1, error.problem)) from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise ManifestError(_broken(name, text, line, error.reason)) from None
    except RecursionError:
        raise ManifestError(f"{name}: nested too deeply") from None


def _broken(name: str, text: str, line: int, problem: str) -> str:
    hint = " (a template? Render it first, as with `helm template`)" if "{{" in text else ""
    return f"{name}:{line}: not valid YAML: {problem}{hint}"


def _image(name: str, node: Node) -> Iterator[tuple[str, int]]:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.ScalarNode):
        raise ManifestError(f"{name}:{line}: `image` must be a string")
    if node.tag.endswith(":null") or not node.value:
        return
    if not _IMAGE.fullmatch(node.value):
        raise ManifestError(
            f"{name}:{line}: `image` is not the name of an image; where it holds a template or "
            "a variable, render the file first (`helm template`, `docker compose config`)"
        )
    yield node.value, line


def _containers(document: Node, depth: int = 0) -> Iterator[Node]:
    """Yield the nodes of everything in *document* that has an image."""
    kind = _get(document, "kind")
    if kind is None:
        yield from _values(_get(document, "services"))
        return
    if depth < _DEEPEST_LIST:
        for item in _items(_get(document, "items")):
            yield from _containers(item, depth + 1)
    path = _POD_SPECS.get(kind.value, _WORKLOAD) if isinstance(kind, yaml.ScalarNode) else ()
    pod = document
    for key in path:
        pod = _get(pod, key)
    for key in _CONTAINERS:
        yield from _items(_get(pod, key))


def _get(node: Node, key: str) -> Node:
    """Return what the mapping *node* has for *key*; None if it is no mapping or has none."""
    if not isinstance(node, yaml.MappingNode):
        return None
    if any(name.tag.endswith(":merge") for name, _ in node.value):
        yaml.SafeLoader("").flatten_mapping(node)  # `<<: *defaults`
    return next((value for name, value in reversed(node.value) if name.value == key), None)


def _items(node: Node) -> list[Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _values(node: Node) -> list[Node]:
    return [value for _, value in node.value] if isinstance(node, yaml.MappingNode) else []
