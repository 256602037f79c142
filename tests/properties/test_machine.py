"""Programs, manual changes and faults in any order. After a refresh and an up without faults, the
cloud matches the program.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from eci_emulator.images import canonical
from pulumi_eci.model.fields import PENDING_TAG
from pulumi_eci.model.parse import parse
from pulumi_eci.model.plan import Action, make_plan
from pulumi_eci.model.state import EVICTED, read_state
from tests.properties.clouds import OTHER_ROLE, Cloud
from tests.properties.profile import cases
from tests.properties.specs import SECRETS, VALUES, meaning
from tests.support.small_engine import Properties, Step, StepFailedError

DAY = 86_400.0
NAMES = st.sampled_from(["web", "shop", "blog"])
FOREIGN = ("foreign-1", "foreign-2")

# No sum of these days comes close to a retention: waiting takes hours, and this test does not
# examine a cache that expires during an `up`.
DAYS = (10, 31)
RETENTION = (None, 30, 60)

CHOICES: dict[str, list[Any]] = {
    **{name: values for name, values in VALUES.items() if name not in {"adopt", "retentionDays"}},
    "retentionDays": list(RETENTION),
    # Without another account. If only some programs name their account, other tests apply: see
    # test_pairs.py.
    "connection": [value for value in VALUES["connection"] if value != {"roleArn": OTHER_ROLE}],
}
EDITS = st.dictionaries(
    st.sampled_from(sorted(CHOICES)), st.integers(0, 10), min_size=1, max_size=4
)
FAULTS = st.lists(
    st.sampled_from(["", "", "unreachable", "throttled", "reply lost", "forbidden"]), max_size=12
) | st.sampled_from([["unreachable"] * 13, ["", "throttled", *["unreachable"] * 13], [""]])

BY_HAND = st.sampled_from(
    [
        {"name": "by-hand"},
        {"images": ["by/hand"]},
        {"images": ["nginx"]},
        {"size": 60},
        {"elimination_strategy": "LRU"},
        {"elimination_strategy": None},
        {"resource_group_id": "rg-by-hand"},
        {"status": "UpdateFailed"},
        {"status": "Failed"},
    ]
)


class Stack(RuleBasedStateMachine):
    """A stack of up to three caches, with manual changes and temporary faults of the service."""

    def __init__(self) -> None:
        super().__init__()
        # If retention counted from the creation, a shorter retention could end the life of an old
        # cache at once.
        switches = {"retention_counts_from": "update", "delete_removal": "asynchronous"}
        self.cloud = Cloud(switches, delete_seconds=30.0)
        self.engine = self.cloud.engine
        self.program: dict[str, Properties] = {}

    # -- the program

    @initialize(edits=st.lists(EDITS, min_size=3, max_size=3))
    def begin(self, edits: list[dict[str, int]]) -> None:
        """Create three caches."""
        for name, each in zip(("web", "shop", "blog"), edits, strict=True):
            self.write(name, each)
        self.settle()

    @rule(name=NAMES, edits=EDITS)
    def write_and_up(self, name: str, edits: dict[str, int]) -> None:
        """Edit the program and apply it."""
        self.write(name, edits)
        self.up()

    @rule(name=NAMES, edits=EDITS)
    def write(self, name: str, edits: dict[str, int]) -> None:
        """Add a resource to the program, or edit one."""
        inputs = dict(self.program.get(name, {"images": ["nginx"]}))
        for field, index in edits.items():
            value = CHOICES[field][index % len(CHOICES[field])]
            inputs.pop(field, None)
            if value is not None:
                inputs[field] = value
        self.program[name] = inputs

    @rule(name=NAMES)
    def drop(self, name: str) -> None:
        """Remove a resource from the program."""
        self.program.pop(name, None)

    # -- commands

    @rule()
    def up(self) -> None:
        """Apply the program; a step may fail."""
        self._may_fail(lambda: self.engine.up(self.program))

    @rule()
    def refresh(self) -> None:
        """Refresh all resources; a step may fail."""
        self._may_fail(self.engine.refresh)

    # -- manual changes

    @precondition(lambda self: self.cloud.caches())
    @rule(data=st.data(), changes=BY_HAND)
    def edit_by_hand(self, data: st.DataObject, changes: dict[str, Any]) -> None:
        """Change an attribute that the service shows."""
        self.cloud.edit(self._some(data)["id"], **changes)

    @precondition(lambda self: self.cloud.caches())
    @rule(data=st.data(), kept=st.booleans(), value=st.sampled_from(["", "by hand"]))
    def tag_by_hand(self, data: st.DataObject, *, kept: bool, value: str) -> None:
        """Change or remove the existing tags, and add another."""
        cache = self._some(data)
        tags = dict.fromkeys(cache["tags"], value) if kept else {}
        self.cloud.edit(cache["id"], tags={**tags, FOREIGN[kept]: "7"})

    @precondition(lambda self: self.cloud.caches())
    @rule(data=st.data())
    def evict(self, data: st.DataObject) -> None:
        """Remove a cache."""
        self.cloud.remove(self._some(data)["id"])

    @rule(days=st.sampled_from(DAYS))
    def wait(self, days: int) -> None:
        """Let days pass. Caches expire, and the service deletes Failed ones."""
        self.cloud.time.sleep(days * DAY)

    # -- faults of the service

    @rule(failing=st.booleans())
    def pull(self, *, failing: bool) -> None:
        """Let pulls of an image fail, or succeed again."""
        self.cloud.configure(failing_images=("redis",) if failing else ())

    @rule(slow=st.booleans())
    def build(self, *, slow: bool) -> None:
        """Let builds take seconds, or longer than the timeout."""
        self.cloud.configure(build_seconds=4000.0 if slow else 5.0)

    @rule(writes=FAULTS, reads=FAULTS)
    def inject_faults(self, writes: list[str], reads: list[str]) -> None:
        """Let some of the next requests fail. A retry after a lost reply arrives."""
        self._end_faults()
        self.cloud.write_faults.extend(writes)
        self.cloud.read_faults.extend(reads)

    # -- the guarantee

    @rule()
    def settle(self) -> None:
        """Refresh and apply the program without faults: the cloud matches the program, with nothing
        else.
        """
        self._end_faults()
        self.cloud.configure(failing_images=(), build_seconds=5.0)
        self.cloud.time.sleep(2 * 3600.0)  # a slow build that has begun stays slow
        self.engine.refresh()
        self.engine.up(self.program)
        self.cloud.time.sleep(2 * 3600.0)  # resources with skipAwait: wait for their builds
        assert set(self.engine.state) == set(self.program)
        assert self.engine.condemned == []
        there = {
            name: kept
            for name, kept in self.engine.state.items()
            if kept.outputs["status"] != EVICTED
        }
        assert sorted(cache["id"] for cache in self.cloud.caches()) == sorted(
            kept.id for kept in there.values()
        )
        for name in there:
            self._is_as_wanted(name)
        for name in self.engine.state.keys() - there.keys():
            assert self.program[name]["onMissing"] == "ignore"
        assert all(step is Step.SAME for step in self.engine.preview(self.program).values()), (
            "the next preview is empty"
        )

    def _is_as_wanted(self, name: str) -> None:
        kept = self.engine.state[name]
        wanted, seen = meaning(kept.inputs), self.cloud.describe(kept.id)
        # A fault may have prevented the removal of the pending tag, which is harmless.
        theirs = {*FOREIGN, PENDING_TAG}
        tags = {key: value for key, value in seen.tags.items() if key not in theirs}
        assert (seen.status, seen.image_cache_name) == ("Ready", wanted["name"])
        assert set(map(canonical, seen.images)) == wanted["images"]
        assert seen.image_cache_size == wanted["size"]
        assert seen.elimination_strategy == wanted["elimination"]
        assert wanted["resource group"] in {"", seen.resource_group_id}
        assert tags == wanted["tags"]
        retention = self.cloud.cache(kept.id)["retention_days"] or 0
        assert retention == wanted["retention"]
        plan = make_plan(read_state(kept.outputs), parse(kept.inputs).spec)
        assert plan.action is Action.KEEP

    def teardown(self) -> None:
        """Settle and destroy the stack at the end of every sequence."""
        try:
            self.settle()
            self.engine.up({})
            assert self.cloud.caches() == []
        finally:
            self.cloud.close()

    def _end_faults(self) -> None:
        self.cloud.write_faults.clear()
        self.cloud.read_faults.clear()

    def _some(self, data: st.DataObject) -> dict[str, Any]:
        caches = self.cloud.caches()
        return caches[data.draw(st.integers(0, len(caches) - 1), "cache")]

    def _may_fail(self, command: Any) -> None:  # noqa: ANN401 - a function
        try:
            command()
        except StepFailedError as error:
            message = str(error)
            assert not message.startswith("internal error")
            assert not any(secret in message for secret in SECRETS)


Stack.TestCase.settings = cases(150, stateful_step_count=30)
test_stack = Stack.TestCase
