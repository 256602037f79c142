"""The probe leaves nothing behind, however it ends, and names what it could not remove."""

from __future__ import annotations

import pytest

from eci_emulator.server import RunningEmulator
from eci_emulator.switches import Switches
from pulumi_eci.model.request import Parameters
from pulumi_eci_cli.probe.lab import ProbeGateway
from tests.contract.probing import probe


def press_ctrl_c(*_: object) -> None:
    """Interrupt the probe in the place of a call."""
    raise KeyboardInterrupt


@pytest.mark.parametrize("switch", ["names", "delete_in_progress", "update_tags", "delete_removal"])
@pytest.mark.parametrize("deletion", ["accept", "refuse"])
def test_an_interrupted_probe_tidies(api: RunningEmulator, switch: str, deletion: str) -> None:
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
    monkeypatch.setattr(ProbeGateway, "create", press_ctrl_c)
    (line,) = probe(api).left
    assert line.startswith("pulumi-eci-probe-")
    assert "may appear yet" in line


def test_an_error_in_the_probe_itself_tidies(
    api: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise AttributeError("broken")

    monkeypatch.setattr(ProbeGateway, "update", broken)
    with pytest.raises(AttributeError, match="broken"):
        probe(api)
    assert api.emulator.caches() == []


def test_says_what_could_not_be_removed(api: RunningEmulator) -> None:
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
    monkeypatch.setattr(ProbeGateway, "update", press_ctrl_c)
    monkeypatch.setattr(ProbeGateway, "delete", press_ctrl_c)
    outcome = probe(api)
    assert {line.partition(":")[0] for line in outcome.left} == {
        cache["id"] for cache in api.emulator.caches()
    }
