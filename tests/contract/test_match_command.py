"""`pulumi-eci match` against the local ECI API, with the vendor's SDK over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from bench import match as bench
from eci_emulator.server import RunningEmulator, running
from eci_emulator.settings import Settings
from eci_emulator.switches import Switches
from tests.support.commands import REGION, create, run
from tests.support.schemas import checked

WEB = "kind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: "


@pytest.fixture
def api() -> Iterator[RunningEmulator]:
    with running(Settings(build_seconds=0.0)) as api:
        yield api


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a workload of two images, a workload of one image, and a file without
    workloads.
    """
    (tmp_path / "web.yaml").write_text(WEB + "[{image: 'web:1'}, {image: 'side:1'}]}}}\n")
    (tmp_path / "job.yaml").write_text("kind: Pod\nspec: {containers: [{image: 'job:1'}]}\n")
    (tmp_path / "map.yml").write_text("kind: ConfigMap\ndata: {image: a}\n")
    return tmp_path


def match(api: RunningEmulator, pattern: object, *options: str) -> dict[str, Any]:
    result = run(api, "match", str(pattern), "--region", REGION, "--json", *options)
    assert "Traceback" not in result.output
    found: dict[str, Any] = checked("match", result.stdout)
    assert (result.exit_code == 0) == found["met"]
    return found


@pytest.mark.parametrize(
    ("cached", "grades", "statuses"),
    [
        ([], ["none", "none"], {"full": 3, "partial": 3}),
        (["web"], ["none", "partial"], {"full": 3, "partial": 3}),
        (["web", "job"], ["full", "partial"], {"full": 3, "partial": 0}),
        (["web+side", "job"], ["full", "full"], {"full": 0, "partial": 0}),
    ],
)
def test_the_exit_status_reports_whether_pods_start_from_caches(
    api: RunningEmulator,
    files: Path,
    cached: list[str],
    grades: list[str],
    statuses: dict[str, int],
) -> None:
    for each in cached:
        first, *others = each.split("+")
        create(api, first, **{f"Image.{at}": f"{name}:1" for at, name in enumerate(others, 2)})
    found = match(api, files / "*.yaml")
    assert [each["match"] for each in found["workloads"]] == grades
    arguments = ("match", str(files / "*.yaml"), "--region", REGION)
    assert run(api, *arguments).exit_code == 0
    assert {
        level: run(api, *arguments, "--require", level).exit_code for level in statuses
    } == statuses


def test_the_text_output_has_colours_only_on_a_terminal(api: RunningEmulator, files: Path) -> None:
    result = run(api, "match", str(files / "*.yaml"), "--region", REGION)
    assert [line.split()[:2] for line in result.stdout.splitlines()[:3]] == [
        ["WORKLOAD", "MATCH"],
        ["Pod/?", "none"],
        ["job:1:", "no"],
    ]
    assert result.stdout.splitlines()[-1] == "2 workloads: 0 full, 0 partial, 2 none"
    assert "\x1b" not in result.output


@pytest.mark.parametrize(
    ("pattern", "status"), [("map.yml", 1), ("none.yaml", 1), ("web.yaml --require x", 2), ("", 2)]
)
def test_other_arguments_make_no_call(
    api: RunningEmulator, files: Path, pattern: str, status: int
) -> None:
    words = pattern.split()
    paths = [str(files / each) for each in words[:1]]
    result = run(api, "match", *paths, *words[1:], "--region", REGION)
    assert (result.exit_code, api.emulator.journal.entries()) == (status, [])


@pytest.mark.parametrize("names", ["as_given", "canonical"])
def test_a_difference_to_the_answer_of_the_service_is_shown(
    names: Literal["as_given", "canonical"], files: Path
) -> None:
    switches = Switches(image_names=names)
    with running(Settings(build_seconds=0.0, switches=switches)) as api:
        create(api, "web", **{"Image.2": "side:1"})
        spelt = create(api, "other", **{"Image.1": "docker.io/library/job:1"})
        found = match(api, files / "*.yaml", "--ask-service")["workloads"]
        assert [each["match"] for each in found] == ["full", "full"]
        assert found[1]["service"]["agrees"]
        job = found[0]["service"]
        assert (job["agrees"], job["only_here"]) == (
            (True, []) if names == "canonical" else (False, [spelt])
        )
        calls = [each["action"] for each in api.emulator.journal.entries()]
        # one listing, and one call for each set of images
        assert calls.count("DescribeImageCaches") == 1 + 2


def test_one_listing_of_a_thousand_caches_serves_five_hundred_workloads() -> None:
    measured = bench.measure(1000, 500, page=20)
    assert measured["calls"] <= 60
    assert (measured["full"], measured["partial"], measured["none"]) == (250, 250, 0)
