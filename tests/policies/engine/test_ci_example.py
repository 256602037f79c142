"""The CI files of `examples/ci`: their commands run with a local ECI API and a local backend."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from eci_emulator.server import RunningEmulator, running
from eci_emulator.settings import Settings
from tests.support.policy_stack import PACK, ROOT

EXAMPLE = ROOT / "examples" / "ci"
OWN_VARIABLES = ("PULUMI_", "ALIBABA_CLOUD_", "ALICLOUD_", "ECI_", "GITHUB_", "CI_")
FROM_THE_INTERNET = ("pip install", "pulumi login --oidc-token")


@dataclass
class Checkout:
    """A repository with the example and the policy pack, as on a CI machine."""

    folder: Path
    environment: dict[str, str]

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a step, as both CI systems do."""
        return subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=self.folder,
            env=self.environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def edit(self, before: str, after: str) -> None:
        """Change the program."""
        file = self.folder / "__main__.py"
        text = file.read_text()
        assert before in text
        file.write_text(text.replace(before, after))


@pytest.fixture
def checkout(tmp_path: Path, engine: Path) -> Checkout:
    """The example, copied as the README says."""
    folder = tmp_path / "repository"
    shutil.copytree(EXAMPLE, folder)
    shutil.copytree(PACK, folder / "policies", ignore=shutil.ignore_patterns("__pycache__"))
    path = [Path(sys.executable).parent, engine / "language", engine, os.environ["PATH"]]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN_VARIABLES)}
    environment = kept | {
        "PATH": os.pathsep.join(map(str, path)),
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "ECI_POLL_SECONDS": "0.1",
    }
    return Checkout(folder, environment)


def steps_of_github(job: str) -> list[str]:
    """Return the commands of a job of the GitHub file, without those that need the internet."""
    jobs = yaml.safe_load((EXAMPLE / "github-actions.yml").read_text())["jobs"]
    runs = [step["run"] for step in jobs[job]["steps"] if "run" in step]
    return [run for run in runs if not run.startswith(FROM_THE_INTERNET)]


def gitlab() -> dict[str, Any]:
    """Return the GitLab file."""
    file: dict[str, Any] = yaml.safe_load((EXAMPLE / "gitlab-ci.yml").read_text())
    return file


def steps_of_gitlab(job: str) -> list[str]:
    """Return the commands of a job of the GitLab file, without those that need the internet."""
    lines = [*gitlab()["default"]["before_script"], *gitlab()[job]["script"]]
    return [line for line in lines if not line.startswith(FROM_THE_INTERNET)]


def test_the_job_without_an_account(checkout: Checkout) -> None:
    (step,) = steps_of_github("emulator")
    assert steps_of_gitlab("emulator") == [step]
    done = checkout.run(step)
    assert done.returncode == 0, done.stdout
    assert "eci@v0.1.0" in done.stdout
    assert "Ready after" in done.stdout
    assert "2 unchanged" in done.stdout  # the other one is the stack


def test_the_job_fails_on_a_violation_before_any_creation(checkout: Checkout) -> None:
    checkout.edit('or "1.27.4"', 'or "latest"')
    (step,) = steps_of_github("emulator")
    done = checkout.run(step)
    assert done.returncode != 0
    assert "images-pinned" in done.stdout
    assert "Previewing update" in done.stdout
    assert "Updating" not in done.stdout


def test_the_job_fails_on_a_configuration_with_a_misspelt_name(checkout: Checkout) -> None:
    (checkout.folder / "config.json").write_text('{"retentoin": "mandatory"}')
    (step,) = steps_of_github("emulator")
    done = checkout.run(step, POLICY_CONFIG="config.json")
    assert done.returncode != 0
    assert "config.json: There is no policy `retentoin`." in done.stdout
    assert "Previewing update" not in done.stdout


@pytest.fixture
def api() -> Iterator[RunningEmulator]:
    """The local ECI API."""
    with running(Settings(build_seconds=0.1)) as started:
        yield started


