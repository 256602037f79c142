"""Image names, as a service shows them that reports only full names."""

from __future__ import annotations

import pytest

from eci_emulator.images import canonical
from tests.support.references import REFERENCES, Reference


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda each: each.text)
def test_the_full_name_of_an_image(reference: Reference) -> None:
    name = canonical(reference.text)
    assert name == canonical(name)
    host, slash, rest = name.partition("/")
    assert host.lower() + slash + rest == reference.canonical
