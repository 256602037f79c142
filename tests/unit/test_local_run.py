"""`make up` and `make down` only use the checkout and the process that they started."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tools.local import api
from tools.local.__main__ import down
from tools.local.settings import Failure, Places, pulumi_environment

API = """\
import http.server, sys
port = int(sys.argv[sys.argv.index("--port") + 1])
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Return an empty checkout."""
    return Places(tmp_path)


@pytest.fixture
def port() -> int:
    """Return a port that is free now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def install(places: Places, text: str) -> None:
    """Write *text* as the command of the local API."""
    command = places.venv_bin / "pulumi-eci"
    command.parent.mkdir(parents=True)
    command.write_text(text)
    command.chmod(0o755)


def install_api(places: Places) -> None:
    """Install a command of the local API that only listens."""
    (places.root / "api.py").write_text(API)
    install(places, f'#!/bin/sh\nexec "{sys.executable}" api.py "$@"\n')


class TestEnvironment:
    """The environment of Pulumi."""

    @pytest.mark.parametrize(
        "name",
        [
            "HTTP_PROXY",
            "https_proxy",
            "ALL_PROXY",
            "PULUMI_ACCESS_TOKEN",
            "PULUMI_STACK",
            "ALIBABA_CLOUD_SECURITY_TOKEN",
            "ALIBABA_CLOUD_PROFILE",
            "ALICLOUD_REGION",
            "ECI_POLL_SECONDS",
            "ECI_EMULATOR_ACCESS_KEY",
            "PYTHONPATH",
        ],
    )
    def test_personal_settings_and_proxies_are_left_out(self, places: Places, name: str) -> None:
        assert name not in pulumi_environment(places, Path("/engine"), "http://a", {name: "x"})

    def test_the_endpoint_is_that_of_the_local_api(self, places: Places) -> None:
        user = {"ECI_ENDPOINT": "http://127.0.0.1:1", "ALIBABA_CLOUD_REGION_ID": "cn-beijing"}
        environ = pulumi_environment(places, Path("/engine"), "http://a", user)
        assert environ["ECI_ENDPOINT"] == "http://a"
        assert environ["ALIBABA_CLOUD_REGION_ID"] == "cn-hangzhou"


class TestApi:
    """The background process."""

    def test_it_is_started_once_and_stopped(self, places: Places, port: int) -> None:
        install_api(places)
        try:
            assert api.ensure(places, port) == f"http://127.0.0.1:{port}"
            first = api.running(places)
            for same in (port, None):
                assert api.ensure(places, same) == f"http://127.0.0.1:{port}"
                assert api.running(places) == first
        finally:
            stopped = api.stop(places)
        assert stopped
        assert api.running(places) is None
        assert not api.stop(places)

    @pytest.mark.parametrize("is_taken", [False, True])
    def test_it_listens_on_its_last_port_or_any_other(
        self, places: Places, port: int, is_taken: bool
    ) -> None:
        install_api(places)
        places.folder.mkdir()
        places.record.write_text(json.dumps({"pid": 2**22 + 1, "port": port}))
        with socket.create_server(("127.0.0.1", port if is_taken else 0)):
            found = api.ensure(places)
        assert api.stop(places)
        assert (found == f"http://127.0.0.1:{port}") == (not is_taken)

    def test_a_port_of_another_program_is_reported(self, places: Places) -> None:
        with socket.socket() as stranger:
            stranger.bind(("127.0.0.1", 0))
            stranger.listen()
            with pytest.raises(Failure, match="another program"):
                api.ensure(places, stranger.getsockname()[1])

    def test_another_process_with_the_same_id_is_not_stopped(self, places: Places) -> None:
        places.folder.mkdir()
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
            places.record.write_text(json.dumps({"pid": other.pid, "port": 1}))
            assert not api.stop(places)
            assert other.poll() is None
            other.communicate(b"\n")
            assert other.returncode == 0


def test_down_succeeds_if_nothing_is_running(
    places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    down(places)
    assert capsys.readouterr().out.splitlines() == [
        "no stack to destroy",
        "the local ECI API is not running",
    ]
    assert not places.folder.exists()


def example(places: Places, name: str, project: str) -> Path:
    """Create an example with a stack."""
    folder = places.root / "examples" / name
    folder.mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(f"name: {project}\nruntime: python\n")
    stacks = places.state / ".pulumi" / "stacks" / project
    stacks.mkdir(parents=True)
    return stacks / "local.json"


def test_down_finds_the_stack_of_every_example(places: Places) -> None:
    example(places, "quickstart", "eci-quickstart").touch()
    example(places, "fleet", "eci-fleet").touch()
    example(places, "adopt", "eci-adopt")
    folders = [one.project for one in places.with_stacks()]
    assert folders == [places.root / "examples" / "fleet", places.root]


def test_both_copies_of_the_quickstart_have_the_same_project_name() -> None:
    root = Path(__file__).parents[2]
    names = [
        next(line for line in file.read_text().splitlines() if line.startswith("name:"))
        for file in (root / "Pulumi.yaml", root / "examples" / "quickstart" / "Pulumi.yaml")
    ]
    assert names[0] == names[1]
