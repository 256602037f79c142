"""Finds the images of Kubernetes resources and of other documents with a `kind`. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from pulumi_eci.program.manifests.documents import Map, Text, Unrendered, Value
from pulumi_eci.program.manifests.findings import Findings, Image, Pod, reference_problem
from pulumi_eci.program.manifests.kinds import (
    CONTAINER_LISTS,
    IN_A_POD,
    SCHEMAS,
    ImagePaths,
    Paths,
    below,
)
from pulumi_eci.program.manifests.parameters import LaterError, Parameters
from pulumi_eci.program.manifests.variables import VariableError

_NEVER_PULLED = {"rbd", "output", "outputs", "artifacts"}
"""Keys of objects whose `image` is a block device, or the result of a build."""
_OF_KUSTOMIZE = {"newName", "newTag", "digest"}
_NOT_READ = SCHEMAS | {"metadata"}
_OTHER_KEY = re.compile(r"imageName|\w*[a-z0-9]Image")
_OF_A_PATCH = re.compile(r".*/image(?:/reference)?")
_FILLED_IN = {"auto"}
"""Placeholders that Istio's sidecar injection replaces with an image."""
_ADD = "Add the images to `images`."
_ADD_PATHS = "Add the images to `images`; in Python, `image_paths` can name their paths."


class _Place(NamedTuple):
    """The place of a value in a resource."""

    up: _Place | None
    key: str
    """The key in a map, or `[]` for a member of a list."""
    kind: str
    wanted: Paths
    """The rest of the paths of images, below this place."""
    found: Map | None = None
    """The map at this place, if the value is a map."""

    def below(self, key: str) -> _Place:
        return _Place(self, key, self.kind, below(self.wanted, key))

    def holders(self) -> tuple[str, str]:
        """Return the last key, without `[]`, and the one before it."""
        keys: list[str] = []
        place: _Place | None = self
        while place is not None and len(keys) < 2:  # noqa: PLR2004 - two keys
            keys += [place.key] if place.key != "[]" else []
            place = place.up
        return keys[0], keys[1] if len(keys) > 1 else ""

    def is_member_of(self, lists: tuple[str, ...]) -> bool:
        return self.key == "[]" and self.up is not None and self.up.key in lists

    def pod(self) -> _Place:
        """Return the place of the pod of the container or image at this place."""
        holder = self if self.key != "[]" else self.up or self
        return holder.up if holder.key in IN_A_POD and holder.up is not None else self

    def path(self) -> str:
        keys: list[str] = []
        place: _Place | None = self
        while place is not None and place.key:
            keys.append(place.key)
            place = place.up
        return ".".join(reversed(keys)).replace(".[]", "[]")

    def __str__(self) -> str:
        return f"`{self.path()}` of {self.kind}"


def read_resource(
    document: Map,
    paths: ImagePaths,
    variables: Mapping[str, str],
    findings: Findings,
) -> None:
    """Find the images of the resource *document* and of resources within it.

    Args:
        document: The resource.
        paths: The paths of images in custom resources.
        variables: Values for variables in image references.
        findings: Receives images, problems and left-out images.
    """
    reader = _Reader(paths, Parameters(document, variables), findings)
    reader.read(document, _Place(None, "", "", frozenset()))


def read_patch(document: list[Value], findings: Findings) -> None:
    """Report the images that the JSON patch *document* sets; their containers are not known."""
    for step in document:
        path = step.get("path") if isinstance(step, dict) else None
        value = step.get("value") if isinstance(step, dict) else None
        if isinstance(path, Text) and isinstance(value, Text) and _OF_A_PATCH.fullmatch(path):
            findings.leave_out(value.line, f"a patch sets `{path}`", _ADD)


