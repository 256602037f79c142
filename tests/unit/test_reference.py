"""Image references: the valid ones, and the names of the same image."""

from __future__ import annotations

import pytest

from pulumi_eci.model.reference import (
    InvalidReferenceError,
    canonical,
    names_host,
    one_spelling,
    parse_reference,
)
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
        "a" * 64,
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
        "host:65536/a",
        "host:0/a",
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
def test_an_impossible_reference_is_rejected(text: str) -> None:
    with pytest.raises(InvalidReferenceError):
        parse_reference(text)
    assert canonical(text) == text


def test_the_shortest_of_several_names_of_an_image_is_kept() -> None:
    names = ["docker.io/nginx", "nginx:latest", "nginx", "nginx:1", "ghcr.io/nginx"]
    assert one_spelling(reversed(names)) == ["ghcr.io/nginx", "nginx", "nginx:1"]


@pytest.mark.parametrize("name", ["docker.io/me/app", "localhost/app", "r:5000/app", "Host/app"])
def test_a_name_may_start_with_a_host(name: str) -> None:
    assert names_host(name)
    assert not names_host(name.partition("/")[2])
