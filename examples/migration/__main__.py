"""Two caches that were `alicloud.eci.ImageCache`. The arguments have the same names."""

import pulumi
import pulumi_eci as eci  # before: from pulumi_alicloud import eci

adopt = pulumi.Config().get_object("adopt") or {}

for name, images in {"web": ["nginx:1.27"], "jobs": ["busybox:1.30", "python:3.12"]}.items():
    cache = eci.ImageCache(
        name,
        image_cache_name=f"shop-{name}",
        images=images,
        security_group_id="sg-bp1aaaa",
        vswitch_id="vsw-bp1aaaa",
        retention_days=30,
        adopt=adopt.get(name),  # only while migrating
    )
    pulumi.export(name, cache.id)