class _Reader:
    def __init__(self, paths: ImagePaths, parameters: Parameters, findings: Findings) -> None:
        self.paths = paths
        self.parameters = parameters
        self.findings = findings
        self.pods: dict[int, tuple[_Place, Pod]] = {}
        """By the identity of their place, which is kept with them."""

    def read(self, value: Value, place: _Place, line: int = 0) -> None:
        if isinstance(value, dict):
            self.read_map(value, place)
        elif isinstance(value, list):
            members = place.below("[]")
            if () in place.wanted:  # `spec.images` for `spec.images[]`
                members = members._replace(wanted=members.wanted | {()})
            for member in value:
                self.read(member, members, line)
        elif () in place.wanted:
            self.take(value, place, line)
        elif isinstance(value, Text | Unrendered):
            self.leave_out(value, place)

    def read_map(self, found: Map, place: _Place) -> None:
        kind = found.get("kind")
        is_resource = isinstance(kind, Text) and (
            place.up is None or bool(found.keys() & {"apiVersion", "metadata", "spec"})
        )
        if is_resource:
            wanted = self.paths.of(str(kind), str(found.get("apiVersion", "")))
            if wanted is None:
                return
            place = _Place(None, "", str(kind), wanted | place.wanted)
        place = place._replace(found=found)
        if place.is_member_of(("images",)) and found.keys() & _OF_KUSTOMIZE:  # in Flux
            self.findings.leave_out(next(iter(found)).line, f"{place} changes images", _ADD)
        for key, value in found.items():
            if key in _NOT_READ or (is_resource and key == "status"):
                continue
            here = place.below(key)
            if key == "image" and place.is_member_of(CONTAINER_LISTS):
                self.take(value, here, key.line, in_list=True)
            elif key == "image" and place.is_member_of(("volumes",)) and isinstance(value, dict):
                here = here._replace(found=value).below("reference")
                self.take(value.get("reference"), here, key.line, in_list=True)
            else:
                self.read(value, here, key.line)

    def take(self, value: Value, place: _Place, line: int, in_list: bool = False) -> None:
        """Add the image *value* of *line*."""
        if value is None or not self.findings.is_string(value, line):
            return
        try:
            names = self.parameters.fill(value)
        except LaterError:
            self.findings.leave_out(value.line, f"{place} is set at run time", _ADD)
        except VariableError as error:
            self.findings.problem(value.line, f"{place}: {error}", error.advice)
        else:
            for name in names:
                if not name.strip() or name in _FILLED_IN:
                    self.findings.leave_out(value.line, f"{place} is set at run time", _ADD)
                else:
                    self.findings.images.append(self.image(name, value.line, in_list, place))

    def image(self, name: str, line: int, in_list: bool, place: _Place) -> Image:
        holder = place.up or place
        container = holder.found or {}
        policy = container.get("imagePullPolicy", container.get("pullPolicy"))
        # The `image` of a volume is a map within a member of a list.
        member = holder.up if holder.key == "image" and holder.up is not None else holder
        at = member.pod()
        if id(at) not in self.pods:
            self.pods[id(at)] = at, _pod(at)
        return Image(name, line, in_list, self.pods[id(at)][1], _text(policy))

    def leave_out(self, value: Text | Unrendered, place: _Place) -> None:
        """Report that *value* is left out if it looks like an image reference."""
        key, holder = place.holders()
        if isinstance(value, Unrendered):
            if key == "image":
                self.findings.is_string(value, value.line)
        elif key == "image":
            if holder not in _NEVER_PULLED and value.strip():
                self.findings.leave_out(value.line, str(place), _ADD_PATHS)
        elif _looks_like_image(value) and (
            _OTHER_KEY.fullmatch(key)
            or (key == "images" and place.key == "[]")
            or (key == "repository" and holder == "image")
        ):
            self.findings.leave_out(value.line, str(place), _ADD_PATHS)


def _pod(place: _Place) -> Pod:
    resource = place
    while resource.up is not None:
        resource = resource.up
    here, root = place.found or {}, resource.found or {}
    around = place.up.found or {} if place.key == "spec" and place.up is not None else {}
    metadata = _map(root, "metadata")
    annotations = {
        **_annotations(here),  # such as those of a Spark driver
        **_annotations(_map(here, "metadata")),  # such as those of an Argo template
        **_annotations(_map(around, "metadata")),
    }
    generated = f"{_text(metadata.get('generateName'))}*".lstrip("*")
    return Pod(
        place.kind,
        _text(metadata.get("name")) or generated,
        _text(metadata.get("namespace")),
        _text(here.get("name")) or place.path(),
        annotations,
        {} if around is root else _annotations(metadata),
    )


def _map(found: Map, key: str) -> Map:
    value = found.get(key)
    return value if isinstance(value, dict) else {}


def _annotations(found: Map) -> dict[str, str]:
    return {str(key): _text(value) for key, value in _map(found, "annotations").items()}


def _text(value: Value) -> str:
    return str(value) if isinstance(value, Text) else ""


def _looks_like_image(text: str) -> bool:
    return any(mark in text for mark in "/:") and reference_problem(text) is None
