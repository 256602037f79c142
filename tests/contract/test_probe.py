"""The probe finds the value of each switch of the local API, and leaves nothing behind."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest

from eci_emulator.server import RunningEmulator
from eci_emulator.switches import VALUES, Switches
from pulumi_eci.api.errors import ApiError
from pulumi_eci.model.request import Parameters
from pulumi_eci.model.state import Observation
from pulumi_eci.operations.waiter import PollInterval
from pulumi_eci_cli.probe import report, session
from pulumi_eci_cli.probe.decide import Finding
from pulumi_eci_cli.probe.experiments import EXPERIMENTS
from pulumi_eci_cli.probe.lab import ProbeGateway
from pulumi_eci_cli.probe.session import Outcome
from tests.contract.backends import local_connection
from tests.support.memory import REGION, ManualTime

# A build takes a thousand seconds on a clock that is moved by hand.
FEW_LOOKS = PollInterval(first=300.0, longest=300.0)


def probe(
    api: RunningEmulator,
    say: Callable[[str], None] = lambda _: None,
    **recipe: tuple[str, ...],
) -> Outcome:
    """Probe a local API whose clock is moved by hand."""
    wanted = {"images": (), "vswitch_ids": ("vsw-1", "vsw-2"), **recipe}
    return session.probe(
        local_connection(api.url),
        session.make_recipe(REGION, security_group_id="sg-1", **wanted),
        ManualTime(api.emulator.clock),
        FEW_LOOKS,
        say,
    )


# These settings need circumstances that most tests here do not provide; other tests cover them.
CIRCUMSTANTIAL = ("idempotency_in_flight", "limit_too_large", "quota", "throttling_header")
DETERMINABLE = [each.switch for each in EXPERIMENTS if each.switch not in CIRCUMSTANTIAL]


def expected(switches: Switches) -> dict[str, str]:
    """Return the settings that a probe should find."""
    return {name: getattr(switches, name) for name in DETERMINABLE}


def found(outcome: Outcome) -> dict[str, str]:
    """Return the settings that a probe found, without those that need special circumstances."""
    switches = report.switches(outcome)
    return {name: value for name, value in switches.items() if name in DETERMINABLE}


@pytest.mark.parametrize("number", range(max(map(len, VALUES.values()))))
def test_finds_each_value_of_each_switch(api: RunningEmulator, number: int) -> None:
    switches = Switches().with_values(
        {name: VALUES[name][number % len(VALUES[name])] for name in DETERMINABLE}
    )
    api.emulator.configure(switches=switches)
    outcome = probe(api)
    assert found(outcome) == expected(switches)
    assert (outcome.left, api.emulator.caches()) == ([], [])


@pytest.mark.parametrize("seed", range(12))
def test_finds_switches_that_are_set_together(api: RunningEmulator, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    switches = Switches().with_values({name: chance.choice(VALUES[name]) for name in DETERMINABLE})
    api.emulator.configure(switches=switches)
    outcome = probe(api)
    assert found(outcome) == expected(switches)
    assert (outcome.left, api.emulator.caches()) == ([], [])


@pytest.mark.parametrize("value", VALUES["idempotency_in_flight"])
def test_finds_the_treatment_of_a_token_in_flight(api: RunningEmulator, value: str) -> None:
    api.emulator.configure(switches=Switches().with_values({"idempotency_in_flight": value}))
    wait = {"kind": "latency", "action": "UpdateImageCache", "latency_seconds": 2.0}
    outcome = probe(api, lambda line: _when(line, "idempotency_in_flight", api, wait))
    assert outcome.findings["idempotency_in_flight"].value == value
    assert (outcome.left, api.emulator.caches()) == ([], [])


def _when(line: str, switch: str, api: RunningEmulator, fault: dict[str, object]) -> None:
    """Add a fault for the duration of one experiment."""
    if line.startswith(f"{switch}:"):
        api.emulator.faults.add(fault)
    elif not line.startswith(" "):
        api.emulator.faults.clear()


@pytest.mark.parametrize("value", VALUES["limit_too_large"])
@pytest.mark.parametrize("largest", [20, 100])
def test_finds_the_largest_page_if_there_are_several_pages(
    api: RunningEmulator, value: str, largest: int
) -> None:
    api.emulator.configure(
        switches=Switches().with_values({"limit_too_large": value}), max_limit=largest
    )
    api.emulator.seed(*({"region": REGION} for _ in range(largest + 1)))
    finding = probe(api).findings["limit_too_large"]
    assert (finding.value, finding.largest_page) == (value, largest)


@pytest.mark.parametrize("value", VALUES["throttling_header"])
def test_finds_whether_throttling_has_a_header(api: RunningEmulator, value: str) -> None:
    api.emulator.configure(switches=Switches().with_values({"throttling_header": value}))
    api.emulator.faults.add(
        {"kind": "error", "code": "Throttling.User", "status": 400, "skip": 20, "count": 1}
    )
    outcome = probe(api)
    assert outcome.findings["throttling_header"].value == value


@pytest.mark.parametrize("removal", VALUES["delete_removal"])
@pytest.mark.parametrize("value", VALUES["quota"])
def test_finds_the_behaviour_at_a_full_quota(
    api: RunningEmulator, value: str, removal: str
) -> None:
    switches = Switches().with_values({"quota": value, "delete_removal": removal})
    api.emulator.configure(switches=switches, quota=3)
    outcome = probe(api)
    assert outcome.findings["quota"].value == value
    assert (outcome.left, api.emulator.caches()) == ([], [])


def test_does_not_cause_evictions_of_other_caches(api: RunningEmulator) -> None:
    outcome = probe(api)
    assert outcome.findings["quota"] == Finding(None, "the experiment would need 501 more caches")
    theirs = {"name": "web", "region": REGION, "elimination_strategy": "LRU"}
    ids = api.emulator.seed(theirs)
    api.emulator.configure(quota=4)
    outcome = probe(api)
    assert outcome.findings["quota"] == Finding(None, "the experiment could evict caches of others")
    assert [cache["id"] for cache in api.emulator.caches()] == ids


def test_does_not_change_other_caches(api: RunningEmulator) -> None:
    names = ["web", "pulumi-eci-probe-another-a", *(f"cache-{number}" for number in range(30))]
    api.emulator.seed(*({"name": name, "region": REGION, "images": ["redis"]} for name in names))
    before = api.emulator.caches()
    outcome = probe(api)
    assert found(outcome) == expected(Switches())
    assert api.emulator.caches() == before


def test_marks_and_limits_its_own_caches(api: RunningEmulator) -> None:
    probe(api)
    made = [
        each["params"]
        for each in api.emulator.journal.entries()
        if each["action"] == "CreateImageCache"
    ]
    assert len(made) == 3
    for params in made:
        assert params["ImageCacheName"].startswith("pulumi-eci-probe-")
        assert params["Tag.1.Key"] == "pulumi-eci-probe"
        assert params["RetentionDays"] == "1"


def test_names_the_requirements_of_skipped_experiments(api: RunningEmulator) -> None:
    outcome = probe(api, vswitch_ids=("vsw-1",), images=("nginx",))
    assert outcome.findings["update_vswitches"].value is None
    assert "--vswitch-id twice" in outcome.findings["update_vswitches"].seen
    assert outcome.findings["update_with_image"].value is None
    assert "--image twice" in outcome.findings["update_with_image"].seen


def test_finds_settings_if_new_caches_are_shown_late(
    api: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    describe, looks = ProbeGateway.describe, Counter[str]()

    def late(self: ProbeGateway, cache_id: str) -> Observation | None:
        looks[cache_id] += 1
        return describe(self, cache_id) if looks[cache_id] > 2 else None

    monkeypatch.setattr(ProbeGateway, "describe", late)
    outcome = probe(api)
    assert found(outcome) == expected(Switches())
    assert (outcome.left, api.emulator.caches()) == ([], [])


def test_a_failed_build_leaves_switches_undecided(api: RunningEmulator) -> None:
    api.emulator.configure(failing_images=("*",))
    outcome = probe(api)
    assert outcome.findings["names"].value == "free"
    assert outcome.findings["update_tags"].value is None
    assert "Failed to pull image" in outcome.findings["update_tags"].seen
    assert (outcome.left, api.emulator.caches()) == ([], [])


def test_an_endpoint_without_signatures(api: RunningEmulator) -> None:
    api.emulator.configure(verify_signatures=False)
    outcome = probe(api)
    assert outcome.findings["bad_signature"].value is None
    assert set(expected(Switches())) - set(found(outcome)) == {"bad_signature"}


def test_temporary_failures_prove_nothing(api: RunningEmulator) -> None:
    for kind in ("error", "reset"):
        api.emulator.faults.add(
            {
                "kind": kind,
                "code": "Throttling.User",
                "status": 400,
                "after_effect": kind == "reset",
                "probability": 0.1,
                "seed": 7,
            }
        )
    outcome = probe(api)
    # A deletion whose reply was lost is repeated with the same token, so it does not look like a
    # deletion of an unknown cache.
    assert found(outcome) == expected(Switches())
    assert (outcome.left, api.emulator.caches()) == ([], [])


def test_creates_nothing_if_the_access_key_is_refused(api: RunningEmulator) -> None:
    api.emulator.configure(access_keys={"other": "secret"})
    with pytest.raises(ApiError, match=r"InvalidAccessKeyId\.NotFound"):
        probe(api)
    assert api.emulator.caches() == []


def press_ctrl_c(*_: object) -> None:
    """Raise KeyboardInterrupt instead of making a call."""
    raise KeyboardInterrupt


@pytest.mark.parametrize("switch", ["names", "delete_in_progress", "update_tags", "delete_removal"])
@pytest.mark.parametrize("deletion", ["accept", "refuse"])
def test_an_interrupted_probe_deletes_its_caches(
    api: RunningEmulator, switch: str, deletion: str
) -> None:
    api.emulator.configure(switches=Switches().with_values({"delete_in_progress": deletion}))

    def interrupt(line: str) -> None:
        if line.startswith(f"{switch}:"):
            raise KeyboardInterrupt

    outcome = probe(api, interrupt)
    assert outcome.interrupted
    assert switch not in outcome.findings
    assert (outcome.left, api.emulator.caches()) == ([], [])


def test_a_cache_of_an_interrupted_creation_is_found(
    api: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = ProbeGateway.create

    def interrupted(self: ProbeGateway, parameters: Parameters, token: str) -> str:
        create(self, parameters, token)
        raise KeyboardInterrupt

    monkeypatch.setattr(ProbeGateway, "create", interrupted)
    outcome = probe(api)
    assert (outcome.interrupted, outcome.left, api.emulator.caches()) == (True, [], [])


def test_a_creation_that_may_still_take_effect_is_named(
    api: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ProbeGateway, "create", press_ctrl_c)
    (line,) = probe(api).left
    assert line.startswith("pulumi-eci-probe-")
    assert "may still appear" in line


def test_a_bug_in_the_probe_still_deletes_its_caches(
    api: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise AttributeError("broken")

    monkeypatch.setattr(ProbeGateway, "update", broken)
    with pytest.raises(AttributeError, match="broken"):
        probe(api)
    assert api.emulator.caches() == []


def test_names_the_caches_that_could_not_be_deleted(api: RunningEmulator) -> None:
    api.emulator.faults.add(
        {"kind": "error", "action": "DeleteImageCache", "status": 403, "code": "Forbidden.RAM"}
    )
    said: list[str] = []
    outcome = probe(api, said.append)
    left = {cache["id"] for cache in api.emulator.caches()}
    assert left == {line.partition(":")[0] for line in outcome.left}
    assert len(left) == 2
    assert all("403 Forbidden.RAM" in line for line in outcome.left)
    assert sum(line.startswith("NOT DELETED imc-") for line in said) == 2


def test_a_second_interruption_stops_the_deletion_and_names_the_rest(
    api: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ProbeGateway, "update", press_ctrl_c)
    monkeypatch.setattr(ProbeGateway, "delete", press_ctrl_c)
    outcome = probe(api)
    assert {line.partition(":")[0] for line in outcome.left} == {
        cache["id"] for cache in api.emulator.caches()
    }
