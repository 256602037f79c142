"""`pulumi-eci images` against a real registry."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pulumi_eci_cli import main
from tests.support.registry import DockerRegistry

GIB = 2**30


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["images", *arguments])


def test_json_has_an_object_for_each_image(registry: DockerRegistry, tmp_path: Path) -> None:
    digest = registry.push("cli/app:1", (b"a", 3 * GIB))
    index = registry.push_index("cli/arm:1", "linux/arm64/v8")
    (tmp_path / "pod.yaml").write_text(
        f"kind: Pod\nspec:\n  containers:\n  - image: {registry.host}/cli/app:1\n"
    )
    names = [f"{registry.host}/cli/{name}" for name in ("app:2", "arm:1")]
    names += ["127.0.0.1:1/nobody:1", "Not An Image", names[0]]
    result = run(str(tmp_path / "*.yaml"), *(f"--image={name}" for name in names), "--json")
    assert result.exit_code == 0, result.output
    found = {
        each.pop("image").removeprefix(registry.host): each for each in json.loads(result.stdout)
    }
    assert found.pop("/cli/app:1") == {
        "exists": True,
        "digest": digest,
        "platforms": ["linux/amd64"],
        "compressed_bytes": 3 * GIB,
        "problem": None,
    }
    problems = {name: each.pop("problem") for name, each in found.items()}
    nothing: dict[str, object] = {"digest": None, "platforms": [], "compressed_bytes": None}
    assert found == {
        "/cli/app:2": {"exists": False, **nothing},
        "Not An Image": {"exists": False, **nothing},
        "127.0.0.1:1/nobody:1": {"exists": None, **nothing},
        "/cli/arm:1": {
            "exists": True,
            "digest": index,
            "platforms": ["linux/arm64/v8"],
            "compressed_bytes": None,
        },
    }
    assert all(problems.values())


def test_the_table_ends_with_the_required_cache_size(registry: DockerRegistry) -> None:
    for name in ("size/one:1", "size/two:1"):
        registry.push(name, (b"base", 15 * GIB), (name.encode(), 300 * 2**20))
    lines = run(
        *(f"--image={registry.host}/size/{n}:1" for n in ("one", "two"))
    ).output.splitlines()
    assert len(lines) == 1 + 2 + 1
    assert "15.3 GiB" in lines[1]
    assert "15.6 GiB" in lines[-1]
    assert "image_cache_size=32" in lines[-1]
    (line,) = run("--image=127.0.0.1:1/size/none:1").output.splitlines()[2:]
    assert "image_cache_size" not in line


@pytest.mark.parametrize("arguments", [[], ["nowhere/*.yaml"]])
def test_a_call_without_images_is_an_error_in_one_line(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code != 0
    assert "Traceback" not in result.output
