"""The name of an image in each region."""

from __future__ import annotations

from itertools import permutations

import pytest

from pulumi_eci.model.images import VENDOR_HOSTS, in_region, without_region

EE = "team-registry-vpc.{region}.cr.aliyuncs.com"
TWICE = "{region}.mirror.{region}.example.com"
HERE, THERE = "cn-hangzhou", "cn-shanghai-finance-1"


@pytest.mark.parametrize(
    ("host", "moves"),
    [
        ("registry-vpc.{region}.aliyuncs.com", True),
        ("registry-vpc.{region}.aliyuncs.com:443", True),
        ("Registry-VPC.{region}.aliyuncs.com", True),
        ("team-registry-vpc.{region}.cr.aliyuncs.com", True),
        ("registry-{region}.ack.aliyuncs.com", True),
        ("registry-{region}-vpc.ack.aliyuncs.com", True),
        ("registry-{region}-vpc.ack.aliyuncs.com:443", True),
        ("{region}.mirror.{region}.example.com", True),
        ("{region}.mirror.cn-beijing.example.com", False),
        ("registry.{region}.aliyuncs.com", False),  # a public host, for a team's own images
        ("registry-vpc.{region}.aliyuncs.com.example.com", False),
        ("registry-vpc.{region}.b.aliyuncs.com", False),
        ("registry-{region}-internal.ack.aliyuncs.com", False),
        ("ghcr.io", False),
    ],
)
def test_an_image_is_named_for_the_region(host: str, moves: bool) -> None:
    image, moved = (f"{in_region(host, place)}/app:1" for place in (HERE, THERE))
    for hosts in permutations((*VENDOR_HOSTS, EE, TWICE)):
        (found,) = without_region([image], hosts)
        assert in_region(found, THERE).lower() == (moved if moves else image).lower()


def test_a_public_host_does_not_match_a_host_of_a_vpc() -> None:
    image = "registry-cn-a-vpc.ack.aliyuncs.com/acs/a:1"
    assert without_region([image], ["registry-{region}.ack.aliyuncs.com"]) == [image]


def test_a_placeholder_is_replaced_by_the_region() -> None:
    image = "mirror.{region}.example.com/app:1"
    (kept,) = without_region([image], VENDOR_HOSTS)
    assert in_region(kept, "cn-a") == "mirror.cn-a.example.com/app:1"


def test_the_same_image_in_two_regions_is_one_image() -> None:
    names = [f"registry-vpc.{region}.aliyuncs.com/app:1" for region in ("cn-a", "cn-b")]
    assert without_region(names, VENDOR_HOSTS) == ["registry-vpc.{region}.aliyuncs.com/app:1"]


def test_a_name_without_a_path_has_no_host() -> None:
    names = ["nginx:1", "registry-vpc.cn-a.aliyuncs.com"]
    assert without_region(names, VENDOR_HOSTS) == names
