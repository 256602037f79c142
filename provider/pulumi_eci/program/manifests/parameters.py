"""Parameters in image references of Argo Workflows, Tekton and OpenShift templates. Pure.

Values and defaults of parameters are often in the same document. Several values of one parameter
give several images.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping

from pulumi_eci.program.manifests.documents import Map, Text, Value
from pulumi_eci.program.manifests.findings import RENDER_FIRST, TEMPLATE
from pulumi_eci.program.manifests.variables import VariableError, interpolate

_PARAMETER = re.compile(
    r"\{\{\s*(?:workflow|inputs)\.parameters\.([\w-]+)\s*\}\}"
    r"|\$\((?:inputs\.|tt\.)?params\.([\w.-]+)\)"
)
_LATER = re.compile(
    r"\$\(|\$\{\w+\.|\{\{=|\{\{\s*(?:inputs|item|lastRetry|node|outputs|pod|retries|steps|tasks|workflow)\b"
)
_HOLDERS = ("parameters", "params")
_NOT_QUOTED = re.compile(r"\$\{\{(\w+)\}\}")
_MOST_NAMES = 100


class LaterError(ValueError):
    """The image reference is known only when the resource runs."""


class Parameters:
    """The parameters of one document."""

    def __init__(self, document: Map, variables: Mapping[str, str]) -> None:
        """Read the parameters of *document*; *variables* take precedence."""
        self._document = document
        self._variables = variables
        self._values: dict[str, dict[str, None]] | None = None

    def fill(self, text: str) -> list[str]:
        """Return the image references that *text* may stand for.

        Raises:
            LaterError: The document does not have the values.
            VariableError: A variable has no value, or *text* is a template.
        """
        if "$" not in text and "{{" not in text:
            return [text]
        if self._document.get("kind") == "Template":  # OpenShift
            return [interpolate(_NOT_QUOTED.sub(r"${\1}", text), self._one_value)]
        names = list(dict.fromkeys(first or second for first, second in _PARAMETER.findall(text)))
        filled = [_put_in(text, chosen) for chosen in self._choices(names)]
        if any(_LATER.search(name) for name in filled):
            raise LaterError
        if any("{{" in name for name in filled):
            raise VariableError(f"the name {TEMPLATE}", RENDER_FIRST)
        return [interpolate(name, self._variables.get) for name in filled]

    def _choices(self, names: list[str]) -> list[dict[str, str]]:
        values = [self._values_of(name) for name in names]
        if math.prod(map(len, values)) > _MOST_NAMES or not all(values):
            raise LaterError
        return [dict(zip(names, each, strict=True)) for each in itertools.product(*values)]

    def _one_value(self, name: str) -> str | None:
        return next(iter(self._values_of(name)), None)

    def _values_of(self, name: str) -> list[str]:
        if name in self._variables:
            return [self._variables[name]]
        if self._values is None:
            self._values = {}
            for parameter, value in _given(self._document):
                self._values.setdefault(parameter, {})[value] = None
        return list(self._values.get(name, ()))


def _put_in(text: str, values: Mapping[str, str]) -> str:
    return _PARAMETER.sub(lambda match: values[match[1] or match[2]], text)


def _given(value: Value, holder: str = "") -> Iterator[tuple[str, str]]:
    """Yield name and value of the parameters at any depth of *value*, whose key is *holder*."""
    if isinstance(value, list):
        for member in value:
            yield from _given(member, holder)
    elif isinstance(value, dict):
        for key, child in value.items():
            yield from _given(child, key)
        name = value.get("name")
        for said in (value.get("value"), value.get("default")) if holder in _HOLDERS else ():
            if isinstance(name, Text) and isinstance(said, Text) and not _LATER.search(said):
                yield name, said
