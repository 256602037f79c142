"""The command line, in a separate process."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

import eci_emulator
from eci_emulator.command import emulator
from eci_emulator.core import Emulator
from eci_emulator.settings import Settings
from eci_emulator.switches import VALUES
from tests.emulator.client import call, control

if TYPE_CHECKING:
    from collections.abc import Iterator

DEADLINE_SECONDS = 20


@contextlib.contextmanager
def started(*options: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the emulator. Yields the process and its first line of output."""
    root = Path(eci_emulator.__file__).parents[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "eci_emulator", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root), **environment},
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate(timeout=DEADLINE_SECONDS)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_prints_its_url_and_ends_cleanly(number: signal.Signals) -> None:
    with started("--port", "0") as (process, url):
        assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+", url)
        assert control(url, "GET", "/health").status == 200
        process.send_signal(number)
        out, err = process.communicate(timeout=DEADLINE_SECONDS)
        assert (process.returncode, out, err) == (0, "", "")


def test_options_and_their_environment_variables(tmp_path: Path) -> None:
    ready_file = tmp_path / "ready"
    options = ("--no-verify-signatures", "--switch", "update_tags=replace", "--manual-clock")
    environment = {
        "ECI_EMULATOR_BUILD_SECONDS": "33",
        "ECI_EMULATOR_READY_FILE": str(ready_file),
        "ECI_EMULATOR_FAILING_IMAGE": "bad* worse*",
        "ECI_EMULATOR_PULL_ERROR": "private*=401",
    }
    with started(*options, **environment) as (_, url):
        settings = control(url, "GET", "/settings").json
        assert (settings["build_seconds"], settings["verify_signatures"]) == (33, False)
        assert settings["failing_images"] == ["bad*", "worse*", "private*"]
        assert settings["pull_errors"] == {"private*": "401"}
        switches = {each["name"]: each["value"] for each in control(url, "GET", "/switches").json}
        assert switches["update_tags"] == "replace"
        assert ready_file.read_text(encoding="utf-8") == f"{url}\n"


def test_a_ready_file_of_an_earlier_run_is_removed(tmp_path: Path) -> None:
    ready_file = tmp_path / "ready"
    ready_file.write_text("http://127.0.0.1:1\n", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        options = ["--port", str(taken.getsockname()[1]), "--ready-file", str(ready_file)]
        assert CliRunner().invoke(emulator, options).exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_data_outlives_a_killed_process(tmp_path: Path) -> None:
    options = ("--data", str(tmp_path / "eci.db"), "--no-verify-signatures")
    with started(*options) as (process, url):
        answer = call(url, "CreateImageCache", ImageCacheName="web", Image_1="nginx")
        process.kill()
        process.wait(DEADLINE_SECONDS)
    with started(*options) as (_, url):
        (cache,) = call(url, "DescribeImageCaches").json["ImageCaches"]
        assert cache["ImageCacheId"] == answer.json["ImageCacheId"]


def test_a_port_in_use_is_reported_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(emulator, ["--port", str(port)])
    assert result.exit_code == 1
    assert result.output == f"Error: cannot listen on 127.0.0.1:{port}: Address already in use\n"


def test_a_listener_on_all_addresses_gets_a_warning() -> None:
    with started("--host", "0.0.0.0") as (process, url):  # noqa: S104 - that is the point
        assert url
        process.terminate()
        _, err = process.communicate(timeout=DEADLINE_SECONDS)
        assert "LISTENING ON 0.0.0.0" in err


def test_the_verbose_log_has_no_parameters() -> None:
    with started("--verbose", "--no-verify-signatures") as (process, url):
        secret = {"ImageRegistryCredential_1_Password": "hunter2"}
        call(url, "CreateImageCache", ImageCacheName="web", Image_1="nginx", **secret)
        process.terminate()
        _, err = process.communicate(timeout=DEADLINE_SECONDS)
        assert "CreateImageCache 400 MissingImageRegistryCredential" in err
        assert "hunter2" not in err


def test_help_explains_every_switch() -> None:
    text = CliRunner().invoke(emulator, ["--help"]).output
    for name, values in VALUES.items():
        assert f"{name} = {' | '.join(values)}" in text


@pytest.mark.parametrize(
    "options",
    [
        ["--switch", "update_tags=blend"],
        ["--switch", "update_tags"],
        ["--port", "70000"],
        ["--image-size", "nginx=big"],
        ["--build-seconds", "-1"],
        ["--clock-scale", "nan"],
        ["--image-size", "nginx=nan"],
        ["--ready-file", "/nonexistent/ready"],
        ["--faults", "/nonexistent"],
    ],
)
def test_bad_options_are_explained(options: list[str]) -> None:
    result = CliRunner().invoke(emulator, options)
    assert result.exit_code == 2
    assert options[0] in result.output


def test_every_setting_has_an_option() -> None:
    context = click.Context(emulator)
    options = {each.name: each for each in emulator.params}
    assert set(options) - {"ready_file", "verbose"} == {each.name for each in fields(Settings)}
    for name in vars(Settings()):
        default = options[name].get_default(context)
        if isinstance(default, (bool, int, float, str)):
            assert default == getattr(Settings(), name)


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "another local ECI API"), (b"no database" * 100, "not a database")]
)
def test_an_unusable_data_file_is_reported_in_one_line(
    tmp_path: Path, content: bytes, why: str
) -> None:
    data = tmp_path / "eci.db"
    data.write_bytes(content)
    holder = contextlib.nullcontext() if content else closing(Emulator(Settings(data=data)))
    with holder:
        result = CliRunner().invoke(emulator, ["--data", str(data)])
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: cannot use the data file {data}: ")
    assert why in result.output
    assert result.output.count("\n") == 1


def test_faults_from_a_file(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text('[{"kind": "error", "status": 503, "count": 1}]', encoding="utf-8")
    with started("--no-verify-signatures", "--faults", str(faults)) as (_, url):
        assert call(url, "DescribeImageCaches").status == 503
        assert call(url, "DescribeImageCaches").status == 200
    faults.write_text('[{"kind": "explosion"}]', encoding="utf-8")
    result = CliRunner().invoke(emulator, ["--faults", str(faults)])
    assert result.exit_code == 2
    assert "kind" in result.output
