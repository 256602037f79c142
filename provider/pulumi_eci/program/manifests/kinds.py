"""The table of custom resources that name images, with the paths of the images. Pure.

Lists of containers need no row, because `resources` finds them at any depth. Sources: the custom
resource definitions of each project.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

CONTAINER_LISTS = ("containers", "initContainers", "ephemeralContainers")
IN_A_POD = (*CONTAINER_LISTS, "container", "script", "sidecars", "stepTemplate", "steps", "volumes")
"""Keys, in the map of a pod, of the objects that hold images."""

Paths = frozenset[tuple[str, ...]]
"""The rest of paths below a place; () if the place itself is an image."""
KindPaths = Mapping[str, str | Iterable[str]]

_ARGO = ("**.container.image", "**.script.image", "**.sidecars[].image")
_TEKTON = ("**.steps[].image", "**.sidecars[].image", "**.stepTemplate.image")
_RAY = ("**.autoscalerOptions.image",)
_SPEC = ("spec.image",)


def _spark(spec: str) -> tuple[str, ...]:
    parts = ("", ".driver", ".executor", ".driver.sidecars[]", ".executor.sidecars[]")
    return tuple(f"{spec}{part}.image" for part in parts)


IMAGE_PATHS: dict[str, tuple[str, ...]] = {
    # Argo Workflows and Argo Events; Argo Rollouts has lists of containers.
    **dict.fromkeys(
        ("Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow"), _ARGO
    ),
    **dict.fromkeys(("Sensor", "EventSource"), ("**.container.image",)),
    # Tekton and Shipwright
    **dict.fromkeys(("Task", "ClusterTask", "TaskRun", "Pipeline", "PipelineRun"), _TEKTON),
    "StepAction": _SPEC,
    **dict.fromkeys(
        ("BuildStrategy", "ClusterBuildStrategy"), ("spec.steps[].image", "spec.buildSteps[].image")
    ),
    # Data and machine learning
    **dict.fromkeys(("RayCluster", "RayJob", "RayService"), _RAY),
    "SparkApplication": _spark("spec"),
    "ScheduledSparkApplication": _spark("spec.template"),
    "SparkConnect": _SPEC,
    "FlinkDeployment": _SPEC,
    "TrainJob": ("spec.trainer.image",),
    "InferenceService": ("spec.predictor.model.image",),
    # Operators
    **dict.fromkeys(
        ("Prometheus", "PrometheusAgent", "Alertmanager", "ThanosRuler"),
        ("spec.image", "spec.thanos.image"),
    ),
    "OpenTelemetryCollector": _SPEC,
    **dict.fromkeys(
        ("Elasticsearch", "Kibana", "ApmServer", "Beat", "EnterpriseSearch", "Logstash"), _SPEC
    ),
    "Kafka": (
        "spec.kafka.image",
        "spec.zookeeper.image",
        "spec.entityOperator.topicOperator.image",
        "spec.entityOperator.userOperator.image",
        "spec.kafkaExporter.image",
        "spec.cruiseControl.image",
    ),
    **dict.fromkeys(
        ("KafkaConnect", "KafkaMirrorMaker", "KafkaMirrorMaker2", "KafkaBridge"), _SPEC
    ),
    "Cluster.postgresql.cnpg.io": ("spec.imageName",),
    "Tenant.minio.min.io": _SPEC,
    "RabbitmqCluster": _SPEC,
    "CephCluster": ("spec.cephVersion.image",),
    # Resources that pull images
    "ImageCache.eci.alibabacloud.com": ("spec.images[]",),
    "ImageCache.kubefledged.io": ("spec.cacheSpec[].images[]", "spec.cacheSpec[].images[].name"),
    "ImagePullJob": _SPEC,
    "ImageListPullJob": ("spec.images[]",),
}

WITHOUT_PODS = frozenset({"ImageCache", "ImagePullJob", "ImageListPullJob"})
"""Kinds that pull images and run no pod."""

WITHOUT_IMAGES = frozenset({"CustomResourceDefinition", "ConfigMap", "Secret"})
"""Kinds that hold schemas and data, not images to run."""

POLICY_GROUPS = frozenset({"kyverno.io", "policies.kyverno.io"})
"""API groups whose lists of containers are patterns."""

SCHEMAS = frozenset({"schema", "openAPIV3Schema", "openAPIV2Schema", "jsonSchema"})

_SEGMENT = r"[^.\[\]]+(?:\[\])*"
_PATH = re.compile(rf"(?:\*\*\.)?{_SEGMENT}(?:\.{_SEGMENT})*")


class ImagePaths:
    """The paths of images in all known kinds."""

    def __init__(self, more: Any) -> None:  # noqa: ANN401 - of a program, as `KindPaths`
        """Add the program's paths to the table.

        Raises:
            ValueError: A path is invalid.
        """
        if not isinstance(more, Mapping):
            raise ValueError("`image_paths` must be a map from kinds to paths")  # noqa: TRY004 - one error
        self._paths: dict[str, Paths] = {}
        for table in (IMAGE_PATHS, more):
            for kind, paths in table.items():
                is_several = isinstance(paths, Iterable) and not isinstance(paths, str)
                added = {_parsed(kind, path) for path in (paths if is_several else [paths])}
                self._paths[kind] = self._paths.get(kind, frozenset()) | added

    def of(self, kind: str, api_version: str) -> Paths | None:
        """Return the paths of images in resources of *kind*, apart from lists of containers.

        None if such resources run no images.
        """
        group = api_version.rpartition("/")[0]
        if kind in WITHOUT_IMAGES or group in POLICY_GROUPS:
            return None
        return self._paths.get(kind, frozenset()) | self._paths.get(f"{kind}.{group}", frozenset())


def below(paths: Paths, key: str) -> Paths:
    """Return the rest of *paths* below *key*; the key `[]` stands for the members of a list."""
    if not paths:
        return paths
    left = {path for path in paths if path[:1] == ("**",)}
    for path in paths:
        rest = path[1:] if path[:1] == ("**",) else path
        if rest[:1] == (key,) or (rest[:1] == ("*",) and key != "[]"):
            left.add(rest[1:])
    return frozenset(left)


def _parsed(kind: object, path: object) -> tuple[str, ...]:
    if not isinstance(kind, str) or not isinstance(path, str) or not _PATH.fullmatch(path):
        raise ValueError(
            f"`image_paths` of {kind}: {path!r} is not a path. A path consists of keys separated "
            "by dots, `[]` for all members of a list, `*` for any key and a leading `**` for any "
            "depth, as in `spec.workers[].image`"
        )
    keys: list[str] = []
    for part in path.split("."):
        key = part.rstrip("[]")
        keys += [key, *["[]"] * ((len(part) - len(key)) // 2)]
    return tuple(keys)
