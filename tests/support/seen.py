"""A cache as a program wants it, and an observation of this cache."""

from __future__ import annotations

from typing import Any

from pulumi_eci.model.spec import ImageCacheSpec
from pulumi_eci.model.state import Observation

SPEC = ImageCacheSpec(
    region="cn-hangzhou",
    images=("nginx", "redis"),
    image_cache_name="web",
    image_cache_size=40,
    elimination_strategy="LRU",
    resource_group_id="rg-1",
    tags={"team": "web"},
)
INPUTS: dict[str, Any] = {
    "region": "cn-hangzhou",
    "images": ["nginx", "redis"],
    "imageCacheName": "web",
    "imageCacheSize": 40,
    "eliminationStrategy": "LRU",
    "resourceGroupId": "rg-1",
    "tags": {"team": "web"},
}
"""The program of SPEC."""
SEEN = Observation(
    image_cache_id="imc-1",
    status="Ready",
    snapshot_id="s-1",
    container_group_id="eci-1",
    image_cache_name="web",
    images=("nginx", "redis"),
    image_cache_size=40,
    resource_group_id="rg-1",
    elimination_strategy="LRU",
    tags={"team": "web"},
)
