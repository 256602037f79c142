"""Applies the `images` of kustomizations to the files that they name. Pure.

Source: "images" and "components" of the kustomization reference, kubectl.docs.kubernetes.io.
"""

from __future__ import annotations

import bisect
import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pulumi_eci.program.manifests.documents import Map, Text, Value
from pulumi_eci.program.manifests.findings import Findings

_FILE_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_GROUP = "kustomize.config.k8s.io"
_RENDER = "Render first (`kustomize build`), and read the output instead."
_ADD = "Add the images to `images`, or render first (`kustomize build`) and read the output."

_RESOURCES = ("resources", "bases")
_PATCHES = ("patches", "patchesStrategicMerge", "patchesJson6902", "replacements")
_NOT_FOLLOWED = ("configurations", "generators", "helmCharts", "transformers")
"""Keys that create resources or change images in ways that are not supported."""
_SETS_IMAGE = re.compile(r"\bimage\b")
_MOST_STEPS = 300_000
"""Most steps of merging and changing names, against kustomizations that grow exponentially."""


_CHANGE = ("newName", "newTag", "digest")


class _Change(NamedTuple):
    """An entry of `images`, in the order of `_CHANGE`."""

    new_name: str
    new_tag: str
    digest: str

    def of(self, image: str) -> str:
        """Return *image* changed by this entry. A new tag or digest replaces both."""
        name = _name(image)
        kept = image[len(name) :]
        tag = f":{self.new_tag}" if self.new_tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return (self.new_name or name) + ((tag + digest) or kept)


class Kustomization:
    """A kustomization: the files that it names, and its changes of images."""

    def __init__(self, document: Map, findings: Findings) -> None:
        """Read *document*; *findings* receives problems."""
        self.findings = findings
        self.is_component = document.get("kind") == "Component"
        self.resources = [each for key in _RESOURCES for each in _texts(document.get(key))]
        self.components = _texts(document.get("components"))
        self.patches = list(self._patch_files(document))
        self.not_followed = [key for key in document if key in _NOT_FOLLOWED and document[key]]
        self.changes: dict[str, list[tuple[int, _Change]]] = {}
        self.line = 0
        """The line of `images`; 0 if there is none."""
        for key, value in document.items():
            if key == "images" and value:
                self.line = key.line
                self._read_changes(value)

    def _read_changes(self, entries: Value) -> None:
        for order, entry in enumerate(entries if isinstance(entries, list) else [entries]):
            name = entry.get("name") if isinstance(entry, dict) else None
            if not isinstance(name, Text):
                self.findings.problem(self.line, "each entry of `images` must have a `name`")
                continue
            change = _Change(
                *(str(entry.get(key) or "") for key in ("newName", "newTag", "digest"))
            )
            self.changes.setdefault(str(name), []).append((order, change))

    def _patch_files(self, document: Map) -> Iterator[Text]:
        """Yield the patches that are files. Report inline patches that may set an image."""
        for key in _PATCHES:
            for patch in document.get(key) or ():
                path = patch.get("path") if isinstance(patch, dict) else patch
                if isinstance(path, Text) and "\n" not in path:
                    yield path
                elif line := next(_lines_of_images(patch), 0):
                    self.findings.leave_out(line, f"`{key}` may set an image", _ADD)

    def changed(self, image: str) -> Iterator[str]:
        """Yield *image*, and the image after each entry that changes it; the last is the result."""
        yield image
        after = -1
        while True:
            entries = self.changes.get(_name(image), [])
            at = bisect.bisect(entries, after, key=lambda entry: entry[0])
            if at == len(entries):
                return
            after, change = entries[at]
            image = change.of(image)
            yield image


def is_kustomization(document: Map, file_name: str) -> bool:
    """Return whether *document* is a kustomization of Kustomize, not of Flux."""
    kind = document.get("kind")
    if kind is None:
        return file_name in _FILE_NAMES
    group = str(document.get("apiVersion", _GROUP)).rpartition("/")[0] or _GROUP
    return kind in ("Kustomization", "Component") and group == _GROUP


_Names = dict[tuple[str, int], frozenset[str]]
"""The resulting names of each image, by file and number of the image in the file."""


class _Built(NamedTuple):
    """The result of a kustomization."""

    names: _Names
    unread: list[str]
    """Resources of the kustomization that are not read."""


