"""The images of manifests: where they are found, which are ignored, and which files are errors."""

from __future__ import annotations

import copy
import json
import pickle
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pulumi
import pytest

from pulumi_eci.program.manifests import ManifestError, ManifestImage, files, images_in
from pulumi_eci.program.manifests.kinds import IMAGE_PATHS

Write = Callable[..., None]
SHA = "sha256:" + "a" * 64


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return a function that writes one file or several files below the folder of the program."""

    def refuse(*_: object) -> NoReturn:
        pytest.fail("a connection was opened")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(socket.socket, "connect", refuse)

    def writing(name: str | dict[str, str], text: str | bytes = "") -> None:
        for each, content in name.items() if isinstance(name, dict) else [(name, text)]:
            path = tmp_path / each
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return writing


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the warnings that are logged."""
    warnings: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warnings.append)
    return warnings


def pod(*images: str) -> str:
    return json.dumps({"kind": "Pod", "spec": {"containers": [{"image": each} for each in images]}})


POD = "containers: [{name: a, image: 'a:1'}]"
TEMPLATE = f"template: {{spec: {{{POD}}}}}"
KINDS = {
    "Deployment": f"spec: {{{TEMPLATE}}}",
    "Rollout": f"spec: {{{TEMPLATE}}}",
    "CronJob": f"spec: {{jobTemplate: {{spec: {{{TEMPLATE}}}}}}}",
    "Pod": f"spec: {{{POD}}}",
    "PodTemplate": TEMPLATE,
    "List": f"items: [{{kind: Pod, spec: {{{POD}}}}}]",
    "PyTorchJob": f"spec: {{pytorchReplicaSpecs: {{Worker: {{{TEMPLATE}}}}}}}",
    "RayCluster": f"spec: {{workerGroupSpecs: [{{{TEMPLATE}}}]}}",
    "Shop": f"spec: {{deep: [[{{init{POD.capitalize()}}}], {{a: {{{POD}}}}}]}}",
}


@pytest.mark.parametrize("kind", KINDS)
def test_lists_of_containers_are_read_at_any_depth(kind: str, write: Write) -> None:
    write("all.yaml", f"apiVersion: v1\nkind: {kind}\n{KINDS[kind]}\n")
    assert images_in("all.yaml") == ["a:1"]


def at(path: str, image: str) -> Any:  # noqa: ANN401 - a document
    """Return a document that has *image* at *path*."""
    document: Any = image
    for key in reversed(path.replace("**.", "spec.any.").replace("[]", ".[]").split(".")):
        document = [document] if key == "[]" else {key: document}
    return document


@pytest.mark.parametrize("kind", IMAGE_PATHS)
def test_a_known_kind_is_read_where_it_names_images(
    kind: str, write: Write, warned: list[str]
) -> None:
    name, _, group = kind.partition(".")
    paths = IMAGE_PATHS[kind]
    documents = [
        {**at(path, f"a{number}:1"), "kind": name, "apiVersion": f"{group}/v1"}
        for number, path in enumerate(paths)
    ]
    write("all.json", "\n".join(map(json.dumps, documents)))
    assert images_in("all.json") == [f"a{number}:1" for number in range(len(paths))]
    assert warned == []


