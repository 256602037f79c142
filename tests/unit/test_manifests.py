"""The images of manifests: which are found, where, and what a broken file is called."""

from __future__ import annotations

import copy
import json
import pickle
import socket
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pulumi
import pytest

from pulumi_eci.program.manifests import ManifestError, ManifestImage, images_in

Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return a function that writes a manifest below the folder of the program."""

    def refuse(*_: object) -> NoReturn:
        pytest.fail("a connection was opened")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(socket.socket, "connect", refuse)

    def writing(name: str, text: str) -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    return writing


POD = "containers: [{name: a, image: 'a:1'}]"
TEMPLATE = f"template: {{spec: {{{POD}}}}}"
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Rollout")
KINDS = {
    **dict.fromkeys(WORKLOADS, f"spec: {{{TEMPLATE}}}"),
    "CronJob": f"spec: {{jobTemplate: {{spec: {{{TEMPLATE}}}}}}}",
    "Pod": f"spec: {{{POD}}}",
    "PodTemplate": TEMPLATE,
    "List": f"items: [{{kind: Pod, spec: {{{POD}}}}}]",
    "DeploymentList": f"items: [{{kind: Deployment, spec: {{{TEMPLATE}}}}}]",
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_workload_is_read(kind: str, write: Write) -> None:
    """Whatever has a pod or a pod template."""
    write("all.yaml", f"apiVersion: v1\nkind: {kind}\n{KINDS[kind]}\n")
    assert images_in("all.yaml") == ["a:1"]


def test_init_and_ephemeral_containers_are_read(write: Write) -> None:
    """Pods pull them as well."""
    write(
        "pod.yaml",
        """\
kind: Pod
spec:
  initContainers: [{image: "init:1"}]
  containers: [{image: "app:1"}, {name: built-elsewhere}, {image: null}, {image: ""}]
  ephemeralContainers: [{image: "debug:1"}]
""",
    )
    assert images_in("pod.yaml") == ["app:1", "debug:1", "init:1"]


def test_compose_services_are_read_with_what_they_merge(write: Write) -> None:
    """A service that is built has no image."""
    write(
        "compose.yaml",
        """\
x-base: &base
  image: base:1
services:
  web: {<<: *base}
  worker:
    <<: *base
    image: worker:1
  built: {build: .}
""",
    )
    assert images_in("compose.yaml") == ["base:1", "worker:1"]


def test_images_are_sorted_unique_and_know_where_they_were_found(write: Write) -> None:
    """In every file of every pattern, each file once."""
    write("deploy/web.yaml", "kind: Pod\nspec:\n  containers:\n  - image: b:1\n  - image: a:1\n")
    write(
        "deploy/jobs/job.yaml", "---\n---\nkind: Pod\nspec: {containers: [\n{image: b:1}]}\n...\n"
    )
    write("deploy/jobs/list.json", json.dumps({"kind": "Service", "spec": {"ports": []}}))
    found = images_in("deploy/**/*.yaml", "deploy/**/*.*")
    assert found == ["a:1", "b:1"]
    assert [image.found_in for image in found] == [
        ("deploy/web.yaml:5",),
        ("deploy/jobs/job.yaml:5", "deploy/web.yaml:4"),
    ]


def test_a_root_is_where_patterns_start(write: Write, tmp_path: Path) -> None:
    """And what the places are relative to."""
    write("there/pod.yaml", "kind: Pod\nspec: {containers: [{image: a:1}]}\n")
    (image,) = images_in("*.yaml", root=tmp_path / "there")
    assert image.found_in == ("pod.yaml:2",)


def test_other_documents_are_passed_over(write: Write) -> None:
    """Values, services, lists and scalars have no images; tags of other tools are no problem."""
    write(
        "other.yaml",
        """\
image: {repository: nginx, tag: "1"}
---
kind: Service
spec: {selector: {app: web}}
---
[image, a]
---
just text
---
secret: !vault abc
---
kind: [Pod]
---
services: [a]
""",
    )
    assert images_in("other.yaml") == []


BROKEN = {
    "a bad indent": ("kind: Pod\n  spec: 1\n", ":2: not valid YAML: mapping values are not"),
    "an open bracket": ("a: [1\n\nb: 2\n", ":3: not valid YAML: "),
    "a later document": ("a: 1\n---\n}\n", ":3: not valid YAML: "),
    "a control character": ("a: 1\nb: \x01\n", ":2: not valid YAML: "),
    "an unknown anchor": ("kind: Pod\nspec: *nobody\n", ":2: not valid YAML: "),
    "a bad merge": ("kind: Pod\n<<: 7\n", ":2: not valid YAML: "),
    "a template": ("kind: Pod\n{{- if .Values.on }}\n", "Render it first, as with `helm template`"),
    "a template as the image": (
        "kind: Pod\nspec: {containers: [\n{image: '{{ .Values.image }}'}]}\n",
        ":3: `image` is not the name of an image",
    ),
    "a variable": ("services:\n  web:\n    image: web:${TAG}\n", ":3: `image` is not the name of"),
    "a map as the image": (
        "services:\n  web:\n    image: {name: a}\n",
        ":3: `image` must be a str",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_is_named_with_its_line(what: str, write: Write) -> None:
    """The message begins with both, and Pulumi prints it without a traceback."""
    text, message = BROKEN[what]
    write("deploy/bad.yaml", text)
    with pytest.raises(ManifestError) as raised:
        images_in("deploy/*.yaml")
    assert str(raised.value).startswith("deploy/bad.yaml:")
    assert message in str(raised.value)
    assert isinstance(raised.value, pulumi.RunError)


def test_text_in_another_encoding_is_an_error(write: Write, tmp_path: Path) -> None:
    """With the line of the first byte that is none of UTF-8."""
    write("bad.yaml", "")
    (tmp_path / "bad.yaml").write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(ManifestError, match=r"bad\.yaml:2: not UTF-8 text"):
        images_in("bad.yaml")


def test_an_anchor_that_holds_itself_ends(write: Write) -> None:
    """It is read as far as that makes sense."""
    write("list.yaml", "&list\nkind: List\nitems: [*list, {kind: Pod, spec: {<<: *list}}]\n")
    write("pod.yaml", "kind: Pod\nspec: &spec\n  <<: *spec\n  containers: [{image: a:1}]\n")
    assert images_in("list.yaml", "pod.yaml") == ["a:1"]


def test_nesting_without_end_is_an_error(write: Write) -> None:
    """And no crash of the program."""
    write("deep.yaml", "[" * 200_000)
    with pytest.raises(ManifestError, match=r"^deep\.yaml"):
        images_in("deep.yaml")


@pytest.mark.parametrize("pattern", ["deploy/*.yml", "deploy", "deploy/web.yaml/*"])
def test_a_pattern_that_matches_no_file_is_an_error(pattern: str, write: Write) -> None:
    """A typing error is not an empty fleet."""
    write("deploy/web.yaml", "")
    with pytest.raises(ManifestError, match="no file matches"):
        images_in(pattern)


def test_an_image_is_a_string_in_every_way() -> None:
    """It can be joined, compared, copied and pickled."""
    image = ManifestImage("a:1", ("web.yaml:3",))
    assert image == "a:1"
    assert sorted([image, "a:0"]) == ["a:0", "a:1"]
    for same in (copy.deepcopy(image), pickle.loads(pickle.dumps(image))):  # noqa: S301 - our own
        assert (same, same.found_in) == ("a:1", ("web.yaml:3",))
