"""Policies about the way to the registry."""

from __future__ import annotations

from typing import Any

import pytest

from eci_policies.cache import BRIDGED, Cache
from tests.support.policies import UNKNOWN, VPC, cache, messages

PUBLIC = "registry.cn-hangzhou.aliyuncs.com/a/b:1"
OUT = f"The image `{PUBLIC}` is pulled through the public internet; within the VPC its registry is "
NO_WAY = (
    "The images of `docker.io` are pulled through the internet, and nothing says how: the cache "
    "has no eipInstanceId, and its vSwitch is not known to have a NAT gateway."
)


@pytest.mark.parametrize(
    ("image", "found"),
    [
        (f"{VPC}/a/b:1", []),
        ("nginx:1", []),
        (PUBLIC, [f"{OUT}`{VPC}`."]),
        (
            "registry-vpc.cn-beijing.aliyuncs.com/a/b:1",
            [
                (
                    "The image `registry-vpc.cn-beijing.aliyuncs.com/a/b:1` is in cn-beijing and "
                    "the cache in cn-hangzhou: keep a copy in cn-hangzhou, and pull it from "
                    f"`{VPC}`."
                )
            ],
        ),
        (UNKNOWN, []),
    ],
)
@pytest.mark.parametrize("bridged", [True, False])
def test_container_registry_is_reached_within_the_vpc(
    image: str, found: list[str], bridged: bool
) -> None:
    """In the region of the cache, which a bridged one has from its provider."""
    assert messages("vpc-registry", cache(images=[image], bridged=bridged)) == found


@pytest.mark.parametrize("region", [UNKNOWN, None])
def test_without_a_region_only_the_way_is_judged(region: str | None) -> None:
    """Which region is right is not known then."""
    props = {"images": [PUBLIC, "registry-vpc.cn-beijing.aliyuncs.com/a:1"]}
    judged = Cache({**props, "region": region} if region else props, type=BRIDGED)
    assert messages("vpc-registry", judged) == [f"{OUT}`{VPC}`."]


@pytest.mark.parametrize(
    ("broken", "config", "found"),
    [
        ({}, {}, [NO_WAY]),
        ({"eipInstanceId": ""}, {}, [NO_WAY]),
        ({"eipInstanceId": "eip-1"}, {}, []),
        ({"eipInstanceId": UNKNOWN}, {}, []),
        ({}, {"natVswitches": ["*"]}, []),
        ({}, {"natVswitches": ["vsw-1"]}, []),
        ({}, {"natVswitches": ["vsw-2*"]}, [NO_WAY]),
        ({"vswitchId": "vsw-1, vsw-3"}, {"natVswitches": ["vsw-1"]}, [NO_WAY]),
        ({"vswitchId": UNKNOWN}, {"natVswitches": ["vsw-1"]}, []),
        ({"vswitchId": UNKNOWN}, {"natVswitches": ["*"]}, []),
        ({"vswitchId": UNKNOWN}, {}, [NO_WAY]),
        ({}, {"privateRegistries": ["docker.*"]}, []),
        ({"images": [f"{VPC}/a:1"]}, {}, []),
        ({"images": [UNKNOWN]}, {}, []),
    ],
)
@pytest.mark.parametrize("bridged", [True, False])
def test_public_images_need_a_way_out(
    broken: dict[str, Any], config: dict[str, Any], found: list[str], bridged: bool
) -> None:
    """An EIP, or a vSwitch that is known to have a NAT gateway."""
    judged = cache(**{"images": ["nginx:1", "redis:7"], **broken}, bridged=bridged)
    assert messages("public-egress", judged, **config) == found
