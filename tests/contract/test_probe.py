"""The probe finds the value of each switch of the local API, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result

from eci_emulator.server import RunningEmulator, running
from eci_emulator.settings import Settings
from eci_emulator.switches import VALUES, Switches
from pulumi_eci.errors import ApiError
from pulumi_eci.request import Parameters
from pulumi_eci.state import Observation
from pulumi_eci.waiter import Spacing
from pulumi_eci_cli import main
from pulumi_eci_cli.probe import report, session
from pulumi_eci_cli.probe.caches import Recipe
from pulumi_eci_cli.probe.decide import Finding
from pulumi_eci_cli.probe.experiments import EXPERIMENTS
from pulumi_eci_cli.probe.lab import ProbeGateway
from pulumi_eci_cli.probe.session import Outcome
from tests.contract.backends import local_connection
from tests.support.memory import REGION, ManualTime
from tests.support.until import until

# What takes circumstances that most tests here do not offer has tests of its own.
CIRCUMSTANTIAL = ("idempotency_in_flight", "quota", "throttling_header")
DETERMINABLE = [each.switch for each in EXPERIMENTS if each.switch not in CIRCUMSTANTIAL]
FEW_LOOKS = Spacing(first=300.0, longest=300.0)  # a build takes a thousand seconds by hand
ENVIRONMENT = {
    "ALIBABA_CLOUD_REGION_ID": REGION,
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "testid",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret",
    "ECI_POLL_SECONDS": "0.05",
}


def probe(
    api: RunningEmulator,
    say: Callable[[str], None] = lambda _: None,
    **recipe: tuple[str, ...],
) -> Outcome:
    """Probe a local API whose time is moved by hand."""
    wanted = {"images": (), "vswitch_ids": ("vsw-1", "vsw-2"), **recipe}
    return session.probe(
        local_connection(api.url),
        session.make_recipe(REGION, security_group_id="sg-1", **wanted),
        ManualTime(api.emulator.clock),
        FEW_LOOKS,
        say,
    )


def expected(switches: Switches) -> dict[str, str]:
    """Return the settings that a probe should find."""
    return {name: getattr(switches, name) for name in DETERMINABLE}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name in DETERMINABLE for value in VALUES[name]]
)
def test_finds_each_value_of_each_switch(api: RunningEmulator, name: str, value: str) -> None:
    """The probe finds a value, is not misled about the other switches, and tidies."""
    switches = Switches().with_values({name: value})
    api.emulator.configure(switches=switches)
    outcome = probe(api)
    assert report.switches(outcome) == expected(switches)
    assert (outcome.left, api.emulator.caches()) == ([], [])


@pytest.mark.parametrize("seed", range(12))
def test_finds_switches_that_are_set_together(api: RunningEmulator, seed: int) -> None:
    """Experiments do not mistake one unusual behaviour for another."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    switches = Switches().with_values({name: chance.choice(VALUES[name]) for name in DETERMINABLE})
    api.emulator.configure(switches=switches)
    outcome = probe(api)
    assert report.switches(outcome) == expected(switches)
    assert (outcome.left, api.emulator.caches()) == ([], [])


@pytest.mark.parametrize("value", VALUES["idempotency_in_flight"])
def test_finds_what_becomes_of_a_token_in_flight(api: RunningEmulator, value: str) -> None:
    """Where answers are slow, two calls with one token meet."""
    api.emulator.configure(switches=Switches().with_values({"idempotency_in_flight": value}))
    wait = {"kind": "latency", "action": "UpdateImageCache", "latency_seconds": 2.0}
    outcome = probe(api, lambda line: _when(line, "idempotency_in_flight", api, wait))
    assert outcome.findings["idempotency_in_flight"].value == value
    assert (outcome.left, api.emulator.caches()) == ([], [])


def _when(line: str, switch: str, api: RunningEmulator, fault: dict[str, object]) -> None:
    """Add a fault for the time of one experiment."""
    if line.startswith(f"{switch}:"):
        api.emulator.faults.add(fault)
    elif not line.startswith(" "):
        api.emulator.faults.clear()


