"""The workloads of manifests: the images that start together, and the annotations of the pods."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulumi_eci.program.manifests import workloads_in

TEMPLATE = """
    metadata: {annotations: {k8s.aliyun.com/eci-imc-id: imc-1}}
    spec:
      initContainers: [{name: i, image: 'init:1'}]
      containers: [{name: a, image: 'web:1', imagePullPolicy: Always}, {name: b, image: 'side:1'}]
      volumes: [{name: v, image: {reference: 'data:1', pullPolicy: Never}}]
"""
IMAGES = [("init:1", ""), ("web:1", "Always"), ("side:1", ""), ("data:1", "Never")]
FOUND = {
    "deployment": (
        (
            "kind: Deployment\nmetadata: {name: web, namespace: shop, annotations: {a: b}}\n"
            f"spec:\n  template:{TEMPLATE}"
        ),
        [("Deployment", "web", "", IMAGES)],
    ),
    "cron job in a list": (
        (
            "kind: List\nitems:\n- kind: CronJob\n  metadata: {name: web, namespace: shop}\n"
            "  spec: {jobTemplate: {spec: {template: {spec: {containers: [{image: 'a:1'}]}}}}}\n"
        ),
        [("CronJob", "web", "", [("a:1", "")])],
    ),
    "pods that share an alias": (
        (
            "kind: RayCluster\nspec:\n  headGroupSpec: {template: {spec: &pod {containers: "
            "[{image: 'a:1'}]}}}\n  workerGroupSpecs: [{template: {spec: *pod}}]\n"
        ),
        [
            ("RayCluster", "", "spec.headGroupSpec.template.spec", [("a:1", "")]),
            ("RayCluster", "", "spec.workerGroupSpecs[].template.spec", [("a:1", "")]),
        ],
    ),
    "templates of Argo": (
        (
            "kind: Workflow\nmetadata: {generateName: run-}\nspec:\n  templates:\n"
            "  - {name: one, container: {image: 'a:1'}, sidecars: [{image: 'b:1'}]}\n"
            "  - {name: two, script: {image: 'c:1'}}\n"
        ),
        [
            ("Workflow", "run-*", "one", [("a:1", ""), ("b:1", "")]),
            ("Workflow", "run-*", "two", [("c:1", "")]),
        ],
    ),
    "a driver and its executors": (
        "kind: SparkApplication\nspec:\n  driver: {image: 'a:1'}\n  executor: {image: 'b:1'}\n",
        [
            ("SparkApplication", "", "spec.driver", [("a:1", "")]),
            ("SparkApplication", "", "spec.executor", [("b:1", "")]),
        ],
    ),
    "services of Compose": (
        "services:\n  web: {image: 'a:1', pull_policy: always}\n  db: {image: 'b:1'}\n",
        [("service", "web", "", [("a:1", "always")]), ("service", "db", "", [("b:1", "")])],
    ),
    "what pulls images and runs none": (
        "kind: ImageCache\napiVersion: eci.alibabacloud.com/v1\nspec: {images: ['a:1']}\n",
        [],
    ),
}


@pytest.mark.parametrize("what", FOUND)
def test_the_images_of_a_pod_are_together(what: str, tmp_path: Path) -> None:
    text, expected = FOUND[what]
    (tmp_path / "a.yaml").write_text(text)
    found = workloads_in("a.yaml", root=tmp_path)
    assert expected == [
        (each.kind, each.name, each.part, [image[:2] for image in each.images]) for each in found
    ]


def test_pods_get_the_annotations_of_their_template(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(FOUND["deployment"][0])
    (found,) = workloads_in("a.yaml", root=tmp_path)
    assert (found.namespace, found.found_in) == ("shop", "a.yaml:7")
    assert found.annotations == {"k8s.aliyun.com/eci-imc-id": "imc-1"}
    assert found.of_resource == {"a": "b"}


def test_each_overlay_has_its_own_workloads(tmp_path: Path) -> None:
    files = {
        "base/kustomization.yaml": "resources: [web.yaml]\n",
        "base/web.yaml": FOUND["deployment"][0],
        **{
            f"{name}/kustomization.yaml": "resources: [../base]\nimages:\n"
            f"- {{name: web, newTag: {name}-1}}\n- {{name: side, newTag: {name}-2}}\n"
            for name in ("prod", "dev")
        },
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = {each.overlay: each.images for each in workloads_in("**/*.yaml", root=tmp_path)}
    assert {overlay: [image.name for image in images] for overlay, images in found.items()} == {
        name: ["init:1", f"web:{name}-1", f"side:{name}-2", "data:1"] for name in ("dev", "prod")
    }
