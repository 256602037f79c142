"""The probe's command line: questions, errors, and requirements before the first call."""

from __future__ import annotations

import os
import socket
from typing import NoReturn

import pytest
from click.testing import CliRunner, Result

from eci_emulator.switches import VALUES
from pulumi_eci.api.connection import Connection
from pulumi_eci_cli import main
from pulumi_eci_cli.probe import session
from pulumi_eci_cli.probe.experiments import EXPERIMENTS

KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "k", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s"}


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail the test on any network access."""

    def refuse(*_: object) -> NoReturn:
        pytest.fail("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def probe(*options: str, answer: str = "", **environment: str) -> Result:
    """Run `pulumi-eci probe` with no environment besides the given one."""
    removed = {name: None for name in os.environ if name.startswith(("ALI", "ECI_"))}
    env = {**removed, **KEY, **environment}
    return CliRunner().invoke(main, ["probe", *options], input=answer, env=env)


def test_every_switch_has_an_experiment() -> None:
    names = [experiment.switch for experiment in EXPERIMENTS]
    assert sorted(names) == sorted(VALUES)
    assert all(experiment.does.endswith(".") for experiment in EXPERIMENTS)


@pytest.mark.parametrize("answer", ["n\n", ""])
@pytest.mark.parametrize("endpoint", ["", "https://eci.example.com", "http://10.0.0.1:8642"])
def test_asks_before_it_calls_an_endpoint_on_another_machine(answer: str, endpoint: str) -> None:
    result = probe("--region", "cn-beijing", "--endpoint", endpoint, "--json", answer=answer)
    assert result.exit_code == 1
    assert (endpoint or "https://eci.cn-beijing.aliyuncs.com") in result.stderr
    assert "Continue?" in result.stderr
    assert "Aborted!" in result.stderr
    assert "{" not in result.stdout  # click before 8.4 prints the answer there


@pytest.mark.parametrize(("options", "answer"), [(["--yes"], ""), ([], "y\n")])
def test_continues_after_a_yes(
    options: list[str], answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Connection] = []

    def experiment(connection: Connection, *_: object) -> session.Outcome:
        asked.append(connection)
        return session.Outcome(connection)

    monkeypatch.setattr(session, "probe", experiment)
    result = probe("--region", "cn-beijing", *options, answer=answer)
    assert result.exit_code == 0
    assert [each.host for each in asked] == ["eci.cn-beijing.aliyuncs.com"]


@pytest.mark.parametrize(
    ("outcome", "code"),
    [({"left": ["imc-1: refused"]}, 1), ({"interrupted": True}, 130), ({}, 0)],
)
def test_the_exit_code_reports_the_outcome(
    outcome: dict[str, object], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def experiment(connection: Connection, *_: object) -> session.Outcome:
        return session.Outcome(connection, **outcome)  # type: ignore[arg-type]

    monkeypatch.setattr(session, "probe", experiment)
    assert probe("--region", "cn-beijing", "--yes").exit_code == code


@pytest.mark.parametrize(
    ("options", "environment", "said"),
    [
        ([], {}, "--region"),
        (["--region", "cn-beijing", "--endpoint", "http://h/path"], {}, "must be a host or a URL"),
        (["--region", "cn-beijing"], {"ECI_POLL_SECONDS": "soon"}, "ECI_POLL_SECONDS"),
        (
            ["--region", "cn-beijing"],
            {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": ""},
            "incomplete access key",
        ),
    ],
)
def test_a_missing_requirement_is_reported_in_one_line(
    options: list[str], environment: dict[str, str], said: str
) -> None:
    result = probe(*options, **environment)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_dry_run_needs_no_credentials() -> None:
    names = dict.fromkeys(KEY, "")
    result = probe("--region", "cn-beijing", "--dry-run", **names)
    assert result.exit_code == 0, result.stderr
    assert "https://eci.cn-beijing.aliyuncs.com" in result.stdout
    assert "registry-vpc.cn-beijing.aliyuncs.com/eci_open/busybox:1.30" in result.stdout


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1:8642", True),
        ("127.8.8.8", True),
        ("localhost:80", True),
        ("[::1]:8642", True),
        ("0.0.0.0:8642", False),
        ("10.0.0.1", False),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("eci.cn-hangzhou.aliyuncs.com", False),
    ],
)
def test_which_hosts_are_this_machine(host: str, loopback: bool) -> None:
    assert session.is_loopback(Connection("cn-hangzhou", host, "http")) is loopback
