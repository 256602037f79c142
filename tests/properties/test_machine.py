"""Programs, hands and trouble in any order; after a quiet refresh and up, cloud equals program."""

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

# Days of which no sum comes close to a retention: waiting takes hours, and a cache that expires
# in the middle of an `up` is another story.
DAYS = (10, 31)
RETENTION = (None, 30, 60)

CHOICES: dict[str, list[Any]] = {
    **{name: values for name, values in VALUES.items() if name not in {"adopt", "retentionDays"}},
    "retentionDays": list(RETENTION),
    # Without another account: one that is not always named is a test of its own, with the pairs.
    "connection": [value for value in VALUES["connection"] if value != {"roleArn": OTHER_ROLE}],
}
EDITS = st.dictionaries(
    st.sampled_from(sorted(CHOICES)), st.integers(0, 10), min_size=1, max_size=4
)
TROUBLES = st.lists(
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
    """A stack of up to three caches, the hands of others, and a service that has bad days."""

    def __init__(self) -> None:
        super().__init__()
        # Counted from the creation, a shorter retention may end the life of an old cache at once.
        switches = {"retention_counts_from": "update", "delete_removal": "asynchronous"}
        self.cloud = Cloud(switches, delete_seconds=30.0)
        self.engine = self.cloud.engine
        self.program: dict[str, Properties] = {}

    # -- the program

    @initialize(edits=st.lists(EDITS, min_size=3, max_size=3))
    def begin(self, edits: list[dict[str, int]]) -> None:
        """Begin with some caches that are as wanted."""
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
        """Apply the program, as far as the day allows."""
        self._may_fail(lambda: self.engine.up(self.program))

    @rule()
    def refresh(self) -> None:
        """Look at all resources, as far as the day allows."""
        self._may_fail(self.engine.refresh)

    # -- others

    @precondition(lambda self: self.cloud.caches())
    @rule(data=st.data(), changes=BY_HAND)
    def edit_by_hand(self, data: st.DataObject, changes: dict[str, Any]) -> None:
        """Change something that the service shows."""
        self.cloud.edit(self._some(data)["id"], **changes)

    @precondition(lambda self: self.cloud.caches())
    @rule(data=st.data(), kept=st.booleans(), value=st.sampled_from(["", "by hand"]))
    def tag_by_hand(self, data: st.DataObject, *, kept: bool, value: str) -> None:
        """Change or remove the tags that are there, and add others."""
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
        """Let days pass: caches expire, and Failed ones are deleted."""
        self.cloud.time.sleep(days * DAY)

    # -- the service's days

    @rule(failing=st.booleans())
    def pull(self, *, failing: bool) -> None:
        """Let pulls of an image fail, or succeed again."""
        self.cloud.configure(failing_images=("redis",) if failing else ())

    @rule(slow=st.booleans())
    def build(self, *, slow: bool) -> None:
        """Let builds take longer than anybody waits, or seconds."""
        self.cloud.configure(build_seconds=4000.0 if slow else 5.0)

    @rule(writes=TROUBLES, looks=TROUBLES)
    def trouble(self, writes: list[str], looks: list[str]) -> None:
        """Let some of the next requests fail; a try that follows a lost reply arrives."""
        self._end_trouble()
        self.cloud.troubles.extend(writes)
        self.cloud.blindness.extend(looks)

    # -- the promise

    @rule()
    def settle(self) -> None:
        """After a quiet refresh and up, cloud equals program, and nothing is left over."""
        self._end_trouble()
        self.cloud.configure(failing_images=(), build_seconds=5.0)
        self.cloud.time.sleep(2 * 3600.0)  # slow builds that have begun are slow to their end
        self.engine.refresh()
        self.engine.up(self.program)
        self.cloud.time.sleep(2 * 3600.0)  # the builds of those who do not wait
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
        # The pending tag may stay where trouble kept it from coming off: it does no harm.
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
        """However it went, it ends well."""
        try:
            self.settle()
            self.engine.up({})
            assert self.cloud.caches() == []
        finally:
            self.cloud.close()

    def _end_trouble(self) -> None:
        self.cloud.troubles.clear()
        self.cloud.blindness.clear()

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
