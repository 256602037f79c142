"""ListUsage and DescribeRegions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eci_emulator.actions.context import Context
    from eci_emulator.wire import Params

MAX_AUTO_IMAGE_CACHES = 25  # from the published sample

# A few of the service's regions; requests may name others unless the settings list them.
REGIONS = (
    "cn-beijing",
    "cn-hangzhou",
    "cn-hongkong",
    "cn-shanghai",
    "cn-shenzhen",
    "cn-zhangjiakou",
    "ap-northeast-1",
    "ap-southeast-1",
    "eu-central-1",
    "us-east-1",
    "us-west-1",
)


def list_usage(context: Context, _params: Params) -> dict[str, Any]:
    """ListUsage: quotas and their usage."""
    return {
        "Attributes": {
            "MaxImageCacheCount": context.settings.quota,
            "UsedImageCacheCount": context.store.count(context.region),
            "MaxAutoImageCacheCount": MAX_AUTO_IMAGE_CACHES,
            "UsedAutoImageCacheCount": 0,
        }
    }


def describe_regions(context: Context, params: Params) -> dict[str, Any]:
    """DescribeRegions: the regions of the service, or one region."""
    wanted = params.text("RegionId")
    regions = (wanted,) if wanted else context.settings.regions or REGIONS
    return {"Regions": [_region(region) for region in regions]}


def _region(region: str) -> dict[str, Any]:
    zones = [f"{region}-{letter}" for letter in "abc"]
    return {
        "RegionId": region,
        "RegionEndpoint": f"eci.{region}.aliyuncs.com",
        "Zones": zones,
        "RecommendZones": zones[:1],
    }
