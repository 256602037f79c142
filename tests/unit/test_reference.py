"""Image references: what one is, and which spellings mean the same image."""

from __future__ import annotations

import pytest

from pulumi_eci.model.reference import InvalidReferenceError, canonical, parse_reference

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("docker.io/nginx:1.27", "docker.io/library/nginx:1.27"),
        ("index.docker.io/library/nginx:1.27", "docker.io/library/nginx:1.27"),
        ("apache/spark:4", "docker.io/apache/spark:4"),
        (f"nginx@{DIGEST}", f"docker.io/library/nginx@{DIGEST}"),
        (f"nginx:1@{DIGEST}", f"docker.io/library/nginx:1@{DIGEST}"),
        ("Quay.IO/a/b__c-d.e:V1", "quay.io/a/b__c-d.e:V1"),
        ("EVIL/nginx:1", "evil/nginx:1"),
        ("localhost/a", "localhost/a:latest"),
        ("localhost:5000/a", "localhost:5000/a:latest"),
        ("host:5000/a/b:1", "host:5000/a/b:1"),
        ("[::1]:5000/a", "[::1]:5000/a:latest"),
    ],
)
def test_names_of_one_image_have_one_canonical_spelling(text: str, expected: str) -> None:
    assert canonical(text) == expected


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