def test_the_job_on_the_stack_reports_drift_and_changes_nothing(
    checkout: Checkout, api: RunningEmulator, tmp_path: Path
) -> None:
    (tmp_path / "state").mkdir()
    stack = {
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_STACK": "organization/image-caches/production",
        "ECI_ENDPOINT": api.url,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "testid",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret",
    }
    made = checkout.run("pulumi stack init production && pulumi up --yes --skip-preview", **stack)
    assert made.returncode == 0, made.stdout
    (cache,) = api.emulator.call("DescribeImageCaches", {"RegionId": "cn-hangzhou"})["ImageCaches"]
    api.emulator.call(
        "DeleteImageCache", {"RegionId": "cn-hangzhou", "ImageCacheId": cache["ImageCacheId"]}
    )
    before = len(api.emulator.journal.entries())
    *_, step = steps_of_github("cloud")
    assert steps_of_gitlab("cloud")[-1] == step
    done = checkout.run(step, **stack)
    assert done.returncode == 0, done.stdout
    assert "eci:ImageCache: (create)" in done.stdout
    asked = {entry["action"] for entry in api.emulator.journal.entries()[before:]}
    assert asked == {"DescribeImageCaches"}


@contextmanager
def token_server(token: str) -> Iterator[tuple[str, list[str]]]:
    """GitHub's token service: its address and the received requests."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(f"{self.headers['Authorization']} {self.path}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"count": 1, "value": token}).encode())

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/token?api=1", seen
        server.shutdown()


def test_github_jobs_get_a_token_for_the_role(checkout: Checkout, tmp_path: Path) -> None:
    step, _ = steps_of_github("cloud")
    (tmp_path / "variables").touch()
    with token_server("a.b.c") as (url, seen):
        done = checkout.run(
            step,
            ACTIONS_ID_TOKEN_REQUEST_URL=url,
            ACTIONS_ID_TOKEN_REQUEST_TOKEN="bearing",
            RUNNER_TEMP=str(tmp_path),
            GITHUB_ENV=str(tmp_path / "variables"),
            no_proxy="127.0.0.1",
        )
    assert done.returncode == 0, done.stdout
    assert seen == ["bearer bearing /token?api=1&audience=sts.aliyuncs.com"]
    name, _, file = (tmp_path / "variables").read_text().strip().partition("=")
    assert name == "ALIBABA_CLOUD_OIDC_TOKEN_FILE"
    assert Path(file).read_text() == "a.b.c"
    assert "a.b.c" not in done.stdout


def test_gitlab_jobs_get_a_token_for_the_role(checkout: Checkout, tmp_path: Path) -> None:
    step, _ = steps_of_gitlab("cloud")
    file = tmp_path / "token"
    done = checkout.run(step, RAM_TOKEN="a.b.c", ALIBABA_CLOUD_OIDC_TOKEN_FILE=str(file))
    assert done.returncode == 0, done.stdout
    assert file.read_text() == "a.b.c"
    assert file.stat().st_mode & 0o077 == 0


def test_the_provider_uses_the_token(tmp_path: Path) -> None:
    program = (
        "from alibabacloud_credentials.provider.default import DefaultCredentialsProvider\n"
        "inside = vars(DefaultCredentialsProvider())\n"
        "chain = inside['_DefaultCredentialsProvider__providers_chain']\n"
        "print([type(provider).__name__ for provider in chain][:2])\n"
        "print(chain[1]._oidc_token_file_path)\n"
    )
    variables = {
        "ALIBABA_CLOUD_ROLE_ARN": "acs:ram::1:role/ci",
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "acs:ram::1:oidc-provider/github",
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(tmp_path / "token"),
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    chain, file = done.stdout.splitlines()
    assert chain == "['EnvironmentVariableCredentialsProvider', 'OIDCRoleArnCredentialsProvider']"
    assert file == variables["ALIBABA_CLOUD_OIDC_TOKEN_FILE"]
    workflow = (EXAMPLE / "github-actions.yml").read_text()
    readme = (EXAMPLE / "README.md").read_text()
    assert all(name in workflow for name in variables)
    assert "ALIBABA_CLOUD_OIDC_PROVIDER_ARN" in readme


def test_no_file_holds_a_key() -> None:
    text = (EXAMPLE / "github-actions.yml").read_text() + (EXAMPLE / "gitlab-ci.yml").read_text()
    assert "secrets." not in text
    assert "ACCESS_KEY" not in text
    jobs = yaml.safe_load((EXAMPLE / "github-actions.yml").read_text())["jobs"]
    assert "permissions" not in jobs["emulator"]
    assert "head.repo.full_name == github.repository" in jobs["cloud"]["if"]
    assert gitlab()["cloud"]["rules"] == [
        {"if": "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID"}
    ]


def test_without_a_job_the_script_prints_its_usage(checkout: Checkout) -> None:
    done = checkout.run("./preview.sh elsewhere")
    assert done.returncode == 2
    assert "preview.sh emulator " in done.stdout
    assert "preview.sh cloud " in done.stdout
