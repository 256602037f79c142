"""The update of one cache from any program to any other: the operations, and what must hold after
them.
"""

from __future__ import annotations

import hashlib
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pytest

from eci_emulator.images import canonical
from pulumi_eci.model.parse import parse
from pulumi_eci.model.plan import Action, make_plan
from pulumi_eci.model.state import differences, read_state
from tests.properties.clouds import Cloud
from tests.properties.specs import METADATA, REBUILDING, REPLACING, SECRETS, changed, meaning
from tests.support.small_engine import Kept, Properties, Step, StepFailedError, same

FOREIGN = {"foreign": "7"}
HOUR = 3600.0


@dataclass
class UpdateOfOneCache:
    """A cache of the program *first*, which is updated to the program *second*.

    Attributes:
        cloud: The service and the stack.
        first: The program that creates the cache.
        second: The program after the update.
    """

    cloud: Cloud
    first: Properties
    second: Properties
    shown: dict[str, Any] = field(init=False)
    old: Kept = field(init=False)
    inputs: Properties = field(init=False)
    changes: set[str] = field(init=False)

    def create(self) -> None:
        """Create the cache, and add a tag without the stack."""
        self.cloud.engine.up({"web": self.first})
        self.old = deepcopy(self.cloud.engine.state["web"])
        tags = self.cloud.cache(self.old.id)["tags"]
        self.cloud.edit(self.old.id, tags={**tags, **FOREIGN})
        self.shown = self.cloud.cache(self.old.id)
        self.cloud.forget_requests()
        self.inputs = self.cloud.engine.check("web", self.second)
        assert parse(self.inputs).problems == ()
        self.changes = changed(meaning(self.old.inputs), meaning(self.inputs))

    @property
    def replaces(self) -> bool:
        """Whether the change needs a new cache."""
        return bool(self.changes & REPLACING)

    @property
    def rebuilds(self) -> bool:
        """Whether the change needs a new snapshot of the same cache."""
        return not self.replaces and bool(self.changes & REBUILDING)

    @property
    def kept(self) -> Kept:
        """The resource in state."""
        return self.cloud.engine.state["web"]

    def prove_preview(self) -> None:
        """Check that the preview shows the kind of the change, and nothing else."""
        pending = self.old.outputs["status"] != "Ready" and not self.inputs.get("skipAwait")
        expected = Step.SAME
        if self.replaces:
            expected = Step.REPLACE
        elif pending or self.changes:
            expected = Step.UPDATE
        assert self.cloud.engine.preview({"web": self.second}) == {"web": expected}

    def update(self) -> None:
        """Apply *second*, and let builds end that `skipAwait` does not await."""
        self.cloud.engine.up({"web": self.second})
        if self.inputs.get("skipAwait"):
            self.cloud.time.sleep(HOUR)

    def prove_requests(self, *, others: int = 0) -> None:
        """Check that the update sent exactly its own requests, besides the number of *others*."""
        sent = self.cloud.sent("UpdateImageCache")
        ours = 0 if self.replaces or not self.changes & (REBUILDING | METADATA) else 1
        assert len(sent) == ours + others
        assert len(self.cloud.sent("CreateImageCache")) == self.replaces
        # more than once if a deletion was refused
        assert bool(self.cloud.sent("DeleteImageCache")) is self.replaces
        assert all(("Image.1" in each) is self.rebuilds for each in sent[others:])

    def prove_identity(self, *, keeps_snapshots: bool) -> None:
        """Check that a replacement changes the id, a rebuild the snapshot, and nothing else does.

        If the service *keeps_snapshots*, it may show the old snapshot's id after a rebuild.
        """
        (shown,) = self.cloud.caches()
        assert shown["id"] == self.kept.id
        assert (shown["id"] != self.shown["id"]) is self.replaces
        if not self.replaces:
            rebuilt = shown["build"]["snapshot_id"] != self.shown["build"]["snapshot_id"]
            assert rebuilt is self.rebuilds or (keeps_snapshots and self.rebuilds)

    def prove_readable(self) -> None:
        """Check every attribute that the service shows, and the foreign tags."""
        wanted, seen = meaning(self.kept.inputs), self.cloud.describe(self.kept.id)
        assert (seen.status, seen.image_cache_name) == ("Ready", wanted["name"])
        assert set(map(canonical, seen.images)) == wanted["images"]
        assert seen.image_cache_size == wanted["size"]
        assert seen.elimination_strategy == wanted["elimination"]
        assert (seen.resource_group_id or "") == wanted["resource group"]
        assert seen.tags == {**wanted["tags"], **({} if self.replaces else FOREIGN)}
        assert differences(parse(self.kept.inputs).spec, seen) == []

    def prove_hidden(self, *, resets: bool) -> None:
        """Check every attribute that the service does not show.

        An empty list cannot be sent. If the service *resets* what an update omits, it may forget
        references that only a build uses. The next rebuild sends them again.
        """
        wanted, shown = meaning(self.kept.inputs), self.cloud.cache(self.kept.id)
        assert (shown["retention_days"] or 0) == wanted["retention"]
        assert (shown["auto_match_image_cache"], shown["flash"]) == (
            wanted["match"],
            wanted["flash"],
        )
        assert (shown["standard_copy_count"] or 1) == wanted["copies"]
        assert (shown["flash_copy_count"] or 1) == wanted["flash copies"]
        assert (shown["security_group_id"] or "") == wanted["security group"]
        assert (shown["vswitch_id"] or "") == wanted["vswitch"]
        for name in ("zone_id", "insecure_registry", "plain_http_registry", "annotations"):
            spelled = name.replace("_id", "").replace("http_", "").replace("_", " ")
            assert (shown[name] or "") == wanted[spelled]
        forgets = resets and not self.replaces and not self.rebuilds
        if not forgets or "eip" in self.changes:
            assert (shown["eip_instance_id"] or "") == wanted["eip"]
        logins = sorted((c["server"], c["user_name"]) for c in shown["credentials"])
        if wanted["logins"] and (not forgets or "logins" in self.changes):
            assert logins == wanted["logins"]
            self._prove_passwords(shown)
        registries = sorted(_instance(each) for each in shown["acr_registries"])
        if wanted["registries"] and (not forgets or "registries" in self.changes):
            assert registries == wanted["registries"]

    def _prove_passwords(self, shown: dict[str, Any]) -> None:
        if self.rebuilds or self.replaces or "logins" in self.changes:
            wanted = {
                c["server"]: hashlib.sha256(c["password"].encode()).hexdigest()
                for c in self.kept.inputs["imageRegistryCredentials"]
            }
            assert {c["server"]: c["password_sha256"] for c in shown["credentials"]} == wanted

    def prove_state(self) -> None:
        """Check that the state holds no secret, and that a refresh does not change it."""
        assert not any(secret in str(self.kept.outputs) for secret in SECRETS)
        before = deepcopy(self.kept)
        self.cloud.engine.refresh()
        assert same(self.kept.inputs, before.inputs)
        if not self.inputs.get("skipAwait"):  # otherwise the build has continued
            assert same(_spoken(self.kept.outputs), _spoken(before.outputs))
        before = deepcopy(self.kept)
        self.cloud.engine.refresh()
        assert same(self.kept.outputs, before.outputs)

    def prove_quiet(self) -> None:
        """Check that the next `up` does nothing."""
        self.cloud.forget_requests()
        plan = make_plan(read_state(self.kept.outputs), parse(self.kept.inputs).spec)
        assert plan.action is Action.KEEP
        assert self.cloud.engine.preview({"web": self.second}) == {"web": Step.SAME}
        self.cloud.engine.up({"web": self.second})
        assert self.cloud.writes() == []

    def prove_refused(self, words: str) -> None:
        """Check that an update fails cleanly, changes nothing, and is planned again."""
        step = self.cloud.engine.preview({"web": self.second})
        with pytest.raises(StepFailedError, match=words) as caught:
            self.cloud.engine.up({"web": self.second})
        assert caught.value.partial is None
        assert not any(secret in str(caught.value) for secret in SECRETS)
        assert self.kept == self.old
        asked = {"status", "progress", "events", "snapshot_id", "flash_snapshot_id"}
        (shown,) = self.cloud.caches()
        assert {k: v for k, v in shown.items() if k not in asked} == {
            k: v for k, v in self.shown.items() if k not in asked
        }
        assert self.cloud.engine.preview({"web": self.second}) == step

    def prove_deleted(self) -> None:
        """Check that no cache remains when the resource leaves the program."""
        self.cloud.engine.up({})
        assert self.cloud.caches() == []
        assert self.cloud.engine.state == {}


def _spoken(outputs: Properties) -> Properties:
    """Omit properties that only control the provider; their changes may reach the state late."""
    silent = {"connection", "adopt", "skipAwait", "onMissing", "trackDigests"}
    return {name: value for name, value in outputs.items() if name not in silent}


def _instance(registry: dict[str, Any]) -> tuple[Any, ...]:
    names = ("instance_id", "instance_name", "region_id")
    return (*(registry[name] or "" for name in names), sorted(registry["domains"]))
