"""The programs in the documents run."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pulumi
import pytest

from eci_emulator.faults import Fault
from eci_emulator.switches import VALUES
from pulumi_eci.api.codes import CODES
from pulumi_eci.native.settings import SETTINGS
from pulumi_eci.program.args import ImageCacheArgs
from pulumi_eci.program.resource import ImageCache
from pulumi_eci_cli import main as command_line
from tests.component.conftest import Registered, Run
from tests.support.pages import PAGES, ROOT, Block, blocks
from tools.site import pages

SHOWN = [block for page in PAGES for block in blocks(page)]
PROGRAMS = [b for b in SHOWN if b.language == "python" and not (b.file or b.reason)]
# No test would run a block in another language.
LANGUAGES = {"sh", "python", "yaml", "json", "text", "mermaid"}

# The current addresses of pages on these sites; older addresses may stop working.
GUIDES = r"eci/(user-guide|developer-reference|product-overview)/[\w-]+"
ADDRESSES = {
    "www.alibabacloud.com": f"/help/en/{GUIDES}",
    "help.aliyun.com": f"/zh/{GUIDES}",
    "www.pulumi.com": r"/docs/(install|iac/[\w/-]+|insights/[\w/-]+)/",
}


class Deployment(pulumi.CustomResource):
    """Replaces the class of pulumi-kubernetes, which is a large package."""

    def __init__(self, name: str, spec: Any) -> None:  # noqa: ANN401 - any inputs
        super().__init__("kubernetes:apps/v1:Deployment", name, {"spec": spec})


@pytest.fixture
def _kubernetes(monkeypatch: pytest.MonkeyPatch) -> None:
    kubernetes: Any = ModuleType("pulumi_kubernetes")
    kubernetes.apps = SimpleNamespace(v1=SimpleNamespace(Deployment=Deployment))
    monkeypatch.setitem(sys.modules, "pulumi_kubernetes", kubernetes)


@pytest.fixture
def registered_by(
    run: Run,
    registered: Registered,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    _kubernetes: None,
) -> Any:  # noqa: ANN401 - a function
    """Return a function that runs a program in a folder with manifests."""
    (tmp_path / "deploy").symlink_to(ROOT / "examples" / "fleet" / "deploy")
    monkeypatch.chdir(tmp_path)

    def run_block(block: Block) -> Registered:
        run(lambda: exec(compile(block.text, str(block), "exec"), {}))  # noqa: S102 - our own text
        return registered

    return run_block


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_a_program_runs(program: Block, registered_by: Any) -> None:  # noqa: ANN401
    registered_by(program)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_to_another_site_has_a_current_address(page: Path) -> None:
    links = [urlsplit(link) for link in re.findall(r"\]\(([a-z]+:[^)\s]+)\)", page.read_text())]
    wrong = [
        link.geturl()
        for link in links
        if link.scheme != "https" or not re.fullmatch(ADDRESSES.get(link.netloc, ".*"), link.path)
    ]
    assert wrong == []


def test_every_block_has_a_language_that_the_tests_know() -> None:
    strange = [str(b) for b in SHOWN if b.language not in LANGUAGES and "{" not in b.language]
    assert strange == []


@pytest.fixture(scope="module")
def generated() -> Mapping[str, str]:
    """Return the generated parts of the site."""
    return pages()


@pytest.mark.parametrize(
    ("part", "names"),
    {
        "arguments": ImageCacheArgs.__annotations__,
        "outputs": [name for name, held in vars(ImageCache).items() if isinstance(held, property)],
        "commands": [
            option
            for command in command_line.commands.values()
            for parameter in command.params
            for option in parameter.opts
            if option.startswith("--")
        ],
        "codes": CODES,
        "switches": VALUES,
        "faults": Fault.__dataclass_fields__,
        "settings": [f"eci:{name}" for name in SETTINGS],
    }.items(),
)
def test_a_generated_table_lists_everything(
    part: str, names: Iterable[str], generated: Mapping[str, str]
) -> None:
    rows = generated[f"{part}.md"].splitlines()
    missing = [name for name in names if not any(row.startswith(f"| `{name}`") for row in rows)]
    assert missing == []


@pytest.mark.parametrize("page", [p for p in PAGES if p.match("*.zh-CN.md")], ids=lambda p: p.name)
def test_a_chinese_page_has_the_blocks_of_the_english_page(page: Path) -> None:
    english = page.with_name(page.name.replace(".zh-CN", ""))
    shown, wanted = ([(b.language, b.file, b.text) for b in blocks(p)] for p in (page, english))
    assert [*shown] == [b for b in wanted if "{" not in b[0]]


def test_the_program_of_the_readme_declares_a_fleet_and_a_cache(registered_by: Any) -> None:  # noqa: ANN401
    (program,) = (block for block in PROGRAMS if block.page.name == "README.md")
    registered = registered_by(program)
    assert {"apps-cn-hangzhou-1", "apps-cn-beijing-1", "web"} <= set(registered.resources)
    assert "nginx:1.27" in registered.inputs("apps-cn-beijing-1")["images"]


@pytest.mark.parametrize(
    ("number", "name", "pin"), [(0, "web", "imc-web"), (1, "shop", "imc-apps-cn-hangzhou-1")]
)
def test_the_pods_of_the_page_are_pinned(
    number: int,
    name: str,
    pin: str,
    registered_by: Any,  # noqa: ANN401
) -> None:
    program = [block for block in PROGRAMS if block.page.name == "pods.md"][number]
    deployment = registered_by(program).inputs(name)
    metadata = deployment["spec"]["template"]["metadata"]
    assert metadata["annotations"] == {"k8s.aliyun.com/eci-imc-id": pin}