FOUND: dict[str, tuple[dict[str, str], list[str]]] = {
    "containers of all sorts": (
        {
            "a.yaml": "kind: Pod\nspec: {initContainers: [{image: init}], ephemeralContainers: "
            "[{image: debug}], containers: [{image: a}, {name: no-image}, {image: null}],\n"
            "volumes: [{image: {reference: volume}}, {rbd: {image: disk}}]}"
        },
        ["a", "debug", "init", "volume"],
    ),
    "schemas, data, status and what is pushed": (
        {
            "a.yaml": "kind: CustomResourceDefinition\nspec: {containers: [{image: a}]}\n---\n"
            "kind: ConfigMap\ndata: {image: a}\n---\n"
            "kind: XRD\nspec: {openAPIV3Schema: {default: {containers: [{image: a}]}}}\n---\n"
            "kind: Pod\nmetadata: {annotations: {image: a}}\nstatus: {c: [{image: a}]}\n---\n"
            "kind: Build\nspec: {build: {output: {image: a}}}\n---\n"
            "kind: ClusterPolicy\napiVersion: kyverno.io/v1\nspec: {containers: [{image: '!*:1'}]}"
        },
        [],
    ),
    "lists of resources": (
        {
            "a.json": f'[{pod("a")}, {pod("b")}, {{"image": "no"}}]',
            "b.yaml": f"- {pod('c')}\n- {{kind: List, items: [{pod('d')}]}}\n",
        },
        ["a", "b", "c", "d"],
    ),
    "what is no manifest": (
        {
            "a.yaml": "image: {repository: nginx}\n---\n[image, a]\n---\ntext\n---\n"
            "secret: !vault abc\n---\nkind: [Pod]\n---\nservices: [a]\n---\na: 1\na: 2\n"
        },
        [],
    ),
    "parameters of Argo": (
        {
            "a.yaml": """\
kind: CronWorkflow
spec:
  arguments: {parameters: [{name: tag, value: 3}]}
  steps: [{parameters: [{name: i, value: "x:1"}]}, {parameters: [{name: i, value: "y:1"}]}]
  templates:
  - container: {image: "a:{{workflow.parameters.tag}}"}
  - script: {image: "{{inputs.parameters.i}}"}
"""
        },
        ["a:3", "x:1", "y:1"],
    ),
    "parameters of Tekton": (
        {
            "a.yaml": "kind: Task\nspec: {params: [{name: I, default: 'a:1'}],\n"
            "steps: [{image: $(params.I)}], stepTemplate: {image: b}}"
        },
        ["a:1", "b"],
    ),
    "an OpenShift template": (
        {
            "a.json": json.dumps(
                {
                    "kind": "Template",
                    "objects": [
                        {"kind": "DeploymentConfig", **at("spec.containers[].image", "${I}:1")}
                    ],
                    "parameters": [{"name": "I", "value": "a"}],
                }
            )
        },
        ["a:1"],
    ),
    "objects of JSON, one after the other": ({"a.json": pod("a") + "\n" + pod("b")}, ["a", "b"]),
    "JSON that YAML cannot read": ({"a.yaml": '{"kind":"x\\ud83d\\ude00",\t"c": 1e400}'}, []),
    "JSON between the dashes of YAML": ({"a.yaml": f"{pod('a')}\n---\n{pod('b')}"}, ["a", "b"]),
    "a template in another place": (
        {"a.yaml": "kind: Pod\nspec: {n: {{ .n }}, containers: [{image: a}]}"},
        ["a"],
    ),
    "Compose": (
        {
            "compose.yaml": """\
x-base: &base {image: "base:1"}
services:
  web: {<<: *base}
  worker: {<<: *base, image: "worker:1", profiles: [debug]}
  reset: {<<: *base, image: !reset null}
  gone: !reset null
  override: {image: !override "o:1"}
  built: {build: ., image: "app:${TAG}"}
  also: {image: "app:${TAG}"}
  same: {extends: more}
  more: {extends: {service: built}, image: "docker.io/more"}
  again: {extends: built, image: more}
  asked: {image: "more:latest"}
  pushed: {build: ., image: "r.io/app"}
  volume: {volumes: [./a:/a, {type: image, source: "v:1"}]}
"""
        },
        ["base:1", "docker.io/more", "o:1", "r.io/app", "v:1", "worker:1"],
    ),
    "variables of Compose": (
        {
            "a/compose.yaml": """\
services:
  a: {image: "a:${A}"}
  b: {image: "b:${B:-2}"}
  c: {image: "c:${EMPTY-3}4"}
  d: {image: "d:${EMPTY:-${NONE:-$A}}"}
  e: {image: "e:${A:+5}${NONE+6}"}
  f: {image: "$F"}
  g: {image: "g:${G:?needed}"}
""",
            "a/.env": "# all\n\nexport A=1 # of a\nEMPTY=\nF='f'\nG=\"${A}g\"\nBROKEN=$%\n",
        },
        ["a:1", "b:2", "c:4", "d:1", "e:5", "f", "g:1g"],
    ),
    "Compose by another name": ({"stack.yml": "version: 3\nservices: {a: {image: a}}"}, ["a"]),
    "values of Helm": (
        {
            "values-prod.yaml": "services: {web: {image: nginx}}",
            "chart/Chart.yaml": "name: web",
            "chart/prod.yaml": "services: {web: {image: nginx}}",
        },
        [],
    ),
    "a name with brackets": ({"a[b].yaml": pod("a")}, ["a"]),
    "Kustomize": (
        {
            "k/kustomization.yaml": f"""\
resources: [a.yaml, ../base]
components: [../c]
images:
- {{name: nginx, newTag: 2}}
- {{name: r.io:5000/app, newName: app, digest: "{SHA}"}}
- {{name: app, newName: again}}
""",
            "k/a.yaml": pod("nginx:1", f"nginx@{SHA}", "r.io:5000/app:1", "other", "part"),
            "base/kustomization.yml": "resources: [b.yaml]",
            "base/b.yaml": pod("nginx") + '{"kind": "Prometheus", "spec": {"image": "nginx:7"}}',
            "c/Kustomization": "kind: Component\nimages: [{name: part, newTag: c}]",
            "free.yaml": pod("nginx:9"),
        },
        [f"again@{SHA}", "nginx:2", "nginx:7", "nginx:9", "other", "part:c"],
    ),
    "overlays": (
        {
            "base/kustomization.yaml": "resources: [a.yaml]",
            "base/a.yaml": pod("PLACEHOLDER"),
            **{
                f"{tag}/kustomization.yaml": "resources: [../base]\n"
                f"images: [{{name: PLACEHOLDER, newName: app, newTag: {tag}}}]"
                for tag in ("dev", "prod")
            },
        },
        ["app:dev", "app:prod"],
    ),
}


