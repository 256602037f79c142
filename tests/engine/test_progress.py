"""The progress of a build, as the engine shows it: on the resource's row, and in few lines."""

from __future__ import annotations

from tests.support.pulumi_stack import PulumiStack

# A cache in a component in a component.
_NESTED = """
import pulumi
import pulumi_eci as eci

class Shop(pulumi.ComponentResource):
    def __init__(self, name, depth, opts=None):
        super().__init__("shop:index:Shop", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        if depth:
            Shop(f"{name}-inner", depth - 1, inside)
        else:
            eci.ImageCache("deep", inside, images=["nginx:1"])

Shop("outer", 1)
"""


def test_progress_is_shown_within_components_in_few_lines(stack: PulumiStack) -> None:
    stack.service.configure(build_seconds=4.0)
    stack.program = _NESTED
    rows = [line for line in stack.up().text.splitlines() if f"{stack.type} deep " in line]
    texts = [row.split(") ", 1)[1].strip() for row in rows if ") " in row]
    assert any(text.startswith(("Preparing ", "Creating ")) and " %" in text for text in texts)
    assert any("Pulling: " in text for text in texts)
    assert " created (" in rows[-1]
    assert texts[-1].startswith("Ready after ")
    assert all(text.endswith(" [deep]") for text in texts if text)
    # forty describe calls, but only a text for each tenth of the progress, each event, the
    # beginning and the end
    assert len(set(texts)) <= 10 + 5 + 2


def test_a_reorder_beside_a_change_is_not_shown(stack: PulumiStack) -> None:
    stack.declare(images=["nginx:1", "redis:7", "caddy:2"])
    stack.up()
    stack.edit(images=["docker.io/library/caddy:2", "redis:8", "nginx:1"])
    shown = stack.preview("--diff").text
    assert '~ [1]: "redis:7" => "redis:8"' in shown
    assert "[0]: " not in shown
    lines = stack.up("--diff").text.splitlines()
    progress = [line for line in lines if line.startswith(("images:", "rebuild")) or "%" in line]
    assert len(progress) > 2
    assert all(line.endswith(" [web]") for line in progress)
