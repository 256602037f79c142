"""`pulumi-eci probe`: its output, and its end on a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from eci_emulator.server import RunningEmulator, running
from eci_emulator.settings import Settings
from eci_emulator.switches import VALUES, Switches
from pulumi_eci_cli import main
from pulumi_eci_cli.probe.experiments import EXPERIMENTS
from tests.support.memory import REGION
from tests.support.schemas import checked
from tests.support.until import until

ENVIRONMENT = {
    "ALIBABA_CLOUD_REGION_ID": REGION,
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "testid",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret",
    "ECI_POLL_SECONDS": "0.05",
}


@pytest.fixture
def quick() -> Iterator[RunningEmulator]:
    """A local API in real time with short builds."""
    settings = Settings(build_seconds=0.3, delete_seconds=0.1)
    with running(settings) as api:
        yield api


def run_command(*options: str) -> Result:
    """Run `pulumi-eci probe` in a new environment."""
    removed = {name: None for name in os.environ if name.startswith(("ALI", "ECI_"))}
    return CliRunner().invoke(main, ["probe", *options], env={**removed, **ENVIRONMENT})


def test_the_json_output_is_a_configuration_of_the_local_api(quick: RunningEmulator) -> None:
    wanted = {"update_tags": "replace", "last_page": "empty_token"}
    quick.emulator.configure(switches=Switches().with_values(wanted))
    result = run_command(
        "--endpoint", quick.url, "--vswitch-id", "v-1", "--vswitch-id", "v-2", "--json"
    )
    assert result.exit_code == 0, result.stderr
    found = checked("probe", result.stdout)
    assert Switches().with_values(found["switches"]) == Switches().with_values(wanted)
    assert set(found["switches"]) | set(found["not_determined"]) == set(VALUES)
    assert "--switch update_tags=replace" in found["command"]
    assert f"--max-limit {found['largest_page']}" in found["command"]
    assert (found["left"], found["interrupted"]) == ([], False)
    assert quick.emulator.caches() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_deletes_the_caches_and_prints_the_report(number: signal.Signals) -> None:
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
        found = checked("probe", out)
        assert found["interrupted"]
        assert found["switches"]["delete_unknown"] == "not_found"
        assert api.emulator.caches() == []


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_dry_run_makes_no_call(quick: RunningEmulator, options: tuple[str, ...]) -> None:
    result = run_command("--endpoint", quick.url, "--dry-run", *options)
    assert result.exit_code == 0
    for experiment in EXPERIMENTS:
        assert experiment.switch in result.stdout
        assert experiment.does in result.stdout
    assert "2 vCPU" in result.stdout
    assert not options or checked("probe-dry-run", result.stdout)
    assert quick.emulator.journal.entries() == []


def test_the_text_output(quick: RunningEmulator) -> None:
    result = run_command("--endpoint", quick.url)
    assert result.exit_code == 0, result.stderr
    assert "delete_unknown          not_found " in result.stdout
    assert "pulumi-eci emulator --switch last_page=no_token " in result.stdout
    assert "Not determined:\n  update_vswitches        needs two vSwitches" in result.stdout
    assert "waiting for imc-" in result.stderr
    assert "waiting" not in result.stdout
