"""The crash matrix: the operations, and the call at which a run is killed."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from pulumi_eci.model.fields import PENDING_TAG
from tests.chaos.crash import Boundary, Moment, Victims
from tests.support.pulumi_stack import PulumiStack

THEIRS = "imc-theirs"
IMAGES = ["nginx:1"]
TAGS = {"team": "web", "old": "1"}

Edit = Callable[[PulumiStack], None]


@dataclass(frozen=True)
class Row:
    """An operation and one of its writes.

    Args:
        name: The operation.
        action: The write.
        edit: Changes the program.
        match: Parameters that identify the write.
        exists: Whether the stack has its cache already.
        command: The command that is run, killed and run again.
        wanted: Number of caches at the end.
        is_last_word: See `Boundary`.
    """

    name: str
    action: str
    edit: Edit
    match: tuple[tuple[str, str], ...] = ()
    exists: bool = True
    command: tuple[str, ...] = ("up",)
    wanted: int = 1
    is_last_word: bool = False


@dataclass(frozen=True)
class Cell:
    """One cell of the matrix; *native* selects the plugin."""

    row: Row
    moment: Moment
    victims: Victims
    native: bool = False

    @property
    def boundary(self) -> Boundary:
        """The boundary at which the run is killed."""
        row = self.row
        return Boundary(row.action, self.moment, dict(row.match), is_last_word=row.is_last_word)

    @property
    def name(self) -> str:
        """The cell's name, which is the test's parameter."""
        door = ", native" if self.native else ""
        row, moment = self.row, self.moment.value
        return f"{row.name}, {row.action}, {moment}, {self.victims.value}{door}"


def _create(stack: PulumiStack) -> None:
    stack.declare(images=IMAGES, tags=TAGS)


def _rebuild(stack: PulumiStack) -> None:
    stack.edit(images=["nginx:2"])


def _metadata(stack: PulumiStack) -> None:
    stack.edit(retention_days=30, elimination_strategy="LRU")


def _drop_tag(stack: PulumiStack) -> None:
    stack.edit(tags={"team": "web"})


def _replace(stack: PulumiStack) -> None:
    stack.edit(insecure_registry="r.example.com")


def _nothing(_: PulumiStack) -> None:
    """Leave the program as it is."""


def _adopt(stack: PulumiStack) -> None:
    stack.declare(adopt=THEIRS, images=["nginx:2"], tags=TAGS)


_REPLACE = ("up", "--replace", "**ImageCache::web")

ROWS = (
    Row("create", "CreateImageCache", _create, exists=False),
    Row(
        "create, at its end",
        "UntagResources",
        _create,
        match=(("TagKey.1", PENDING_TAG),),
        exists=False,
        is_last_word=True,
    ),
    Row("rebuild", "UpdateImageCache", _rebuild),
    Row("metadata", "UpdateImageCache", _metadata),
    Row("tag removal", "UntagResources", _drop_tag),
    Row("replace", "CreateImageCache", _replace),
    Row("replace", "DeleteImageCache", _replace),
    Row("up --replace", "CreateImageCache", _nothing, command=_REPLACE),
    Row("delete", "DeleteImageCache", _nothing, command=("destroy",), wanted=0),
    Row("adopt", "TagResources", _adopt, exists=False),
    Row("adopt", "UpdateImageCache", _adopt, exists=False),
)

# The providers differ only in how they end with the engine and how they return partial results.
_NATIVE_ROWS = {"create", "create, at its end", "rebuild", "replace", "delete"}

CELLS = (
    *(Cell(*each) for each in itertools.product(ROWS, Moment, Victims)),
    *(
        Cell(row, moment, victims, native=True)
        for row, moment, victims in itertools.product(ROWS, Moment, Victims)
        if row.name in _NATIVE_ROWS and moment is not Moment.BEFORE
    ),
)
