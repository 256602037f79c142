"""The result of reading one file: images, problems, and images that are left out. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from pulumi_eci.model.reference import InvalidReferenceError, parse_reference
from pulumi_eci.program.manifests.documents import Text, Unrendered, Value

TEMPLATE = "is a template"
RENDER_FIRST = "Render templates first (`helm template`, `kustomize build`)."

_LONGEST = 1000
"""Most characters of an image reference."""


@dataclass(eq=False)
class Pod:
    """The pod template of a resource, or the service of a Compose file."""

    kind: str
    name: str = ""
    namespace: str = ""
    part: str = ""
    """Name or path of the template within its resource."""
    annotations: dict[str, str] = field(default_factory=dict)
    of_resource: dict[str, str] = field(default_factory=dict)
    """Annotations of the resource, which its pods do not get."""


class Image(NamedTuple):
    """An image that a file names."""

    name: str
    line: int
    in_list: bool
    """Whether the image is in a list of containers. Kustomize changes only these."""
    pod: Pod
    pull_policy: str = ""
    """As written in the file."""
    overlay: str = ""
    """The absolute path of the kustomization that set the name."""


class Note(NamedTuple):
    """A message about one line of a file."""

    line: int
    text: str
    advice: str = ""
    """What the user can do. Notes with the same advice show it once."""


@dataclass
class Findings:
    """The result of reading one file."""

    images: list[Image] = field(default_factory=list)
    problems: list[Note] = field(default_factory=list)
    left_out: list[Note] = field(default_factory=list)
    files: list[tuple[Text, str]] = field(default_factory=list)
    """Other files that this file includes, and the words for them in a message."""

    def problem(self, line: int, text: str, advice: str = "") -> None:
        """Add a problem."""
        self.problems.append(Note(line, text, advice))

    def leave_out(self, line: int, text: str, advice: str = "") -> None:
        """Add an image that is left out."""
        self.left_out.append(Note(line, text, advice))

    def is_string(self, value: Value, line: int) -> bool:
        """Return whether *value*, an `image` in *line*, is a string. If not, add a problem."""
        if isinstance(value, Text) and value.is_string:
            return True
        if isinstance(value, Unrendered):
            self.problem(value.line, f"`image` {TEMPLATE}", RENDER_FIRST)
        else:
            self.problem(line, "`image` must be a string")
        return False


def reference_problem(name: str) -> str | None:
    """Return why *name* is not a valid image reference, or None if it is valid."""
    if not name.strip():
        return "the name is blank"
    if len(name) > _LONGEST:
        return f"the name has more than {_LONGEST:,} characters"
    try:
        parse_reference(name)
    except InvalidReferenceError as error:
        return str(error)
    return None
