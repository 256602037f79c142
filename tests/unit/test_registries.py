"""The name that an image has in a region."""

from __future__ import annotations

import pytest

from pulumi_eci.model.registries import VPC_REGISTRY, in_region, without_region

EE = "team-registry-vpc.{region}.cr.aliyuncs.com"

NAMES = {
    "the vendor's VPC registry": (
        "registry-vpc.cn-hangzhou.aliyuncs.com/team/app:1",
        "registry-vpc.cn-beijing.aliyuncs.com/team/app:1",
    ),
    "an Enterprise Edition instance": (
        "team-registry-vpc.cn-hangzhou.cr.aliyuncs.com/app:1",
        "team-registry-vpc.cn-beijing.cr.aliyuncs.com/app:1",
    ),
    "a placeholder": ("mirror.{region}.example.com/app:1", "mirror.cn-beijing.example.com/app:1"),
    "a public host of the vendor": (
        "registry.cn-hangzhou.aliyuncs.com/team/app:1",
        "registry.cn-hangzhou.aliyuncs.com/team/app:1",
    ),
    "another registry": ("ghcr.io/team/app:1", "ghcr.io/team/app:1"),
    "no host": ("nginx:1", "nginx:1"),
    "a host within a longer one": (
        "registry-vpc.cn-hangzhou.aliyuncs.com.example.com/app:1",
        "registry-vpc.cn-hangzhou.aliyuncs.com.example.com/app:1",
    ),
    "a host with another dot": (
        "registry-vpc.cn-hangzhou.b.aliyuncs.com/app:1",
        "registry-vpc.cn-hangzhou.b.aliyuncs.com/app:1",
    ),
}


@pytest.mark.parametrize("what", NAMES)
def test_an_image_is_named_for_the_region(what: str) -> None:
    """Only hosts that the templates fit change."""
    image, expected = NAMES[what]
    (found,) = without_region([image], (VPC_REGISTRY, EE))
    assert in_region(found, "cn-beijing") == expected


def test_the_same_image_of_two_regions_is_one() -> None:
    """Both manifests mean the same cache."""
    names = [f"registry-vpc.{region}.aliyuncs.com/app:1" for region in ("cn-a", "cn-b")]
    assert without_region(names, (VPC_REGISTRY,)) == ["registry-vpc.{region}.aliyuncs.com/app:1"]