@pytest.mark.parametrize("value", VALUES["throttling_header"])
def test_finds_whether_throttling_has_a_header(api: RunningEmulator, value: str) -> None:
    """A call that was throttled in the course of the run is enough."""
    api.emulator.configure(switches=Switches().with_values({"throttling_header": value}))
    api.emulator.faults.add(
        {"kind": "error", "code": "Throttling.User", "status": 400, "skip": 20, "count": 1}
    )
    outcome = probe(api)
    assert outcome.findings["throttling_header"].value == value


@pytest.mark.parametrize("removal", VALUES["delete_removal"])
@pytest.mark.parametrize("value", VALUES["quota"])
def test_finds_what_becomes_of_a_full_region(
    api: RunningEmulator, value: str, removal: str
) -> None:
    """Where few places are left, they are taken, and what happens next is seen."""
    switches = Switches().with_values({"quota": value, "delete_removal": removal})
    api.emulator.configure(switches=switches, quota=3)
    outcome = probe(api)
    assert outcome.findings["quota"].value == value
    assert (outcome.left, api.emulator.caches()) == ([], [])


def test_does_not_make_the_service_evict_others(api: RunningEmulator) -> None:
    """A full region with another's LRU cache in it is left alone, and so is one with much room."""
    outcome = probe(api)
    assert outcome.findings["quota"] == Finding(None, "it would take 501 caches more")
    theirs = {"name": "web", "region": REGION, "elimination_strategy": "LRU"}
    ids = api.emulator.seed(theirs)
    api.emulator.configure(quota=4)
    outcome = probe(api)
    assert outcome.findings["quota"] == Finding(None, "it could evict other people's caches")
    assert [cache["id"] for cache in api.emulator.caches()] == ids


def test_leaves_the_caches_of_others_alone(api: RunningEmulator) -> None:
    """Neither another cache nor one of another probe is touched; all pages are looked at."""
    names = ["web", "pulumi-eci-probe-another-a", *(f"cache-{number}" for number in range(30))]
    api.emulator.seed(*({"name": name, "region": REGION, "images": ["redis"]} for name in names))
    before = api.emulator.caches()
    outcome = probe(api)
    assert report.switches(outcome) == expected(Switches())
    assert api.emulator.caches() == before


def test_marks_and_limits_what_it_makes(api: RunningEmulator) -> None:
    """Every cache bears the tag and the name, and would expire by itself."""
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


def test_says_what_it_takes_to_find_out_more(api: RunningEmulator) -> None:
    """With one vSwitch and one image, the switches that need two are left open with the reason."""
    outcome = probe(api, vswitch_ids=("vsw-1",), images=("nginx",))
    assert outcome.findings["update_vswitches"].value is None
    assert "--vswitch-id twice" in outcome.findings["update_vswitches"].seen
    assert outcome.findings["update_with_image"].value is None
    assert "--image twice" in outcome.findings["update_with_image"].seen