@pytest.mark.parametrize("what", FOUND)
def test_images_are_found(what: str, write: Write, warned: list[str]) -> None:
    written, expected = FOUND[what]
    write(written)
    assert images_in("**/*") == expected
    assert warned == []


LEFT_OUT: dict[str, tuple[dict[str, str], list[str]]] = {
    "unknown places": (
        {
            "a.yaml": "kind: Shop\nspec:\n  image: a:1\n  proxyImage: b:1\n  images:\n  - c:1\n"
            "  d: {image: {repository: e/f}}\n  backgroundImage: sky.png\n"
        },
        ["`spec.image` of Shop (line 3)", "(line 4)", "`spec.images[]`", "(line 7)"],
    ),
    "what is filled in later": (
        {"a.json": pod(" ", "auto", "{{item}}", "$(params.none)", "a:${trial.tag}")},
        ["`spec.containers[].image` of Pod", "(line 1)"],
    ),
    "what patches do": (
        {
            "kustomization.yaml": "patches:\n- {patch: 'path: /spec/image'}\n",
            "b.yaml": "- {op: add, path: /spec/containers/0/image, value: a}",
        },
        ["kustomization.yaml: ", "`patches` may set an image (line 2)", "b.yaml: "],
    ),
    "images of Flux": (
        {
            "a.yaml": "kind: Kustomization\napiVersion: kustomize.toolkit.fluxcd.io/v1\n"
            "spec: {images: [{name: a, newTag: 1}]}"
        },
        ["`spec.images[]` of Kustomization changes images (line 3)"],
    ),
    "files that Compose adds": (
        {"compose.yaml": "include: [{path: a.yaml}]\nservices: {a: {extends: {file: b.yaml}}}"},
        ["a.yaml (line 1)", "b.yaml (line 2)"],
    ),
    "the first version of Compose": (
        {"docker-compose.yml": "web:\n  image: nginx\n  links: [db]\nx-a: {image: b}\n"},
        ["`web.image` (line 2)", "`services`"],
    ),
    "what may be Compose": (
        {"prod.yaml": "services:\n  web: {image: nginx, replicas: 2}\n"},
        ["`replicas` (line 2)"],
    ),
}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_ignored_parts_are_reported_once_for_each_file(
    what: str, write: Write, warned: list[str]
) -> None:
    written, parts = LEFT_OUT[what]
    write(written)
    assert images_in("**/*") == []
    assert len(warned) == len(written)
    for part in parts:
        assert part in "\n".join(warned)


