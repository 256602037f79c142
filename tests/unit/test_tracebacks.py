"""Engine tests find tracebacks of the provider and its host, and ignore others."""

from __future__ import annotations

import pytest

from tests.support.pulumi_stack import Run

PACKAGES = "/venv/lib/python3.11/site-packages"


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        (f"{PACKAGES}/pulumi/dynamic/__main__.py", True),
        (f"{PACKAGES}/pulumi_eci/dynamic/provider.py", True),
        ("/clone/provider/pulumi_eci/api/gateway.py", True),
        ("/opt/pulumi/pulumi-language-python-exec", False),
        (f"{PACKAGES}/pulumi/runtime/stack.py", False),
    ],
)
def test_which_tracebacks_are_found(file: str, counts: bool) -> None:
    text = f'Traceback (most recent call last):\n  File "{file}", line 7, in run\nKeyError: 1\n'
    assert bool(Run(text, ok=False).tracebacks) == counts
