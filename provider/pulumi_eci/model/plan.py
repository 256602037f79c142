"""Decides what `update` has to do: compares state and new spec, field by field, into a `Plan`."""

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
    equal,
    moved_images,
)


class Action(IntEnum):
    """What an update has to do. A later action includes the earlier ones."""

    KEEP = 0
    RECORD = 1  # state gets other digests, and the cache does not change
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
    EVICTED: Action.REPLACE,  # unless on_missing is ignore
}


_LABELS = {row.name: row.label for row in FIELDS if row.label}


@dataclass(frozen=True)
class FieldChange:
    """One changed property. *known* is false if the new value is not known yet (preview)."""

    name: str
    change: Change
    old: Any
    new: Any
    known: bool = True


@dataclass(frozen=True)
class Plan:
    """The action of an update, and the changes and the status that require the action."""

    action: Action
    changes: tuple[FieldChange, ...]
    status: str

    @property
    def replaces(self) -> list[str]:
        """The properties that force a replacement; `status` if the status alone does."""
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
        """Whether the update calls UpdateImageCache."""
        return self.action > Action.WAIT

    @property
    def moved_tags(self) -> list[str]:
        """One sentence for each image whose tag moved, with the old and the new digest."""
        return [
            f"{image} moved from {by_identity(change.old)[identity(image)]} to {change.new[image]}"
            for change in self.changes
            if change.name == DIGESTS
            for image in moved_images(change.old, change.new)
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
        """The changes that require the action. A new retention, say, requires no rebuild."""
        return [
            change
            for change in self.changes
            if self.status == EVICTED or _ACTIONS[change.change] is self.action
        ]

    def __str__(self) -> str:
        """Describe the action and the reason in a few words, for a preview."""
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
    def replaced(self) -> str:
        """What a plan that is `in_place` means once the engine turns it into a replacement."""
        return f"{self._reasons()[1]}: needs a new cache (replace_on_changes)"

    @property
    def beginning(self) -> str:
        """The first progress line of the update of a plan that is `in_place`."""
        verb = "rebuilding" if self.rebuilds else "updating"
        return f"{verb} in place: {self._reasons()[1]}"

    def _reasons(self) -> tuple[bool, str]:
        """Return whether the status requires the action, and all reasons in words."""
        repaired = _REPAIRS.get(self.status) is self.action
        status = [f"status {self.status}"] if repaired else []
        names = dict.fromkeys(_LABELS.get(each.name, each.name) for each in self.deciding)
        return repaired, ", ".join((*status, *names))


def make_plan(old: State, new: ImageCacheSpec) -> Plan:
    """Compare *old* state with the *new* spec, field by field.

    A digest that became known, or is no longer tracked, is recorded. A field whose new value is not
    known counts as changed. A cache that is not Ready is never unchanged: UpdateFailed requires a
    rebuild, Failed a replacement, any other status a wait (unless `skipAwait` is set). An evicted
    cache with `onMissing` set to ignore is created again when its spec changes.
    """
    compared = (_compare(row, old.spec, new) for row in FIELDS if row.change is not Change.SILENT)
    changes = tuple(change for change in compared if change is not None)
    action = max((_ACTIONS[change.change] for change in changes), default=Action.KEEP)
    before, after = map(by_identity, (old.spec.image_digests, new.image_digests))
    if action is Action.KEEP and before != after:
        action = Action.RECORD
    if old.status == EVICTED:
        # A moved tag is no change of the program, and an evicted cache was not in use.
        keeps = new.on_missing == "ignore" and all(each.name == DIGESTS for each in changes)
        return Plan(Action.KEEP if keeps else Action.REPLACE, changes, old.status)
    return Plan(max(action, _action_for(old.status, new)), changes, old.status)


def _compare(row: Field, old: ImageCacheSpec, new: ImageCacheSpec) -> FieldChange | None:
    was, will = getattr(old, row.attribute), getattr(new, row.attribute)
    # An object has several rows: what another row compares does not count here.
    known = row.name not in new.unknown or (row.kind in OBJECTS and not contains_unknown(will))
    is_same = equal(row, was, will) if known else row.absent_is_unknown and not was
    return None if is_same else FieldChange(row.name, row.change, was, will, known)


def _action_for(status: str, new: ImageCacheSpec) -> Action:
    if status in _REPAIRS:
        return _REPAIRS[status]
    # Without a status, another release wrote the state, or the cache could not be described.
    unfinished = status and status not in SETTLED
    return Action.WAIT if unfinished and not new.skip_await else Action.KEEP