def test_without_an_engine_a_warning_goes_to_stderr(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write("a.yaml", "kind: Shop\nspec: {image: a:1}")
    assert images_in("a.yaml") == []
    assert capsys.readouterr().err.startswith("warning: a.yaml: ")


def test_a_program_adds_paths_of_images(write: Write, warned: list[str]) -> None:
    write(
        "a.yaml",
        "kind: Shop\napiVersion: example.com/v1\nspec:\n  image: a\n  images: [b]\n"
        "  any: {w: [{image: c}]}\n  deep: {er: {proxy: {image: d}}}\n",
    )
    paths = {
        "Shop": ["spec.image", "spec.images", "**.proxy.image"],
        "Shop.example.com": "spec.*.w[].image",
        "Shop.example.org": "spec.other",
    }
    assert images_in("a.yaml", image_paths=paths) == ["a", "b", "c", "d"]
    assert warned == []


def test_variables_of_a_program_take_precedence(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAG", "of-the-shell")
    write("compose.yaml", "services: {a: {image: 'a:${TAG}'}, b: {image: 'b:$OTHER'}}")
    write(".env", "TAG=of-the-file\nOTHER=1$TAG")
    write("a.json", pod("c:${TAG}", "d:$(params.TAG)"))
    given = {"TAG": 7}
    assert images_in("*.*", variables=given) == ["a:7", "b:17", "c:7", "d:7"]  # type: ignore[arg-type]
    assert "a:of-the-file" in images_in("*.yaml")


def test_images_are_sorted_and_unique_and_have_their_places(write: Write, tmp_path: Path) -> None:
    write("deploy/web.yaml", "kind: Pod\nspec:\n  containers:\n  - image: b:1\n  - image: a:1\n")
    write(
        "deploy/jobs/job.yaml", "---\n---\nkind: Pod\nspec: {containers: [\n{image: b:1}]}\n...\n"
    )
    write("deploy/jobs/list.json", '{"kind": "Pod", "spec": {"containers": [\n{"image": "a:1"}]}}')
    write("deploy/.hidden/pod.yaml", pod("hidden"))
    found = images_in("deploy/**/*.yaml", Path("deploy/**/*.*"), "./deploy/../deploy/jobs/job.yaml")
    assert found == ["a:1", "b:1"]
    assert [image.found_in for image in found] == [
        ("deploy/jobs/list.json:2", "deploy/web.yaml:5"),
        ("deploy/jobs/job.yaml:5", "deploy/web.yaml:4"),
    ]
    (image,) = images_in("web.*", root=tmp_path / "deploy")[:1]
    assert image.found_in == ("web.yaml:5",)
    assert images_in(tmp_path / "deploy" / "**") == found


def test_circular_links_end(write: Write, tmp_path: Path) -> None:
    write("a/pod.yaml", pod("a"))
    for name in ("b", "c", "a/d", "a/e"):
        (tmp_path / name).symlink_to(tmp_path)
    assert images_in("**/*.yaml") == ["a"]
    (tmp_path / "broken.yaml").symlink_to("nowhere")
    with pytest.raises(ManifestError, match=r"^broken\.yaml: "):
        images_in("*.yaml")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_determines_the_encoding(encoding: str, write: Write) -> None:
    write("a.yaml", "# ä\r\nkind: Pod\r\nspec: {containers: [{image: a}]}\r\n".encode(encoding))
    assert images_in("a.yaml") == ["a"]


BOMB = "a0: &a0 [x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
)
MERGES = BOMB.replace("[", "{<<: [").replace("]", "]}").replace("x, x", "{}, {}")
NESTED = "${A:-" * 50_000
BROKEN: dict[str, tuple[str, str | bytes, str]] = {
    "a bad indent": ("a.yaml", "kind: Pod\n  spec: 1\n", "a.yaml:2: not valid YAML: "),
    "a later document": ("a.yaml", "a: 1\n---\n}\n", "a.yaml:3: not valid YAML: "),
    "a control character": ("a.yaml", "a: 1\nb: \x01\n", "a.yaml:2: not valid YAML: "),
    "a tab": ("a.yaml", "a:\n\tb: 1\n", "tabs"),
    "an unknown anchor": ("a.yaml", "kind: Pod\nspec: *nobody\n", "a.yaml:2: not valid YAML: "),
    "a bad merge": ("a.yaml", "kind: Pod\n<<: 7\n", "a.yaml:2: not valid YAML: "),
    "bad JSON": ("a.json", '{"a": 1}\n{"b" 2}', "a.json:2: not valid JSON: "),
    "a template": ("a.yaml", "kind: Pod\n{{- if .x }}\n", "helm template"),
    "a template as the image": (
        "a.yaml",
        "kind: Pod\nspec: {containers: [\n{image: '{{ .Values.image }}'}]}\n",
        "a.yaml:3: `spec.containers[].image` of Pod: ",
    ),
    "a template without quotes": (
        "a.yaml",
        "kind: Pod\nspec: {containers: [\n{image: {{.Image}}}]}\n",
        "a.yaml:3: `image` is a template",
    ),
    "variables": (
        "compose.yaml",
        "services:\n  a: {image: 'a:${A}$B'}\n  b: {image: '${C?no}'}\n",
        "compose.yaml:2: `image`: no value for A, B\ncompose.yaml:3: `image`: no value for C\nSet",
    ),
    "half a variable": ("compose.yaml", "services: {a: {image: '${A'}}", "`${` without `}`"),
    "a number": ("a.json", '{"kind": "Pod", "containers": [\n{"image": 1}]}', "a.json:2: `im"),
    "a map": ("compose.yaml", "services:\n  a: {image: {}}", "compose.yaml:2: `image` must"),
    "no services": ("compose.yaml", "services: [a]", "1: `services` must be a map"),
    "no names": (
        "a.json",
        pod("Foo/Bar", "nginx:", "-nginx", "a b"),
        "a.json:1: `image` is not a valid image reference: ",
    ),
    "a key twice": ("a.yaml", "kind: Pod\na: 1\nb: 1\na: 2", "a.yaml:4: duplicate key `a`"),
    "an anchor in itself": ("a.yaml", "&a {kind: List, items: [*a]}", "a.yaml:1: the anchor `a`"),
    "nested aliases": ("a.yaml", BOMB, "more than 500,000 values"),
    "nested merges": ("a.yaml", MERGES, "more than 500,000 values"),
    "nesting of YAML": ("a.yaml", "[" * 200_000, "a.yaml: nested too deeply"),
    "nesting of JSON": ("a.json", '{"a":' * 200_000, "a.json: nested too deeply"),
    "nesting of defaults": (
        "compose.yaml",
        f"services: {{a: {{image: '{NESTED}'}}}}",
        "too deeply",
    ),
    "other bytes": ("a.yaml", b"a: 1\nb: \xff\n", "a.yaml:2: "),
    "zero bytes": ("a.yaml", "a: 1\nb: 2".encode("utf-16-be"), "a.yaml:1: binary"),
    "a component of none": (
        "kustomization.yaml",
        "kind: Component\nimages: [{name: a}]",
        "kustomization.yaml:2: `images` cannot be applied: no kustomization ",
    ),
    "resources elsewhere": (
        "kustomization.yaml",
        "resources: [b.yaml, 'https://example.com']\nhelmCharts: [{}]\nimages: [{name: a}]",
        ": b.yaml (line 1), https://example.com (line 1), helmCharts (line 2)\nRender",
    ),
    "a kustomization of itself": (
        "k/kustomization.yaml",
        "resources: [../k]\nimages: [{name: a}]",
        "k/kustomization.yaml:2: `images` cannot be applied: ",
    ),
    "an entry of no name": ("kustomization.yaml", "images: [{newTag: 1}]", "yaml:1: each ent"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_is_named_with_its_line(what: str, write: Write) -> None:
    name, text, message = BROKEN[what]
    write(name, text)
    with pytest.raises(ManifestError) as raised:
        images_in("**/*")
    assert str(raised.value).startswith(name)
    assert message in str(raised.value)
    assert isinstance(raised.value, pulumi.RunError)  # Pulumi prints a RunError without a traceback


def test_variables_that_grow_without_limit_are_an_error(write: Write) -> None:
    lines = [f"A{number}=$A{number - 1}$A{number - 1}\n" for number in range(1, 100)]
    write({"compose.yaml": "services: {a: {image: $A99}}", ".env": "A0=abc\n" + "".join(lines)})
    with pytest.raises(ManifestError, match=r"of the `\.env` file: longer than"):
        images_in("*.yaml")


def test_a_file_that_is_too_large_is_an_error(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", 3)
    write("a.yaml", "a: 1")
    with pytest.raises(ManifestError, match=r"^a\.yaml: larger than"):
        images_in("a.yaml")


def test_all_problems_are_reported_at_once(write: Write) -> None:
    write({"a.yaml": "}", "b.yaml": pod("A", "a:$X"), "c.yaml": pod("a:$Y")})
    with pytest.raises(ManifestError) as raised:
        images_in("*.yaml", "none", "nor/this/*")
    lines = str(raised.value).splitlines()
    assert [line.partition(": ")[0] for line in lines[2:-1]] == [
        "a.yaml:1",
        "b.yaml:1",
        "b.yaml:1",
        "c.yaml:1",
    ]
    assert lines[0].startswith("no file matches 'none'")
    assert lines[-1].count("variables={…}") == 1


REFUSED: dict[str, tuple[tuple[Any, ...], dict[str, Any], str]] = {
    "no pattern": ((), {}, "give a pattern"),
    "a list": ((["a", "b"],), {}, "not list"),
    "bytes": ((b"a",), {}, "not bytes"),
    "a root that is none": (("a",), {"root": 5}, "root .*not int"),
    "a folder": (("deploy",), {}, r"deploy/\*\*/\*\.yaml"),
    "a pattern that matches nothing": (("deploy/*.yml",), {}, "no file matches 'deploy/"),
    "a file as a folder": (("deploy/web.yaml/*",), {}, "no file matches"),
    "an empty pattern": (("",), {}, "no file matches"),
    "a zero byte": (("a\0*",), {}, "no file matches"),
    "a root that is not there": (("*",), {"root": "x"}, "no file matches"),
    "variables that are a list": (("*",), {"variables": [1]}, "`variables` must be a map"),
    "a variable that is an object": (("*",), {"variables": {"A": object()}}, "A is object"),
    "paths that are a list": (("*",), {"image_paths": [1]}, "`image_paths` must be a map"),
    "an index": (("*",), {"image_paths": {"A": "a[0].b"}}, r"'a\[0\]\.b' is not a path"),
    "a path that is a number": (("*",), {"image_paths": {"A": 5}}, "5 is not a path"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_invalid_arguments_are_rejected_with_a_message(what: str, write: Write) -> None:
    patterns, named, message = REFUSED[what]
    write("deploy/web.yaml", "")
    with pytest.raises(ManifestError, match=message):
        images_in(*patterns, **named)


def test_an_image_behaves_like_a_string() -> None:
    image = ManifestImage("a:1", ("web.yaml:3",))
    assert image == "a:1"
    assert sorted([image, "a:0"]) == ["a:0", "a:1"]
    for same in (copy.deepcopy(image), pickle.loads(pickle.dumps(image))):  # noqa: S301 - our own
        assert (same, same.found_in) == ("a:1", ("web.yaml:3",))
