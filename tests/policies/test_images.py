"""Policies about images, and how a reference to one is read."""

from __future__ import annotations

from typing import Any

import pytest

from eci_policies.image import Image, acr_host, parse_image
from tests.support.policies import UNKNOWN, cache, messages

DIGEST = "sha256:" + "0a" * 32


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("nginx", ("docker.io", "library/nginx", "", "")),
        ("nginx:1.27", ("docker.io", "library/nginx", "1.27", "")),
        ("bitnami/nginx:1", ("docker.io", "bitnami/nginx", "1", "")),
        ("index.docker.io/nginx:1", ("docker.io", "library/nginx", "1", "")),
        ("localhost/a/b", ("localhost", "a/b", "", "")),
        ("r.example.com:5000/a/b:1", ("r.example.com:5000", "a/b", "1", "")),
        ("R.example.com/a", ("r.example.com", "a", "", "")),
        (f"ghcr.io/a/b:1@{DIGEST}", ("ghcr.io", "a/b", "1", DIGEST)),
        (f" ghcr.io/a@{DIGEST} ", ("ghcr.io", "a", "", DIGEST)),
        ("", ("docker.io", "library/", "", "")),
        ("://@:@", (":", "/", "", ":@")),
    ],
)
def test_an_image_is_read_as_docker_does(text: str, parts: tuple[str, str, str, str]) -> None:
    """Host, repository, tag and digest; Docker Hub is written out."""
    assert parse_image(text) == Image(text.strip(), *parts)


@pytest.mark.parametrize(
    ("host", "region", "in_vpc", "enterprise", "vpc_host"),
    [
        ("registry.cn-hangzhou.aliyuncs.com", "cn-hangzhou", False, False, "registry-vpc."),
        ("registry-vpc.cn-hangzhou.aliyuncs.com", "cn-hangzhou", True, False, "registry-vpc."),
        ("registry-internal.cn-beijing.aliyuncs.com", "cn-beijing", True, False, "registry-vpc."),
        ("registry-intl.ap-southeast-1.aliyuncs.com", "ap-southeast-1", False, False, "registry-"),
        ("web-registry.cn-hangzhou.cr.aliyuncs.com", "cn-hangzhou", False, True, "web-registry-v"),
        ("web-registry-vpc.cn-hangzhou.cr.aliyuncs.com", "cn-hangzhou", True, True, "web-regi"),
        ("crpi-x1.cn-hangzhou.personal.cr.aliyuncs.com", "cn-hangzhou", False, False, "crpi-x1-v"),
    ],
)
def test_addresses_of_container_registry_are_known(
    host: str, region: str, in_vpc: bool, enterprise: bool, vpc_host: str
) -> None:
    """Both editions, from the internet and within a VPC."""
    found = acr_host(host)
    assert found is not None
    assert (found.region, found.in_vpc, found.enterprise) == (region, in_vpc, enterprise)
    inside = acr_host(found.vpc_host())
    assert inside is not None
    assert inside.in_vpc
    assert found.vpc_host().startswith(vpc_host)


@pytest.mark.parametrize(
    "host", ["docker.io", "registry.example.com", "aliyuncs.com", "evil-registry.aliyuncs.com.a.b"]
)
def test_other_addresses_are_none_of_it(host: str) -> None:
    """A host that only looks alike is not Container Registry."""
    assert acr_host(host) is None


@pytest.mark.parametrize(
    ("image", "config", "found"),
    [
        ("nginx:1.27", {}, ""),
        (f"nginx@{DIGEST}", {}, ""),
        (f"nginx:latest@{DIGEST}", {}, ""),
        ("nginx", {}, "has no tag, which means `latest`"),
        ("nginx@sha256:short", {}, "has no tag, which means `latest`"),
        ("nginx:latest", {}, "has the tag `latest`, which another image may bear tomorrow"),
        ("nginx:latest", {"floatingTags": []}, ""),
        (
            "nginx:dev-7",
            {"floatingTags": ["dev*"]},
            "has the tag `dev-7`, which another image may bear tomorrow",
        ),
        ("nginx:1", {"requireDigest": True}, "has no digest, as in `@sha256:…`"),
        (f"nginx@{DIGEST}", {"requireDigest": True}, ""),
        ("nginx", {"exceptImages": ["docker.io/library/*"]}, ""),
    ],
)
@pytest.mark.parametrize("bridged", [True, False])
def test_images_are_pinned(image: str, config: dict[str, Any], found: str, bridged: bool) -> None:
    """By a tag that stays, or a digest."""
    expected = [f"The image `{image}` {found}."] if found else []
    assert messages("images-pinned", cache(images=[image], bridged=bridged), **config) == expected


def test_an_unknown_image_hides_no_other() -> None:
    """Images that are known are judged beside one that is not."""
    found = messages("images-pinned", cache(images=["a", UNKNOWN, 7, "", "b"]))
    assert found == [
        "The image `a` has no tag, which means `latest`.",
        "The image `b` has no tag, which means `latest`.",
    ]


@pytest.mark.parametrize(
    ("registries", "allowed"),
    [
        ([], True),
        (["docker.io"], True),
        (["docker.io/library/*"], True),
        (["docker.io/bitnami/*"], False),
        (["*.aliyuncs.com", "docker.*"], True),
        (["*.aliyuncs.com"], False),
    ],
)
def test_registries_are_allowed_by_host_or_repository(registries: list[str], allowed: bool) -> None:
    """An empty list allows all."""
    found = messages("allowed-registries", cache(images=["nginx:1"]), registries=registries)
    names = ", ".join(f"`{name}`" for name in registries)
    message = f"The image `nginx:1` comes from `docker.io`; allowed: {names}."
    assert found == ([] if allowed else [message])
