"""The pack parses image references and addresses of Container Registry."""

from __future__ import annotations

import pytest

from eci_policies.image import Image, acr_host, parse_image
from tests.support.references import REFERENCES, Reference


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda each: each.text)
def test_an_image_is_read_as_docker_does(reference: Reference) -> None:
    text, host, repository, tag, digest, canonical = reference
    found = parse_image(f" {text} ")
    assert found == Image(text, host, repository, tag, digest)
    assert found.canonical == canonical


@pytest.mark.parametrize("text", ["", ":", "/", "@", "://@:@", "a//b", "nginx:"])
def test_an_invalid_reference_raises_nothing(text: str) -> None:
    assert parse_image(text).host in {"docker.io", ":"}


@pytest.mark.parametrize("port", ["", ":443"])
@pytest.mark.parametrize(
    ("host", "region", "in_vpc", "vpc_host"),
    [
        ("registry.R.aliyuncs.com", "cn-hangzhou", False, "registry-vpc.R.aliyuncs.com"),
        ("registry-vpc.R.aliyuncs.com", "cn-hangzhou", True, "registry-vpc.R.aliyuncs.com"),
        ("registry-internal.R.aliyuncs.com", "cn-beijing", True, "registry-vpc.R.aliyuncs.com"),
        ("registry-intl.R.aliyuncs.com", "eu-central-1", False, "registry-intl-vpc.R.aliyuncs.com"),
        ("registry-R.ack.aliyuncs.com", "cn-beijing", False, "registry-R-vpc.ack.aliyuncs.com"),
        ("registry-R-vpc.ack.aliyuncs.com", "us-east-1", True, "registry-R-vpc.ack.aliyuncs.com"),
        ("web-registry.R.cr.aliyuncs.com", "cn-a", False, "web-registry-vpc.R.cr.aliyuncs.com"),
        ("web-registry-vpc.R.cr.aliyuncs.com", "cn-a", True, "web-registry-vpc.R.cr.aliyuncs.com"),
        ("crpi-1.R.personal.cr.aliyuncs.com", "b", False, "crpi-1-vpc.R.personal.cr.aliyuncs.com"),
    ],
)
def test_addresses_of_container_registry_are_recognized(
    host: str, region: str, in_vpc: bool, vpc_host: str, port: str
) -> None:
    found = acr_host(host.replace("R", region) + port)
    assert found is not None
    assert (found.region, found.in_vpc) == (region, in_vpc)
    assert found.enterprise == host.startswith("web-")
    assert found.vpc_host() == vpc_host.replace("R", region)
    assert found.vpc_host("cn-z") == vpc_host.replace("R", "cn-z")


@pytest.mark.parametrize(
    "host",
    [
        "docker.io",
        "registry.example.com",
        "aliyuncs.com",
        "registry.cn-hangzhou.aliyuncs.com.example.com",
        "registry.cn-hangzhou.aliyuncs.com:x",
        "registry.cn.b.aliyuncs.com",
    ],
)
def test_a_similar_host_is_not_recognized(host: str) -> None:
    assert acr_host(host) is None