def test_new_caches_that_are_shown_late(
    api: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that does not show a new cache at once does not mislead the probe."""
    describe, looks = ProbeGateway.describe, Counter[str]()

    def late(self: ProbeGateway, cache_id: str) -> Observation | None:
        looks[cache_id] += 1
        return describe(self, cache_id) if looks[cache_id] > 2 else None

    monkeypatch.setattr(ProbeGateway, "describe", late)
    outcome = probe(api)
    assert report.switches(outcome) == expected(Switches())
    assert (outcome.left, api.emulator.caches()) == ([], [])


def test_a_build_that_fails_leaves_switches_open(api: RunningEmulator) -> None:
    """Without a Ready cache the rest is not determined, with the event that says why."""
    api.emulator.configure(failing_images=("*",))
    outcome = probe(api)
    assert outcome.findings["names"].value == "free"
    assert outcome.findings["update_tags"].value is None
    assert "Failed to pull image" in outcome.findings["update_tags"].seen
    assert (outcome.left, api.emulator.caches()) == ([], [])


def test_an_endpoint_without_signatures(api: RunningEmulator) -> None:
    """Where signatures are not verified, nothing can be said about wrong ones."""
    api.emulator.configure(verify_signatures=False)
    outcome = probe(api)
    assert outcome.findings["bad_signature"].value is None
    assert set(expected(Switches())) - set(report.switches(outcome)) == {"bad_signature"}


def test_passing_trouble_proves_nothing(api: RunningEmulator) -> None:
    """Throttled calls and lost replies are repeated, not taken for an answer."""
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
    # A deletion whose reply was lost is repeated with its token, so it is not seen as unknown.
    assert expected(Switches()).items() <= report.switches(outcome).items()
    assert (outcome.left, api.emulator.caches()) == ([], [])


@pytest.mark.parametrize("switch", ["names", "delete_in_progress", "update_tags", "delete_removal"])
@pytest.mark.parametrize("deletion", ["accept", "refuse"])
def test_an_interrupted_probe_tidies(api: RunningEmulator, switch: str, deletion: str) -> None:
    """Ctrl-C at any time removes what was made, also what is being built and cannot be deleted."""
    api.emulator.configure(switches=Switches().with_values({"delete_in_progress": deletion}))

    def interrupt(line: str) -> None:
        if line.startswith(f"{switch}:"):
            raise KeyboardInterrupt

    outcome = probe(api, interrupt)
    assert outcome.interrupted
    assert switch not in outcome.findings
    assert (outcome.left, api.emulator.caches()) == ([], [])


def test_a_creation_that_was_interrupted_is_found(
    api: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache whose ID never came back is found by its mark."""
    create = ProbeGateway.create

    def interrupted(self: ProbeGateway, parameters: Parameters, token: str) -> str:
        create(self, parameters, token)
        raise KeyboardInterrupt

    monkeypatch.setattr(ProbeGateway, "create", interrupted)
    outcome = probe(api)
    assert (outcome.interrupted, outcome.left, api.emulator.caches()) == (True, [], [])


def test_a_creation_that_may_yet_take_effect_is_named(
    api: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the cache of an interrupted creation is not there, its name is told: it may come late."""

    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(ProbeGateway, "create", interrupted)
    (line,) = probe(api).left
    assert line.startswith("pulumi-eci-probe-")
    assert "may appear yet" in line


def test_an_error_in_the_probe_itself_tidies(
    api: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even an exception that nobody expects leaves no cache behind."""

    def broken(*_: object) -> str:
        raise AttributeError("broken")

    monkeypatch.setattr(ProbeGateway, "update", broken)
    with pytest.raises(AttributeError, match="broken"):
        probe(api)
    assert api.emulator.caches() == []


def test_says_what_could_not_be_removed(api: RunningEmulator) -> None:
    """A cache that may not be deleted is named, with the vendor's code."""
    api.emulator.faults.add(
        {"kind": "error", "action": "DeleteImageCache", "status": 403, "code": "Forbidden.RAM"}
    )
    said: list[str] = []
    outcome = probe(api, said.append)
    left = {cache["id"] for cache in api.emulator.caches()}
    assert left == {line.partition(":")[0] for line in outcome.left}
    assert len(left) == 2
    assert all("403 Forbidden.RAM" in line for line in outcome.left)
    assert sum(line.startswith("NOT REMOVED imc-") for line in said) == 2


def test_a_second_interruption_leaves_the_rest_and_says_so(
    api: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who insists on leaving is told what is left."""

    def impatient(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ProbeGateway, "update", impatient)
    monkeypatch.setattr(ProbeGateway, "delete", impatient)
    outcome = probe(api)
    assert {line.partition(":")[0] for line in outcome.left} == {
        cache["id"] for cache in api.emulator.caches()
    }


def test_nothing_is_made_where_the_key_is_refused(api: RunningEmulator) -> None:
    """An endpoint that does not let us in is an error before anything is created."""
    api.emulator.configure(access_keys={"other": "secret"})
    with pytest.raises(ApiError, match=r"InvalidAccessKeyId\.NotFound"):
        probe(api)
    assert api.emulator.caches() == []


def test_found_caches_are_told_apart_by_run() -> None:
    """The number of the run is in every name that caches may have in its course."""
    recipe = Recipe("0a1b2c3d", ("nginx",))
    assert recipe.name("a") == "pulumi-eci-probe-0a1b2c3d-a"
    assert set(recipe.parameters("x")) == {
        "ImageCacheName",
        "Image",
        "RetentionDays",
        "EliminationStrategy",
        "Tag",
    }


# -- the command


@pytest.fixture
def quick() -> Iterator[RunningEmulator]:
    """A local API in real time whose builds are over in a moment."""
    settings = Settings(build_seconds=0.3, delete_seconds=0.1)
    with running(settings) as api:
        yield api


def run_command(*options: str) -> Result:
    """Run `pulumi-eci probe` with an environment of its own."""
    removed = {name: None for name in os.environ if name.startswith(("ALI", "ECI_"))}
    return CliRunner().invoke(main, ["probe", *options], env={**removed, **ENVIRONMENT})


def test_json_is_one_object_that_the_local_api_takes(quick: RunningEmulator) -> None:
    """`--json` prints one object, whose switches and command set a local API up alike."""
    wanted = {"update_tags": "replace", "last_page": "empty_token"}
    quick.emulator.configure(switches=Switches().with_values(wanted))
    result = run_command(
        "--endpoint", quick.url, "--vswitch-id", "v-1", "--vswitch-id", "v-2", "--json"
    )
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert Switches().with_values(found["switches"]) == Switches().with_values(wanted)
    assert set(found["switches"]) | set(found["not_determined"]) == set(VALUES)
    assert "--switch update_tags=replace" in found["command"]
    assert (found["left"], found["interrupted"]) == ([], False)
    assert quick.emulator.caches() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_tidies_and_reports(number: signal.Signals) -> None:
    """Ctrl-C and termination end the command with its findings so far and no cache left."""
    with running(Settings(build_seconds=3600)) as api:
        process = subprocess.Popen(
            [sys.executable, "-c", "from pulumi_eci_cli import main; main()", "probe", "--json"],
            env={**os.environ, **ENVIRONMENT, "ECI_ENDPOINT": api.url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            until(
                lambda: any(
                    each["action"] == "DeleteImageCache" and each["status"] == 200
                    for each in api.emulator.journal.entries()
                ),
                "the experiments with a build that runs",
            )
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
            process.wait()
        assert process.returncode == 130, err
        assert "Traceback" not in err
        found = json.loads(out)
        assert found["interrupted"]
        assert found["switches"]["delete_unknown"] == "not_found"
        assert api.emulator.caches() == []


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_dry_run_makes_no_call(quick: RunningEmulator, options: tuple[str, ...]) -> None:
    """`--dry-run` lists every experiment, what it creates and what it costs, and calls nobody."""
    result = run_command("--endpoint", quick.url, "--dry-run", *options)
    assert result.exit_code == 0
    for experiment in EXPERIMENTS:
        assert experiment.switch in result.stdout
        assert experiment.does in result.stdout
    assert "2 vCPU" in result.stdout
    assert quick.emulator.journal.entries() == []


def test_what_people_read(quick: RunningEmulator) -> None:
    """Without `--json` the settings come as a table and as a command, progress apart from it."""
    result = run_command("--endpoint", quick.url)
    assert result.exit_code == 0, result.stderr
    assert "delete_unknown          not_found " in result.stdout
    assert "pulumi-eci emulator --switch last_page=no_token " in result.stdout
    assert "Not determined:\n  update_vswitches        it takes two vSwitches" in result.stdout
    assert "waiting for imc-" in result.stderr
    assert "waiting" not in result.stdout
