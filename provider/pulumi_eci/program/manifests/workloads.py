"""Groups images by the pod that runs them. Pure."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from pulumi_eci.program.manifests.findings import Findings, Image, Pod
from pulumi_eci.program.manifests.kinds import WITHOUT_PODS


class WorkloadImage(NamedTuple):
    """An image of a pod."""

    name: str
    pull_policy: str
    """`imagePullPolicy` as written in the file; "" if not set."""
    found_in: str
    """File and line, `deploy/web.yaml:17`."""


class Workload(NamedTuple):
    """One pod template of a resource, or one service of a Compose file.

    Attributes:
        kind: The resource's kind; `service` for Compose.
        name: The resource's name, or "".
        namespace: The resource's namespace, or "".
        part: The name or path of the pod template in the resource; "" if there is only one.
        overlay: If several kustomizations change the images, the folder of this one, relative to
            the root of the patterns; else "".
        found_in: File and line of the first image.
        images: The images in the order of the file, at least one.
        annotations: The annotations of the pods.
        of_resource: The annotations of the resource, which its pods do not get.
    """

    kind: str
    name: str
    namespace: str
    part: str
    overlay: str
    found_in: str
    images: tuple[WorkloadImage, ...]
    annotations: Mapping[str, str]
    of_resource: Mapping[str, str]


def workloads(found: Mapping[str, Findings], root: str) -> list[Workload]:
    """Return the workloads of files.

    Args:
        found: The findings of each file, by the file's name.
        root: The absolute path that overlays are relative to.
    """
    return [
        each
        for name in sorted(found)
        for each in _of_file(name, found[name].images, root)
        if each.kind not in WITHOUT_PODS
    ]


def _of_file(name: str, images: Iterable[Image], root: str) -> Iterator[Workload]:
    pods: dict[Pod, list[Image]] = {}
    for image in images:
        pods.setdefault(image.pod, []).append(image)
    whose = Counter((pod.kind, pod.name, pod.namespace) for pod in pods)
    for pod, of_pod in sorted(pods.items(), key=lambda pair: pair[1][0].line):
        overlays = sorted({image.overlay for image in of_pod} - {""})
        is_only = whose[pod.kind, pod.name, pod.namespace] == 1
        for overlay in overlays or [""]:
            of_overlay = dict.fromkeys(
                WorkloadImage(image.name, image.pull_policy, f"{name}:{image.line}")
                for image in of_pod
                if image.overlay in ("", overlay)
            )
            yield Workload(
                pod.kind,
                pod.name,
                pod.namespace,
                "" if is_only else pod.part,
                posixpath.relpath(overlay, root) if len(overlays) > 1 else "",
                f"{name}:{of_pod[0].line}",
                tuple(of_overlay),
                pod.annotations,
                pod.of_resource,
            )
