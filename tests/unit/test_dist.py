"""The contents of a release."""

from __future__ import annotations

from importlib import metadata

import pytest

from tools.dist import ROOT, WANTED, WANTED_SOURCES, source_problems, tag_problems, wheel_problems

WHEEL = [*WANTED, "pulumi_eci-1.dist-info/licenses/LICENSE"]
SOURCES = [f"pulumi_eci-1/{name}" for name in WANTED_SOURCES]


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_a_readme_names_the_version(readme: str) -> None:
    assert metadata.version("pulumi-eci") in (ROOT / readme).read_text(encoding="utf-8")


def test_a_complete_release_has_no_problems() -> None:
    assert list(wheel_problems(WHEEL)) == []
    assert list(source_problems(SOURCES)) == []
    assert list(tag_problems("v1.2.3", "1.2.3", "# C\n\n## 1.2.3 - 2026-11-27\n")) == []


@pytest.mark.parametrize("name", ["tests/conftest.py", "tools/dist.py", "docs/conf.py", "x.pth"])
def test_a_wheel_contains_only_packages(name: str) -> None:
    (problem,) = wheel_problems([*WHEEL, name])
    assert name in problem


@pytest.mark.parametrize("name", WHEEL)
def test_a_wheel_must_be_complete(name: str) -> None:
    assert len(list(wheel_problems(set(WHEEL) - {name}))) == 1


@pytest.mark.parametrize("name", [".local/state/a", "docs/_generated/a.md", "a/__pycache__/b.pyc"])
def test_an_sdist_contains_no_generated_files(name: str) -> None:
    (problem,) = source_problems([*SOURCES, f"pulumi_eci-1/{name}"])
    assert name in problem


@pytest.mark.parametrize(
    ("tag", "changelog"),
    [
        ("v1.2.4", "## 1.2.3 - 2026-11-27"),
        ("1.2.3", "## 1.2.3 - 2026-11-27"),
        ("v1.2.3", "## 1.2.3"),
    ],
)
def test_a_tag_must_match_the_version_and_the_changelog(tag: str, changelog: str) -> None:
    assert len(list(tag_problems(tag, "1.2.3", changelog))) == 1
