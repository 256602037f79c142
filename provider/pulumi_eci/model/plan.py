"""What `update` has to do: from the state and the new spec to a `Plan`. Pure, and a loop over the
field table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from pulumi_eci.model.fields import FIELDS, OBJECTS, Change, Field
from pulumi_eci.model.images import by_identity, identity
from pulumi_eci.model.spec import ImageCacheSpec, contains_unknown
from pulumi_eci.model.state import (
    DIGESTS,
    EVICTED,
    FAILED,
    SETTLED,
    UPDATE_FAILED,
    State,
    moved,
    same,
)


class Action(IntEnum):
    """What it takes to get from the state to the spec; a later one includes the earlier."""

    KEEP = 0
    RECORD = 1  # more or less is known of the cache, which stays as it is
    WAIT = 2  # the cache is still being built
    METADATA = 3
    REBUILD = 4
    REPLACE = 5


_ACTIONS = {
    Change.METADATA: Action.METADATA,
    Change.REBUILD: Action.REBUILD,
    Change.REPLACE: Action.REPLACE,
}
_REPAIRS = {
    UPDATE_FAILED: Action.REBUILD,
    FAILED: Action.REPLACE,
    EVICTED: Action.REPLACE,  # unless it may be missing
}


_LABELS = {row.name: row.label for row in FIELDS if row.label}


@dataclass(frozen=True)
class FieldChange:
    """One changed property; *known* is false while the new value is not known (preview)."""

    name: str
    change: Change
    old: Any
    new: Any
    known: bool = True


@dataclass(frozen=True)
class Plan:
    """The action, and the changes and status that call for it."""

    action: Action
    changes: tuple[FieldChange, ...]
    status: str

    @property
    def replaces(self) -> list[str]:
        """The properties that force a replacement, for the engine; a Failed cache forces it too."""
        names = [change.name for change in self.changes if change.change is Change.REPLACE]
        if self.action is Action.REPLACE and not names:
            return ["status"]
        return list(dict.fromkeys(names))

    @property
    def rebuilds(self) -> bool:
        """Whether the images are pulled again."""
        return self.action is Action.REBUILD

    @property
    def sends(self) -> bool:
        """Whether the service is asked for a change."""
        return self.action > Action.WAIT

    @property
    def moved(self) -> list[str]:
        """Of each image whose tag moved, from which digest to which."""
        return [
            f"{image} moved from {by_identity(change.old)[identity(image)]} to {change.new[image]}"
            for change in self.changes
            if change.name == DIGESTS
            for image in moved(change.old, change.new)
        ]

    @property
    def in_place(self) -> bool:
        """Whether the cache keeps its id and is changed."""
        return self.action in (Action.METADATA, Action.REBUILD)

    def shown_by(self, old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> bool:
        """Whether the inputs alone, *old* and *new*, show that there is a change."""
        return old is not None and any(
            old.get(change.name) != new.get(change.name) for change in self.changes
        )

    def changed(self, *names: str) -> bool:
        """Whether any of the properties *names* changed."""
        return any(change.name in names for change in self.changes)

    @property
    def deciding(self) -> list[FieldChange]:
        """The changes that call for the action: a new retention costs no rebuild."""
        return [
            change
            for change in self.changes
            if self.status == EVICTED or _ACTIONS[change.change] is self.action
        ]

    def __str__(self) -> str:
        """Say in a few words what the plan means for a running system, and why.

        A preview shows this, and an update until it has more to tell.
        """
        repaired, because = self._reasons()
        deciding = self.deciding
        sure = repaired or not deciding or any(change.known for change in deciding)
        words = {
            Action.KEEP: "nothing to do",
            Action.RECORD: "image digests are recorded; the cache is not rebuilt",
            Action.WAIT: f"still {self.status}: waits for Ready",
            Action.METADATA: f"{because}: update in place, the snapshot stays",
            Action.REBUILD: f"{because}: rebuild in place (same id, new snapshot)",
            Action.REPLACE: f"{because}: needs a new cache",
        }
        return words[self.action] + ("" if sure else ", if it changes at all (not known yet)")

    @property
    def beginning(self) -> str:
        """What the update of a plan that is `in_place` has begun."""
        verb = "rebuilding" if self.rebuilds else "updating"
        return f"{verb} in place: {self._reasons()[1]}"

    def _reasons(self) -> tuple[bool, str]:
        """Return whether a status calls for the action, and all that does, in words."""
        repaired = _REPAIRS.get(self.status) is self.action
        status = [f"status {self.status}"] if repaired else []
        names = dict.fromkeys(_LABELS.get(each.name, each.name) for each in self.deciding)
        return repaired, ", ".join((*status, *names))


def make_plan(old: State, new: ImageCacheSpec) -> Plan:
    """Compare *old* state with the *new* spec, field by field.

    A digest that became known, or is no longer asked for, is recorded. A field whose new value is
    not known counts as changed. A cache that is not Ready is never unchanged: UpdateFailed wants a
    rebuild, Failed a replacement, any other status a wait (unless the program skips waits). A cache
    that may be missing, and is, is made anew when its spec changes.
    """
    compared = (_compare(row, old.spec, new) for row in FIELDS if row.change is not Change.SILENT)
    changes = tuple(change for change in compared if change is not None)
    action = max((_ACTIONS[change.change] for change in changes), default=Action.KEEP)
    before, after = map(by_identity, (old.spec.image_digests, new.image_digests))
    if action is Action.KEEP and before != after:
        action = Action.RECORD
    if old.status == EVICTED:
        # A tag that moves is no change of the program's, and the cache was not in use.
        keeps = new.on_missing == "ignore" and all(each.name == DIGESTS for each in changes)
        return Plan(Action.KEEP if keeps else Action.REPLACE, changes, old.status)
    return Plan(max(action, _action_for(old.status, new)), changes, old.status)


def _compare(row: Field, old: ImageCacheSpec, new: ImageCacheSpec) -> FieldChange | None:
    was, will = getattr(old, row.attribute), getattr(new, row.attribute)
    # Of an object with several rows, what another row compares does not count.
    known = row.name not in new.unknown or (row.kind in OBJECTS and not contains_unknown(will))
    is_same = same(row, was, will) if known else row.absent_is_unknown and not was
    return None if is_same else FieldChange(row.name, row.change, was, will, known)


def _action_for(status: str, new: ImageCacheSpec) -> Action:
    if status in _REPAIRS:
        return _REPAIRS[status]
    # No status: state that another release wrote, or a reading that could not be made.
    unfinished = status and status not in SETTLED
    return Action.WAIT if unfinished and not new.skip_await else Action.KEEP
