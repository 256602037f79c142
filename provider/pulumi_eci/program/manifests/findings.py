"""What is found in one file: images, what is wrong, and what is left out. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from pulumi_eci.model.reference import InvalidReferenceError, parse_reference
from pulumi_eci.program.manifests.documents import Text, Unrendered, Value

TEMPLATE = "is a template"
RENDER_FIRST = "Render templates first (`helm template`, `kustomize build`)."

_LONGEST = 1000
"""Characters of a name with tag and digest: longer ones are not looked at."""


@dataclass(eq=False)
class Pod:
    """What pods are made from: the pod template of a resource, or the service of a Compose file."""

    kind: str
    name: str = ""
    namespace: str = ""
    part: str = ""
    """Which of the templates of its resource it is: a name, or a path."""
    annotations: dict[str, str] = field(default_factory=dict)
    of_resource: dict[str, str] = field(default_factory=dict)
    """Annotations of the resource around the template, which its pods do not get."""


class Image(NamedTuple):
    """An image that a file names."""

    name: str
    line: int
    in_list: bool
    """Whether a list of containers names it: Kustomize changes those only."""
    pod: Pod
    pull_policy: str = ""
    """As it is written there."""
    overlay: str = ""
    """The absolute path of the kustomization that gave it its name."""


class Note(NamedTuple):
    """Something about a line of a file."""

    line: int
    text: str
    advice: str = ""
    """What to do; said once, however many notes have it."""


@dataclass
class Findings:
    """What is found in one file."""

    images: list[Image] = field(default_factory=list)
    problems: list[Note] = field(default_factory=list)
    left_out: list[Note] = field(default_factory=list)
    files: list[tuple[Text, str]] = field(default_factory=list)
    """Other files that this one builds on, and in which words."""

    def problem(self, line: int, text: str, advice: str = "") -> None:
        """Note what is wrong."""
        self.problems.append(Note(line, text, advice))

    def leave_out(self, line: int, text: str, advice: str = "") -> None:
        """Note an image that is not taken."""
        self.left_out.append(Note(line, text, advice))

    def is_string(self, value: Value, line: int) -> bool:
        """Tell whether *value*, an `image` in *line*, is a string; note it if it is not."""
        if isinstance(value, Text) and value.is_string:
            return True
        if isinstance(value, Unrendered):
            self.problem(value.line, f"`image` {TEMPLATE}", RENDER_FIRST)
        else:
            self.problem(line, "`image` must be a string")
        return False


def why_no_image(name: str) -> str | None:
    """Return why *name* is not the name of an image; None if it is."""
    if not name.strip():
        return "it is blank"
    if len(name) > _LONGEST:
        return f"it has more than {_LONGEST:,} characters"
    try:
        parse_reference(name)
    except InvalidReferenceError as error:
        return str(error)
    return None
