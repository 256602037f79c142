"""Image references: what one is, and which spellings mean the same image."""

from __future__ import annotations

import pytest

from pulumi_eci.model.reference import InvalidReferenceError, canonical, parse_reference
from tests.support.references import REFERENCES, Reference


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda each: each.text)
def test_names_of_one_image_have_one_canonical_spelling(reference: Reference) -> None:
    assert canonical(reference.text) == reference.canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Nginx",
        "nginx:",
        "-nginx",
        "nginx:-1",
        "nginx:a b",
        "nginx:" + "a" * 129,
        "a//b",
        "/nginx",
        "nginx/",
        "a..b",
        "a___b",
        "a/B",
        "host:port/a",
        "-host.io/a",
        "https://docker.io/nginx",
        "nginx@sha256:abc",
        "nginx@",
        "nginx:1:2",
        "nginx\n",
        "a" * 256,
        "应用/web",
    ],
)
def test_what_no_registry_can_have_is_refused(text: str) -> None:
    with pytest.raises(InvalidReferenceError):
        parse_reference(text)
    assert canonical(text) == text