def kustomize(files: Mapping[str, Findings], kustomizations: Mapping[str, Kustomization]) -> None:
    """Change the images in *files* as *kustomizations* say.

    An image that several overlays change gets one name from each. An image in a file that no
    kustomization names is not changed.

    Args:
        files: The findings of each file, by absolute path.
        kustomizations: The kustomizations, by absolute path of their folder.
    """
    if not any(each.line for each in kustomizations.values()):
        return
    building = _Building(files, kustomizations)
    made: dict[tuple[str, int], set[tuple[str, str]]] = {}
    """Names and their kustomizations, by file and number of the image in the file."""
    # Begin with kustomizations that no other one names. The rest then refers to itself.
    for folder, each in sorted(kustomizations.items(), key=lambda pair: pair[0] in building.named):
        if folder in building.seen:
            continue
        if each.is_component and each.line:
            _cannot(each, "no kustomization in the files uses this component")
        try:
            for place, names in building.build(folder).names.items():
                building.count(1 + len(names))
                made.setdefault(place, set()).update((name, folder) for name in names)
        except _TooMuchError as error:
            _cannot(each, str(error))
    for path, findings in files.items():
        findings.images = [
            image._replace(name=name, overlay=overlay)
            for number, image in enumerate(findings.images)
            for name, overlay in sorted(made.get((path, number), {(image.name, "")}))
        ]


def _cannot(each: Kustomization, why: str) -> None:
    each.findings.problem(each.line, f"`images` cannot be applied: {why}", _RENDER)


class _TooMuchError(ValueError):
    """Kustomizations refer to themselves, or are too large."""


class _Building:
    """Builds kustomizations, each once."""

    def __init__(
        self, files: Mapping[str, Findings], kustomizations: Mapping[str, Kustomization]
    ) -> None:
        self.files = files
        self.kustomizations = kustomizations
        self.named = {
            _path(folder, name)
            for folder, each in kustomizations.items()
            for name in (*each.resources, *each.components)
        }
        self.built: dict[str, _Built | None] = {}
        """By folder; None while the kustomization is being built."""
        self.seen: set[str] = set()
        self.steps = 0

    def build(self, folder: str) -> _Built:
        if folder not in self.built:
            self.built[folder] = None
            self.built[folder] = self.added(folder, _Built({}, []))
        built = self.built[folder]
        if built is None:
            raise _TooMuchError(f"the kustomization {posixpath.basename(folder)} refers to itself")
        return built

    def added(self, folder: str, made: _Built) -> _Built:
        """Return *made* with the resources of a kustomization added and its changes applied."""
        each = self.kustomizations[folder]
        self.seen.add(folder)
        for name in each.resources:
            self.merge(made, self.resource(folder, name))
        for name in each.patches:
            if _path(folder, name) in self.files:
                self.merge(made, self.resource(folder, name))
        for name in each.components:
            path = _path(folder, name)
            if path in self.kustomizations:
                made = self.added(path, made)
            else:
                made.unread.append(_unread(name))
        made.unread.extend(map(_unread, each.not_followed))
        if not each.line:
            return made
        if made.unread:
            unread = ", ".join(dict.fromkeys(made.unread))
            _cannot(each, f"these entries are not in the files, or are not supported: {unread}")
        return _Built({place: self.changed(each, names) for place, names in made.names.items()}, [])

    def merge(self, made: _Built, other: _Built) -> None:
        self.count(1 + len(other.names))
        made.unread.extend(other.unread)
        for place, found in other.names.items():
            made.names[place] = made.names.get(place, frozenset()) | found

    def resource(self, folder: str, name: Text) -> _Built:
        path = _path(folder, name)
        if path in self.kustomizations:
            return self.build(path)
        if path not in self.files:
            return _Built({}, [_unread(name)])
        images = enumerate(self.files[path].images)
        found = {(path, at): frozenset({image.name}) for at, image in images if image.in_list}
        return _Built(found, [])

    def changed(self, each: Kustomization, names: frozenset[str]) -> frozenset[str]:
        made: set[str] = set()
        for name in names:
            last = name
            for last in each.changed(name):  # noqa: B007 - the last is what counts
                self.count(1)
            made.add(last)
        return frozenset(made)

    def count(self, steps: int) -> None:
        self.steps += steps
        if self.steps > _MOST_STEPS:
            raise _TooMuchError("the kustomizations are too large")


def _unread(name: Text) -> str:
    return f"{name} (line {name.line})"


def _path(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder, name))


def _name(image: str) -> str:
    """Return *image* without tag and digest."""
    folder, slash, last = image.partition("@")[0].rpartition("/")
    return folder + slash + last.partition(":")[0]


def _texts(value: Value) -> list[Text]:
    return [each for each in value if isinstance(each, Text)] if isinstance(value, list) else []


def _lines_of_images(value: Value) -> Iterator[int]:
    if isinstance(value, Text) and _SETS_IMAGE.search(value):
        yield value.line
    elif isinstance(value, dict | list):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _lines_of_images(child)
