"""A cache with every field set."""

from __future__ import annotations

from pulumi_eci.model.spec import AcrRegistryInfo, ImageCacheSpec, RegistryCredential

FULL = ImageCacheSpec(
    region="cn-hangzhou",
    images=("nginx", "redis"),
    image_cache_name="web",
    security_group_id="sg-1",
    vswitch_id="vsw-1",
    zone_id="cn-hangzhou-h",
    eip_instance_id="eip-1",
    resource_group_id="rg-1",
    image_cache_size=40,
    retention_days=7,
    elimination_strategy="LRU",
    auto_match_image_cache=True,
    flash=True,
    standard_copy_count=2,
    flash_copy_count=3,
    tags={"team": "web"},
    image_registry_credentials=(RegistryCredential("r.example.com", "robot", "hunter2"),),
    acr_registry_infos=(
        AcrRegistryInfo("cri-1", "main", "cn-hangzhou", ("a", "b"), "role/s", "role/u"),
    ),
    insecure_registry="10.0.0.1:5000",
    plain_http_registry="10.0.0.2:5000",
    annotations="{}",
    rebuild_triggers={"run": 1},
)
"""How a program runs (`connection`, `adopt`, `skip_await`, `on_missing`) is left out."""
