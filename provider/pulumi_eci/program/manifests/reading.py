"""Reads all files of one call of `images_in`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pulumi_eci.program.manifests import files
from pulumi_eci.program.manifests.compose import is_compose, read_compose
from pulumi_eci.program.manifests.documents import Document, UnreadableError, documents
from pulumi_eci.program.manifests.findings import Findings, Note, reference_problem
from pulumi_eci.program.manifests.kinds import ImagePaths
from pulumi_eci.program.manifests.kustomize import Kustomization, is_kustomization, kustomize
from pulumi_eci.program.manifests.resources import read_patch, read_resource
from pulumi_eci.program.manifests.variables import Lookup, VariableError, env_file

_MOST_PROBLEMS = 50
_MOST_LEFT_OUT = 10
"""Most images that a warning about one file names."""
_ADD_FILES = "Add these files to the patterns."


class Reading:
    """The files of one call of `images_in`."""

    def __init__(self, root: Path, variables: Mapping[str, str], paths: ImagePaths) -> None:
        """Read files below *root*.

        Args:
            root: The folder that patterns start from.
            variables: Values for variables in image references.
            paths: The paths of images in custom resources.
        """
        self.problems: list[str] = []
        self.warnings: list[str] = []
        self._root = root
        self._variables = variables
        self._paths = paths
        self._found: dict[str, Findings] = {}
        self._kustomizations: dict[str, Kustomization] = {}
        """By the absolute path of their folder."""
        self._env: dict[Path, Lookup] = {}

    def read(self, patterns: Iterable[str]) -> dict[str, Findings]:
        """Return the findings of each file that *patterns* match, by the file's name."""
        broken: list[str] = []
        names: dict[str, str] = {}
        for pattern in patterns:
            try:
                matched = files.matching(pattern, self._root)
            except files.FileError as error:  # noqa: PERF203 - all problems are reported together
                broken.append(str(error))
            else:
                names = {os.path.realpath(self._root / name): name for name in matched} | names
        for name in sorted(names.values()):
            self._found[name] = Findings()
            try:
                self._read_file(name, self._found[name])
            except files.FileError as error:
                broken.append(str(error))
        self._finish(broken)
        return self._found

    def _read_file(self, name: str, findings: Findings) -> None:
        path = self._root / name
        text = files.read(path, name)
        try:
            for document in documents(text, is_json=path.suffix == ".json"):
                self._read_document(document, path, findings)
        except UnreadableError as error:
            findings.problem(error.line, error.why)
        except RecursionError:
            findings.problem(0, "nested too deeply")

    def _read_document(self, document: Document, path: Path, findings: Findings) -> None:
        value = document.value
        if isinstance(value, list):  # a patch, or a list of resources from `jq --slurp`
            read_patch(value, findings)
            for member in value:
                if isinstance(member, dict) and isinstance(member.get("kind"), str):
                    read_resource(member, self._paths, self._variables, findings)
            self._report_repeated(document, findings)
        if not isinstance(value, dict):
            return
        if is_kustomization(value, path.name):
            self._kustomizations[_absolute(path.parent)] = Kustomization(value, findings)
        elif isinstance(value.get("kind"), str):
            read_resource(value, self._paths, self._variables, findings)
        elif is_compose(value, path.name, (path.parent / "Chart.yaml").is_file(), findings):
            read_compose(value, findings, self._project_variables(path.parent))
        else:
            return
        self._report_repeated(document, findings)

    def _report_repeated(self, document: Document, findings: Findings) -> None:
        for key in document.repeated:
            findings.problem(key.line, f"duplicate key `{key}`")

    def _project_variables(self, folder: Path) -> Lookup:
        """Return the variables of a Compose project. Its `.env` file is read at the first use."""

        def lookup(name: str) -> str | None:
            if name in self._variables:
                return self._variables[name]
            if folder not in self._env:
                self._env[folder] = self._env_file(folder / ".env")
            return self._env[folder](name)

        return lookup

    def _env_file(self, path: Path) -> Lookup:
        if not path.is_file():
            return self._variables.get
        try:
            return env_file(files.read(path, str(path)), self._variables)
        except files.FileError as error:
            raise VariableError(str(error)) from None

    def _finish(self, broken: Sequence[str]) -> None:
        """Apply kustomizations, and compose the messages about problems and left-out images."""
        by_path = {_absolute(self._root / name): found for name, found in self._found.items()}
        try:
            kustomize(by_path, self._kustomizations)
        except RecursionError:
            broken = [*broken, "kustomizations are nested too deeply"]
        notes: list[tuple[str, Note]] = []
        for name, findings in self._found.items():
            for image in findings.images:
                if why := reference_problem(image.name):
                    findings.problem(image.line, f"`image` is not a valid image reference: {why}")
            for path, words in findings.files:
                if _absolute(self._root / name / ".." / path) not in by_path:
                    findings.leave_out(path.line, f"{words} {path}", _ADD_FILES)
            notes += [(name, note) for note in sorted(set(findings.problems))]
            if findings.left_out:
                self.warnings.append(_warning(name, sorted(set(findings.left_out))))
        problems = [*broken, *(_located(name, note) for name, note in notes)]
        if len(problems) > _MOST_PROBLEMS:
            problems[_MOST_PROBLEMS:] = [f"and {len(problems) - _MOST_PROBLEMS} more"]
        self.problems = [*problems, *_advice(note for _, note in notes)]


def _absolute(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - links are not resolved


def _located(name: str, note: Note) -> str:
    return f"{name}:{note.line}: {note.text}" if note.line else f"{name}: {note.text}"


def _warning(name: str, notes: Sequence[Note]) -> str:
    shown = [f"{note.text} (line {note.line})" for note in notes[:_MOST_LEFT_OUT]]
    if len(notes) > _MOST_LEFT_OUT:
        shown.append(f"{len(notes) - _MOST_LEFT_OUT} more")
    return f"{name}: these images are left out: {'; '.join(shown)}. {' '.join(_advice(notes))}"


def _advice(notes: Iterable[Note]) -> list[str]:
    return list(dict.fromkeys(note.advice for note in notes if note.advice))
